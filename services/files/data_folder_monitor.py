"""The data folder monitor, which maintains the last update time of a directory that is one asset."""

import os
from pathlib import Path

import trio

from services.files import messages
from services.files.directory import WAIT_FOR_DIRECTORY, Directory
from services.files.mapping import folder_element, iso_time
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.mapping import to_put
from services.metadata.stored_names import stored_name
from services.metadata.types.files import DataFolder


class DataFolderMonitor(FilesIntegratorConnector):
    """Maintains the last update time of a data folder: the time of the last change to its contents.

    The element of the folder is created if it does not exist. It is a `DataFolder`, separate from the `FileFolder` of a
    data files monitor on the same directory, so that the two monitors do not conflict.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Catalogues a directory of data as one asset.",
        class_names=(
            "org.odpi.openmetadata.adapters.connectors.integration.basicfiles.DataFolderMonitorIntegrationProvider",
        ),
        exchange=Exchange(
            directions=(PermittedSynchronization.FROM_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="To list the directories and read the attributes of files.",
            writes="DataFolder",
            example="catalogue.md#files",
        ),
        endpoint="the path of the directory",
        endpoint_is_path=True,
        settings=(WAIT_FOR_DIRECTORY,),
    )

    async def start(self) -> None:
        """Check the directory."""
        self._directory = Directory(self.context)
        await self._directory.require()

    async def refresh(self) -> None:
        """Update the last update time."""
        if not await self._directory.require():
            raise self._directory.not_found_error()
        path = self._directory.path
        try:
            modified = await trio.to_thread.run_sync(_last_modified, path)
            status = await trio.to_thread.run_sync(os.stat, path)
        except OSError as error:
            raise self._directory.changed_error() from error
        element = folder_element(stored_name(path), status, DataFolder)
        element.store_update_time = iso_time(modified)
        outcome = await self.context.apply([to_put(element)])
        if outcome.created or outcome.updated:
            self.context.audit_log.record(
                messages.FOLDER_UPDATED,
                connector=self.connector_name,
                folder=self._directory.name,
                time=element.store_update_time,
            )
        for rejection in outcome.rejected:
            self.context.audit_log.record(
                messages.NOT_CATALOGUED,
                connector=self.connector_name,
                path=rejection.subject,
                message=rejection.message,
            )

    async def probe(self) -> str:
        """A summary of the directory's content."""
        return await Directory(self.context).probe()

    async def disconnect(self) -> None:
        """Record the end; nothing is open between refreshes."""
        self.context.audit_log.record(messages.STOPPING, connector=self.connector_name)


def _last_modified(root: str) -> int:
    """The time of the last modification below a directory, or of the directory itself, in nanoseconds. Blocks."""
    newest = Path(root).stat().st_mtime_ns
    for folder, _, files in os.walk(root):
        for path in (folder, *(os.path.join(folder, name) for name in files)):
            try:
                newest = max(newest, os.lstat(path).st_mtime_ns)
            except OSError:
                continue  # removed since the folder was read
    return newest
