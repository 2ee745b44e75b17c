"""The certificate of the server, which is read again when its files change."""

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

import trio

from audit.message import Record
from integration_daemon.rest.messages import CERTIFICATE_KEPT, CERTIFICATE_RENEWED
from services.file_version import POLL_INTERVAL, versions_of


class RenewedContext:
    """The TLS context of new connections. Open connections keep theirs."""

    def __init__(self, make: Callable[[], ssl.SSLContext], files: Sequence[Path]) -> None:
        """Raises the exceptions of `make`. Blocks."""
        self._make = make
        self._files = files
        self._versions = versions_of(files)
        self.context = make()

    async def run(self, record: Record) -> None:
        """Replace the context when the files change, until cancelled. Unusable files leave it unchanged."""
        inserts: dict[str, object] = {"files": ", ".join(map(str, self._files))}
        while True:
            await trio.sleep(POLL_INTERVAL)
            versions = await trio.to_thread.run_sync(versions_of, self._files, abandon_on_cancel=True)
            if versions == self._versions:
                continue
            self._versions = versions
            try:
                self.context = await trio.to_thread.run_sync(self._make, abandon_on_cancel=True)
            except (OSError, ValueError) as error:
                cause = getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
                record(CERTIFICATE_KEPT, None, {**inserts, "cause": cause})
            else:
                record(CERTIFICATE_RENEWED, None, inserts)


class TLSListener(trio.abc.Listener[trio.SSLStream[trio.SocketStream]]):
    """Accepts connections with the present context."""

    def __init__(self, plain: trio.SocketListener, renewed: RenewedContext) -> None:
        self._plain = plain
        self._renewed = renewed

    async def accept(self) -> trio.SSLStream[trio.SocketStream]:
        """The next connection, before its handshake."""
        stream = await self._plain.accept()
        return trio.SSLStream(stream, self._renewed.context, server_side=True, https_compatible=True)

    async def aclose(self) -> None:
        """Stop listening."""
        await self._plain.aclose()
