"""The data files monitor, which catalogues every file and folder below a directory."""

from services.errors import ConnectorConfigurationError
from services.files import messages
from services.files.context import folder_source_key
from services.files.directory import WAIT_FOR_DIRECTORY, Directory
from services.files.following import Following
from services.files.scan import Step
from services.files.scan_reporter import ScanReporter
from services.files.service import FilesIntegratorConnector
from services.files.tables import missing_libraries
from services.files.tree_scan import RootChangedError, scan_tree
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.reconcile import OrderedCatalog
from services.metadata.stored_names import stored_name


class DataFilesMonitor(FilesIntegratorConnector):
    """Synchronizes the catalogue with a directory tree.

    A missing file is archived, or deleted from the catalogue if `allowCatalogDelete` is true. Refreshing an
    unchanged tree writes nothing. The audit log names individual changes if there are only a few.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Catalogues the files of a directory tree.",
        class_names=(
            "org.odpi.openmetadata.adapters.connectors.integration.basicfiles.DataFilesMonitorIntegrationProvider",
        ),
        exchange=Exchange(
            directions=(PermittedSynchronization.FROM_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="To list the directories and read the attributes of files; with classifyContent, to read the files.",
            writes="DataFile, FileFolder, NestedFile, FolderHierarchy, DataAssetEncoding, TabularSchemaType, "
            "TabularColumn, Schema, AttributeForSchema, TypeEmbeddedAttribute",
            example="catalogue.md#files",
        ),
        endpoint="the path of the directory",
        endpoint_is_path=True,
        settings=(
            Setting(
                name="allowCatalogDelete",
                description="true: missing files are deleted from the catalogue; false: they are archived",
                default=False,
            ),
            WAIT_FOR_DIRECTORY,
            Setting(
                name="watch",
                description="true: changes are catalogued immediately; false: at the next refresh",
                default=True,
            ),
            Setting(
                name="classifyContent",
                description="true: read new and changed files to determine their type, encoding and columns; false: "
                "derive the type from the name",
                default=False,
            ),
        ),
    )

    async def start(self) -> None:
        """Check the directory, and start following it."""
        self._directory = Directory(self.context)
        self._delete = self.context.is_set("allowCatalogDelete")
        self._by_content = self.context.is_set("classifyContent")
        is_watching = self.context.is_set("watch", default=True)
        self._following: Following | None = None
        await self._directory.require()
        if self._by_content and (missing := missing_libraries()):
            raise ConnectorConfigurationError(
                messages.LIBRARIES_MISSING, connector=self.connector_name, libraries=", ".join(missing)
            )
        self.context.audit_log.record(
            messages.CONFIGURED,
            connector=self.connector_name,
            directory=self._directory.shown,
            allow_delete=str(self._delete).lower(),
            wait=str(self._directory.is_waited_for).lower(),
            watch=str(is_watching).lower(),
        )
        if is_watching and self.context.host is not None:
            self._following = Following(self.context, self._directory, delete=self._delete, by_content=self._by_content)
            self.context.listen(self._following.run)

    async def refresh(self) -> None:
        """Compare the tree with the catalogue, and apply every difference."""
        if self._following is None:
            await self._compare()
            return
        async with self._following.lock:
            await self._compare()
            self._following.scanned()

    async def probe(self) -> str:
        """A summary of the directory's content."""
        return await Directory(self.context).probe()

    async def disconnect(self) -> None:
        """Record the end; nothing is open between refreshes."""
        self.context.audit_log.record(messages.STOPPING, connector=self.connector_name)

    async def _compare(self) -> None:
        await self._directory.require_allowed()
        scope = folder_source_key(stored_name(self._directory.path))
        reporter = ScanReporter(self.context, self._directory.name)
        async with self.context.reconcile_in_order(scope, delete=self._delete) as catalog:
            await self._scan(catalog, reporter)
        self.context.progress = None
        reporter.sum_up(catalog.outcome, deleted=self._delete)
        if scope in reporter.unreadable:  # the file system is not mounted: nothing was scanned
            raise self._directory.not_mounted_error()

    async def _scan(self, catalog: OrderedCatalog, reporter: ScanReporter) -> None:
        async def take(step: Step) -> None:
            reporter.add_step(step)
            self.context.progress = f"{reporter.seen:,} files and folders seen"
            if step.puts:
                reporter.catalogued(await catalog.put_changed(step.puts, without=step.dropped))
            if self._following is not None:
                await self._following.add(step)

        try:
            await scan_tree(self._directory.path, catalog, take, by_content=self._by_content)
        except OSError as error:
            if not await self._directory.require():
                raise self._directory.not_found_error() from error
            raise self._directory.changed_error() from error
        except RootChangedError as error:
            raise self._directory.changed_error() from error
