"""A data files monitor on a real directory, with a real store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.files.context import FilesIntegratorContext
from services.files.data_files_monitor import DataFilesMonitor
from tests.services.contexts import Surroundings, surroundings

SUMMARY = "CONNECTORS-0028"


class Monitored:
    """A started monitor on a directory."""

    def __init__(self, monitor: DataFilesMonitor, around: Surroundings[FilesIntegratorContext], root: Path) -> None:
        self.monitor = monitor
        self.around = around
        self.root = root

    async def paths(self, type_name: str = "DataFile") -> set[str]:
        """The catalogued paths below the root."""
        found = [str(each.properties["pathName"]) for each in await self.around.elements(type_name)]
        return {path.removeprefix(f"{self.root}/") for path in found}

    async def refresh(self) -> str:
        """Refresh, and return the summary that the monitor logs, or an empty string."""
        before = len(self.around.said(SUMMARY))
        await self.monitor.refresh()
        return "".join(self.around.said(SUMMARY)[before:])


@asynccontextmanager
async def monitoring(tmp_path: Path, address: str | None = "", **properties: Any) -> AsyncIterator[Monitored]:
    root = tmp_path / "tree"
    root.mkdir(exist_ok=True)
    around = surroundings(
        FilesIntegratorContext, tmp_path, address=str(root) if address == "" else address, properties=properties
    )
    async with around as surrounded:
        monitor = DataFilesMonitor()
        monitor.context, monitor.connection = surrounded.context, surrounded.context.connection
        monitor.connector_name = "monitor"
        await monitor.start()
        yield Monitored(monitor, surrounded, root)


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
