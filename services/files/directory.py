"""The directory of a files connector, and its errors."""

import os

import trio

from audit.counted import counted
from services.allowance import file_target
from services.errors import ConnectorConfigurationError, RefreshPostponedError, ThirdPartyUnavailableError
from services.files import messages
from services.files.context import FilesIntegratorContext
from services.framework.connector import Setting

WAIT_FOR_DIRECTORY = Setting(
    name="waitForDirectory",
    description="true: wait for a missing directory, and keep its catalogued elements; false: fail without it",
    default=False,
)


class Directory:
    """A directory with its configured name, which is relative to the daemon's working directory."""

    def __init__(self, context: FilesIntegratorContext) -> None:
        self._context = context
        self.name = context.connection.address or ""
        self.path = os.path.abspath(self.name)
        is_relative = not os.path.isabs(self.name) and bool(self.name) and ":/" not in self.name
        self.shown = self.name if not is_relative else f"{self.name} ({self.path})"
        """The name in messages, with the absolute path."""
        self.is_waited_for = context.is_set("waitForDirectory")

    async def require(self) -> bool:
        """True if the directory can be scanned; false if it is missing and `waitForDirectory` is set.

        Logs and raises `ConnectorConfigurationError` for any other problem.
        """
        error = await trio.to_thread.run_sync(self._problem)
        if error is None:
            return True
        if self.is_waited_for and error.definition is messages.DIRECTORY_NOT_FOUND:
            self._context.audit_log.record(
                messages.WAITING_FOR_DIRECTORY, connector=self._context.connector_name, directory=self.shown
            )
            return False
        self._context.audit_log.record(
            messages.BAD_DIRECTORY,
            connector=self._context.connector_name,
            directory=self.shown,
            message=error,
        )
        raise error

    async def require_allowed(self) -> None:
        """Raise `ConnectorConfigurationError` if the platform does not allow the directory at its current location."""
        if self._context.settings.allowance.endpoints is not None:
            await trio.to_thread.run_sync(self._require_allowed)

    def _require_allowed(self) -> None:
        self._context.require_allowed(file_target(self.path))

    async def probe(self) -> str:
        """A summary of the content; raises as `require` does."""
        if not await self.require():
            return "it is not there, and waited for"
        entries = await trio.to_thread.run_sync(os.listdir, self.path)
        return f"{counted(len(entries), 'entry', 'entries')} in {self.path}"

    def not_found_error(self) -> RefreshPostponedError:
        """The error of a refresh that waits for a missing directory."""
        return RefreshPostponedError(
            messages.DIRECTORY_AWAITED, directory=self.name, connector=self._context.connector_name
        )

    def not_mounted_error(self) -> RefreshPostponedError:
        """The error of a refresh whose directory is empty because its file system is not mounted."""
        return RefreshPostponedError(
            messages.NOTHING_MOUNTED, directory=self.name, connector=self._context.connector_name
        )

    def changed_error(self) -> ThirdPartyUnavailableError:
        """The error of a directory that was removed or replaced."""
        return ThirdPartyUnavailableError(
            messages.DIRECTORY_CHANGED, directory=self.shown, connector=self._context.connector_name
        )

    def _problem(self) -> ConnectorConfigurationError | None:
        """The error of the directory, if any; the order of the checks is that of the original program."""
        connection = str(self._context.connection)
        if self.shown != self.name:
            connection += f" ({self.path})"
        inserts = {"directory": self.name, "connection": connection}
        if not self.name:
            return ConnectorConfigurationError(
                messages.DIRECTORY_NOT_NAMED,
                connection=self._context.connection,
                connector=self._context.connector_name,
            )
        try:
            self._require_allowed()
        except ConnectorConfigurationError as error:
            return error
        if not os.path.exists(self.path):
            return ConnectorConfigurationError(messages.DIRECTORY_NOT_FOUND, **inserts)
        if not os.path.isdir(self.path):
            return ConnectorConfigurationError(messages.NOT_A_DIRECTORY, **inserts)
        try:
            os.scandir(self.path).close()
        except OSError as error:
            cause = error.strerror or type(error).__name__
            return ConnectorConfigurationError(messages.DIRECTORY_NOT_READABLE, cause=cause, **inserts)
        return None
