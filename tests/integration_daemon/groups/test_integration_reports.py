"""Refreshes of a connector leave integration reports at the metadata server, where its registration wants them."""

from pathlib import Path
from typing import Any

import trio

from integration_daemon.supervision import operations
from services.metadata.changes import Query
from services.metadata.element import ElementRecord
from services.metadata.mapping import to_put
from services.metadata.types.files import CSVFile
from tests.integration_daemon.groups.hosted import SCRIPTED, Hosted, document, hosted, script
from tests.integration_daemon.supervision.rig import PATIENCE, Scripted

FIGURES = ("createdElements", "updatedElements", "deletedElements")


class Files:
    """A third party of some files, which change."""

    def __init__(self) -> None:
        self.sizes = {"/a": 1}

    async def refresh(self, connector: Scripted) -> None:
        """State all files."""
        async with connector.context.reconcile("/", delete=True) as catalog:
            elements = (CSVFile(qualified_name=name, file_size=size) for name, size in self.sizes.items())
            await catalog.put([to_put(each) for each in elements])


async def reports(running: Hosted, count: int) -> list[ElementRecord]:
    """The reports at the metadata server, once there are so many, oldest first."""
    store = running.server.store
    assert store is not None
    with trio.fail_after(PATIENCE):
        while True:
            found = await store.find(Query(type_name="IntegrationReport"))
            if len(found) == count:
                return sorted(found, key=lambda each: str(each.properties["refreshStartDate"]))
            await trio.sleep(0.01)


def figures(report: ElementRecord) -> tuple[Any, ...]:
    return tuple(report.properties["additionalProperties"][name] for name in FIGURES)


async def test_a_refresh_that_changed_something_is_reported_and_the_last_reports_are_kept(tmp_path: Path) -> None:
    files = Files()
    script("monitor", refresh=files.refresh)
    async with hosted(tmp_path, document()) as running:
        await running.author.group()
        await running.author.register("monitor", provider=SCRIPTED, generateIntegrationReport=True)
        await running.refresh_config()
        (report,) = await reports(running, 1)
        assert (report.properties["serverName"], report.properties["connectorName"]) == ("exchangeDL01", "monitor")
        assert figures(report) == ("1", "0", "0")
        store = running.server.store
        assert store is not None
        (link,) = await store.relationships([report.guid], type_name="RelatedIntegrationReport")
        (connector,) = await store.get([link.end1_guid])
        assert (connector.qualified_name, link.end2_guid) == ("Connector:monitor", report.guid)

        await operations.refresh(running.daemon, connector="monitor")  # which changes nothing
        files.sizes = {"/a": 2, "/b": 1}
        await operations.refresh(running.daemon, connector="monitor")
        assert figures((await reports(running, 2))[-1]) == ("1", "1", "0")
        for size in range(3, 11):
            files.sizes = {"/a": size}
            await operations.refresh(running.daemon, connector="monitor")
            await reports(running, size)
        files.sizes = {"/c": 1}
        await operations.refresh(running.daemon, connector="monitor")
        with trio.fail_after(PATIENCE):
            while report in (found := await reports(running, 10)):  # noqa: ASYNC110 - a task of the daemon deletes it
                await trio.sleep(0.01)
        assert figures(found[-1]) == ("1", "0", "1")
        assert running.daemon.connector("monitor").incarnations == 1  # a report is no change of the registration
