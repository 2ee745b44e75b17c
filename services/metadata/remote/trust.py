"""The certificates for connections to a metadata server, which are read again when their files change."""

import ssl
from pathlib import Path
from typing import Any

import trio

from audit.log import AuditLog
from services.client_certificate import ClientCertificate
from services.errors import InvalidParameterError
from services.file_version import POLL_INTERVAL, versions_of
from services.metadata.messages import CA_BUNDLE_KEPT, CA_BUNDLE_NOT_USABLE, CA_BUNDLE_RENEWED


class Trust:
    """The certificates of the system and those of a bundle, and the certificate of this client."""

    def __init__(self, bundle: Path | None, log: AuditLog | None, certificate: ClientCertificate | None = None) -> None:
        """Raises `InvalidParameterError` for unusable files. Blocks."""
        self._bundle = bundle
        self._certificate = certificate
        self._files = [bundle] if bundle is not None else []
        self._files += [certificate.certificate, certificate.key] if certificate is not None else []
        self._log = log
        self._next_look = 0.0
        self._versions = versions_of(self._files)
        self.context = _ContextOfTheMoment(self._made())

    async def renew(self, request: Any) -> None:
        """Before a request, read changed files again; if one is unusable, the previous certificates stay in use."""
        now = trio.current_time()
        if self._files and now >= self._next_look:
            self._next_look = now + POLL_INTERVAL
            await trio.to_thread.run_sync(self._look_again)

    def _look_again(self) -> None:
        versions = versions_of(self._files)
        if versions == self._versions:
            return
        self._versions = versions
        try:
            self.context.current = self._made()
        except InvalidParameterError as error:
            if self._log is not None:
                self._log.record(CA_BUNDLE_KEPT, path=error.parameters["path"], cause=error.parameters["cause"])
        else:
            if self._log is not None:
                self._log.record(CA_BUNDLE_RENEWED, path=_shown(self._files))

    def _made(self) -> ssl.SSLContext:
        context, files = ssl.create_default_context(), self._files
        try:
            if self._bundle is not None:
                files = [self._bundle]
                context.load_verify_locations(self._bundle)
            if self._certificate is not None:
                files = [self._certificate.certificate, self._certificate.key]
                self._certificate.load_into(context)
        except (OSError, ssl.SSLError) as error:
            cause = getattr(error, "strerror", None) or type(error).__name__
            raise InvalidParameterError(CA_BUNDLE_NOT_USABLE, path=_shown(files), cause=cause) from None
        return context


class _ContextOfTheMoment(ssl.SSLContext):
    """Starts each connection with the current context, because a context cannot remove a trusted authority."""

    def __new__(cls, current: ssl.SSLContext) -> "_ContextOfTheMoment":
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, current: ssl.SSLContext) -> None:
        self.current = current

    def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:
        return self.current.wrap_bio(*arguments, **named)

    def set_alpn_protocols(self, alpn_protocols: Any) -> None:
        self.current.set_alpn_protocols(alpn_protocols)


def _shown(files: list[Path]) -> str:
    return " and ".join(map(str, files))
