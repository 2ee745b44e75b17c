"""The data folder monitor: the time of the last change in the folder."""

import os
from pathlib import Path

from services.files.context import FilesIntegratorContext
from services.files.data_folder_monitor import DataFolderMonitor
from tests.services.contexts import surroundings


async def test_the_last_update_time_of_a_folder_is_that_of_its_newest_entry(tmp_path: Path) -> None:
    root = tmp_path / "weekly-measurements"
    (root / "deep").mkdir(parents=True)
    (root / "deep" / "a.csv").touch()
    for path in (root / "deep", root):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    os.utime(root / "deep" / "a.csv", (1_612_299_470.647, 1_612_299_470.647))
    async with surroundings(FilesIntegratorContext, tmp_path, address=str(root)) as around:
        monitor = DataFolderMonitor()
        monitor.context, monitor.connector_name = around.context, "monitor"
        await monitor.start()
        await monitor.refresh()

        (folder,) = await around.elements("DataFolder")
        assert folder.properties["storeUpdateTime"] == "2021-02-02T20:57:50.647+00:00"
        assert folder.properties["pathName"] == str(root)

        await monitor.refresh()
        assert (await around.elements("DataFolder"))[0].version == 1

        os.utime(root / "deep" / "a.csv", (1_700_000_000, 1_700_000_000))
        await monitor.refresh()
        assert (await around.elements("DataFolder"))[0].version == 2
        assert len(around.said("CONNECTORS-0010")) == 2
