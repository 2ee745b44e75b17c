"""The data files monitor: every file below a directory is an element, and every folder."""

from functools import partial

import trio

from services.files import messages
from services.files.context import folder_place
from services.files.directory import WAIT_FOR_DIRECTORY, Directory, is_true
from services.files.names import stored_name
from services.files.scan import Step
from services.files.service import FilesIntegratorConnector
from services.files.tree_scan import scan_tree
from services.framework.connector import ConnectorProvider, Setting
from services.metadata.changes import Outcome, Rejection
from services.metadata.reconcile import OrderedCatalog

NAMED_ONE_BY_ONE = 20
"""Files of one refresh that get an audit record of their own; the rest is summed up in one."""


class DataFilesMonitor(FilesIntegratorConnector):
    """Keeps the catalogue in step with a directory tree.

    A file that is gone is archived, or deleted from the catalogue where `allowCatalogDelete` is true. Refreshing an
    unchanged tree writes nothing. Changes are named one by one in the audit log as long as they are few.
    """

    provider = ConnectorProvider(
        description="Catalogues the files and folders of a directory tree.",
        class_names=(
            "org.odpi.openmetadata.adapters.connectors.integration.basicfiles.DataFilesMonitorIntegrationProvider",
        ),
        endpoint="the path of the directory",
        settings=(
            Setting(
                name="allowCatalogDelete",
                description="true: files that are gone are deleted from the catalogue; false: they are archived",
                default=False,
            ),
            WAIT_FOR_DIRECTORY,
        ),
    )

    async def start(self) -> None:
        """Check the directory."""
        self._directory = Directory(self.context)
        self._delete = is_true(self.context.setting("allowCatalogDelete", False))
        await self._directory.require()
        self.context.audit_log.record(
            messages.CONFIGURED,
            connector=self.connector_name,
            directory=self._directory.name,
            allow_delete=str(self._delete).lower(),
            wait=str(self._directory.is_waited_for).lower(),
        )

    async def refresh(self) -> None:
        """Compare the tree with the catalogue, and make good any difference."""
        if not await self._directory.require():
            return
        self._seen = 0
        self._named = 0
        root = self._directory.path
        async with self.context.reconcile_in_order(folder_place(stored_name(root)), delete=self._delete) as catalog:
            await self._scan(root, catalog)
        self._report(catalog.outcome)

    async def disconnect(self) -> None:
        """Nothing is held between refreshes."""
        self.context.audit_log.record(messages.STOPPING, connector=self.connector_name)

    async def _scan(self, root: str, catalog: OrderedCatalog) -> None:
        try:
            identity = await trio.to_thread.run_sync(self._directory.identity)
            async with trio.open_nursery() as nursery:  # the next step is scanned while one is written
                found, to_write = trio.open_memory_channel[Step](0)
                nursery.start_soon(self._write, to_write, catalog)
                async with found:
                    await scan_tree(root, catalog, partial(self._take, found))
            if await trio.to_thread.run_sync(self._directory.identity) != identity:
                raise self._directory.changed()
        except* OSError as error:  # the root itself: what is below it is reported and passed over
            raise self._directory.changed() from error

    async def _take(self, to_write: trio.MemorySendChannel[Step], step: Step) -> None:
        self._seen += step.seen
        self.context.progress = f"{self._seen:,} files and folders seen"
        for unreadable in step.unreadable:
            self.context.audit_log.record(
                messages.FOLDER_NOT_READABLE,
                connector=self.connector_name,
                path=unreadable.place,
                cause=unreadable.cause,
            )
        await to_write.send(step)

    async def _write(self, steps: trio.MemoryReceiveChannel[Step], catalog: OrderedCatalog) -> None:
        async for step in steps:
            if step.puts:
                self._name(await catalog.put_changed(step.puts))

    def _name(self, outcome: Outcome) -> None:
        for name, guid in outcome.guids.items():
            if self._named >= NAMED_ONE_BY_ONE:
                return
            self._named += 1
            self.context.audit_log.record(
                messages.FILE_CREATED, connector=self.connector_name, path=name.partition("::")[2], guid=guid
            )

    def _report(self, outcome: Outcome) -> None:
        self.context.progress = None
        rejected = outcome.rejected
        for each in rejected[:NAMED_ONE_BY_ONE]:
            self._name_rejected(each)
        if len(rejected) > NAMED_ONE_BY_ONE:
            self.context.audit_log.record(
                messages.MORE_NOT_CATALOGUED,
                connector=self.connector_name,
                count=len(rejected) - NAMED_ONE_BY_ONE,
            )
        if outcome.created or outcome.updated or outcome.removed or rejected:
            self.context.audit_log.record(
                messages.REFRESHED,
                connector=self.connector_name,
                seen=self._seen,
                directory=self._directory.name,
                created=outcome.created,
                updated=outcome.updated,
                removed=outcome.removed,
                removal="deleted" if self._delete else "archived",
                rejected=len(rejected),
            )

    def _name_rejected(self, rejection: Rejection) -> None:
        self.context.audit_log.record(
            messages.NOT_CATALOGUED,
            connector=self.connector_name,
            path=rejection.subject.partition("::")[2] or rejection.subject,
            message=rejection.message,
        )
