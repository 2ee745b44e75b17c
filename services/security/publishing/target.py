"""The targets to which a connector publishes: a file, or the daemon's own routes."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import trio

from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError
from services.security.publishing import messages
from services.security.publishing.output_file import NotUsableError, OutputFile

T = TypeVar("T")


class Target(Protocol):
    """A target. Methods raise `ConnectorConfigurationError` and `ThirdPartyUnavailableError`."""

    name: str
    """The name in the audit log and in the report of a dry run."""

    async def hold(self) -> None:
        """Lock the target against other connectors."""

    async def differs(self, content: bytes) -> bool:
        """True if the published content is another, or nothing is published."""

    async def write(self, content: bytes) -> None:
        """Publish the content."""

    async def release(self) -> None:
        """Release the lock."""


class FileTarget(Target):
    """A file as a target."""

    def __init__(self, connector: str, path: str) -> None:
        self.name = path
        self._connector = connector
        self._file = OutputFile(Path(path))

    async def check(self) -> None:
        """Check that the file can be written, without writing."""
        await self._do(self._file.require_writable)

    async def hold(self) -> None:
        await self._do(self._file.hold)
        try:
            await self.check()
        except BaseException:
            self._file.release()
            raise

    async def differs(self, content: bytes) -> bool:
        return await self._do(lambda: self._file.differs(content))

    async def write(self, content: bytes) -> None:
        await self._do(lambda: self._file.write(content))

    async def release(self) -> None:
        self._file.release()

    async def _do(self, call: Callable[[], T]) -> T:
        try:
            return await trio.to_thread.run_sync(call)
        except NotUsableError as error:
            raise ConnectorConfigurationError(
                messages.FILE_NOT_USABLE, connector=self._connector, path=self.name, problem=error
            ) from None
        except OSError as error:
            cause = error.strerror or type(error).__name__
            raise ThirdPartyUnavailableError(
                messages.FILE_NOT_WRITTEN, connector=self._connector, path=self.name, cause=cause
            ) from error


def path_in(address: str) -> str:
    """The absolute path of the file that the address of a connection names."""
    return os.path.abspath(address.removeprefix("file://"))
