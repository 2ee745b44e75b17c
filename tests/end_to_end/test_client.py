"""The client drives a running platform, and reaches every native route."""

import json
import logging
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from integration_daemon.client import (
    AuditLogQuery,
    ChangesQuery,
    ConnectorsQuery,
    DecisionQuery,
    DifferenceQuery,
    ElementsQuery,
    EventsQuery,
    ForbiddenError,
    LettersQuery,
    LineageOfElementQuery,
    NoAnswerError,
    NotFoundError,
    Operation,
    OperationQuery,
    OperationsQuery,
    RefusedRequestError,
    RelatedQuery,
    ReloadQuery,
    RestoreQuery,
    ServerClient,
    Settings,
    ShownChange,
    UnauthenticatedError,
    WaitQuery,
    WrongSettingError,
    event_stream,
    open_platform,
)
from integration_daemon.client.event_stream import EventStream
from tests.end_to_end.examples import ROOT, write_files
from tests.end_to_end.program import PATIENCE, Running, command, environment, running
from tests.end_to_end.test_lineage_intake import event
from tests.end_to_end.test_reload import document
from tests.servers.alert_receivers import Webhook, webhook

FOR_OTHERS = {
    "/scim/": "identity providers bring their own clients",
    "/bundles/": "the Open Policy Agent fetches them",
    "/logout": "it ends the session of a browser",
}
"""Native routes that the client does not have, with the reasons."""
FILES = 60


def document_with_lineage(receiver: str, *names: str) -> dict[str, Any]:
    """Monitors of these folders, and a connector that catalogues lineage events."""
    content: dict[str, Any] = json.loads(document(*names))
    lineage = {
        "connectorName": "lineage",
        "metadataSourceQualifiedName": "lineage",
        "connection": {"connectorType": {"connectorProviderClassName": "openlineage-cataloguer"}},
    }
    content["integrationServicesConfig"].append(
        {"integrationServiceURLMarker": "lineage-integrator", "integrationConnectorConfigs": [lineage]}
    )
    content["alerts"] = {"receivers": [{"webhook": receiver}]}
    return content


@pytest.fixture(scope="module")
def hook() -> Iterator[Webhook]:
    with webhook() as found:
        yield found


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("client")


@pytest.fixture(scope="module")
def program(directory: Path, hook: Webhook) -> Iterator[Running]:
    for name in ("good", "large"):
        (directory / name).mkdir()
    for number in range(FILES):
        (directory / "large" / f"{number}.csv").write_text("x")
    (directory / "daemon.json").write_text(json.dumps(document_with_lineage(hook.url, "good", "bad", "large")))
    with running(directory, "daemon.json") as program:
        yield program


@asynccontextmanager
async def daemon_of(program: Running) -> AsyncIterator[ServerClient]:
    async with open_platform(Settings(url=program.url, token=program.token, user="peter")) as platform:
        yield await platform.daemon()


async def look_around(daemon: ServerClient) -> None:
    page = await daemon.connectors(ConnectorsQuery(sort="-name", limit=2))
    assert (page.total, page.counts["FAILED"], len(page.connectors)) == (4, 1, 2)
    failed = await daemon.connectors(ConnectorsQuery(failure_kind="CONFIGURATION"))
    (bad,) = failed.connectors
    assert (bad.connector_name, bad.failure and bad.failure.kind.value) == ("bad", "CONFIGURATION")
    names = [each.connector_name async for each in daemon.every_connector(ConnectorsQuery(limit=1))]
    assert sorted(names) == ["bad", "good", "large", "lineage"]
    assert (await daemon.configuration("good")).configuration["connectorName"] == "good"
    with pytest.raises(NotFoundError) as unknown:
        await daemon.connector("nobody")
    assert unknown.value.definition.user_action


async def operate(daemon: ServerClient) -> None:
    assert (await daemon.operate("refresh", OperationQuery(connector="large"))).done == 1
    assert (await daemon.operate("refresh", names=["large", "good"])).done == 2
    begun = await daemon.operate("restart", OperationQuery(wait_seconds=0))
    looks = [each async for each in daemon.follow(begun.operation_id)]
    assert (looks[-1].state, looks[-1].outcome.asked, looks[-1].outcome.failed) == ("DONE", 4, 1)
    assert begun.operation_id in [each.operation_id for each in (await daemon.operations(OperationsQuery())).operations]
    with pytest.raises(RefusedRequestError, match="has ended"):
        await daemon.cancel(begun.operation_id)
    operations: dict[Operation, str] = {"pause": "PAUSED", "stop": "STOPPED", "resume": "RUNNING"}
    for what, state in operations.items():
        assert (await daemon.operate(what, OperationQuery(connector="good"))).done == 1
        shown = await daemon.operate_connector(what, "good", WaitQuery())
        assert shown.target_state
        assert shown.target_state.value == state
    await daemon.operate_connector("refresh", "good")
    await daemon.operate_connector("restart", "good")
    report = (await daemon.dry_run("large")).dry_run
    assert report is not None
    assert report.dry


async def decide_on_deletions(daemon: ServerClient, folder: Path) -> None:
    for number in range(FILES - 20):
        (folder / f"{number}.csv").unlink()
    await daemon.operate("refresh", OperationQuery(connector="large"))
    (waiting,) = (await daemon.deletions()).deletions
    assert (waiting.connector_name, waiting.held[0].count) == ("large", FILES - 20)
    await daemon.reject("large", DecisionQuery(scope=waiting.held[0].scope))
    approved = await daemon.approve("large")
    assert approved.outcome
    assert (approved.outcome.done, bool(approved.deletions)) == (1, False)


async def look_into_metadata(daemon: ServerClient) -> None:
    query = ElementsQuery(type="DataFile", limit=7)
    found = [each async for each in daemon.every_element(query)]
    assert len(found) == 20
    assert found[0].guid in [each.guid for each in (await daemon.elements(query)).elements]
    shown = await daemon.element(found[0].guid)
    assert shown.element == found[0]
    related = await daemon.related(found[0].guid, RelatedQuery(limit=1))
    assert related.total == len(shown.relationships or ())
    assert (await daemon.lineage_of(found[0].guid, LineageOfElementQuery(depth=2))).nodes
    assert (await daemon.changes(ChangesQuery(limit=5))).changes


async def receive_lineage(daemon: ServerClient) -> None:
    assert (await daemon.send_lineage(event("one"))).status == "success"
    receipt = await daemon.send_lineage_batch([event("two"), {"job": "none"}])
    assert (receipt.summary.successful, receipt.failed_events[0].index) == (1, 1)
    assert (await daemon.lineage_spool()).last_position == 2
    assert (await daemon.dead_letters(LettersQuery(limit=1))).total == 1
    assert (await daemon.replay_dead_letters()).summary.failed == 1


async def change_the_document(daemon: ServerClient, receiver: str) -> None:
    changed = document_with_lineage(receiver, "good", "large")
    assert (await daemon.check_document(changed)).differences
    before = (await daemon.versions()).versions[0].number
    done = await daemon.reload(changed, ReloadQuery(expected_version=before))
    assert done.removed == ["bad"]
    for change in (
        daemon.reload(changed, ReloadQuery(expected_version=before)),
        daemon.restore(before, RestoreQuery(expected_version=before)),
    ):
        with pytest.raises(RefusedRequestError, match=f"the newest version is {done.version}, by peter") as refused:
            await change
        assert refused.value.status == 409
    versions = (await daemon.versions()).versions
    assert versions[0].user == "peter"
    first = versions[-1].number
    assert (await daemon.difference(DifferenceQuery(from_=first))).differences[0].new is None
    assert (await daemon.version(first)).document["localServerName"] == daemon.name
    assert (await daemon.restore(first)).added == ["bad"]


async def test_every_native_route_is_reached(
    program: Running, directory: Path, hook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "httpx2")
    async with open_platform(Settings(url=program.url, token=program.token, user="peter")) as platform:
        assert [each.name for each in (await platform.servers()).servers] == ["exchangeDL01"]
        assert "data-files-monitor" in [each.connector.name for each in await platform.connector_classes()]
        assert (await platform.permissions()).of_platform
        assert "DataFile" in [each.name for each in await platform.element_types()]
        assert not (await platform.validate({"localServerName": 1})).is_valid
        assert (await platform.console_link()).path.startswith("/login/")
        paths = (await platform.openapi())["paths"]
        daemon = await platform.daemon()
        await look_around(daemon)
        await operate(daemon)
        await decide_on_deletions(daemon, directory / "large")
        await look_into_metadata(daemon)
        await receive_lineage(daemon)
        await change_the_document(daemon, hook.url)
        assert (await daemon.connector("good")).recent_refreshes
        assert (await daemon.audit_log(AuditLogQuery(limit=1))).records
        assert (await daemon.incidents()).is_watched
        assert [each.taken for each in (await daemon.test_alerts()).receivers] == [True]
        async with daemon.events(EventsQuery()) as events:
            await daemon.operate("restart", OperationQuery(connector="good"))
            async for each in events:
                if isinstance(each, ShownChange):
                    assert each.connector_name == "good"
                    break
    asked = re.findall(r"HTTP Request: (\w+) http://[^/]+([^ ?]+)", caplog.text)
    unreached = [
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        if path.startswith("/api/v1/") and not any(each in path for each in FOR_OTHERS)
        for method in operations
        if path.replace("/api/v1/", "/api/v1/servers/{server}/") not in paths
        and not any(method.upper() == verb and re.fullmatch(_pattern(path), where) for verb, where in asked)
    ]
    assert unreached == []


def _pattern(template: str) -> str:
    return re.sub(r"\{\w+\}", "[^/]+", template)


def said_by(script: str, program: Running, directory: Path) -> str:
    """The output of a script of the page."""
    assert script in write_files(ROOT / "docs" / "client.md", directory)
    done = subprocess.run(
        [sys.executable, script],
        cwd=directory,
        env={**environment(), "INTEGRATION_DAEMON_URL": program.url},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return done.stdout


def test_the_script_of_the_page_looks_after_failed_connectors(program: Running, directory: Path) -> None:
    said = said_by("look_after.py", program, directory)
    assert "4 connectors: " in said
    assert "bad: BASIC-FILES-INTEGRATION-CONNECTORS-404-001" in said
    assert "0 of 1 restarted" in said
    assert "Create the directory" in said


def test_the_script_of_the_page_builds_and_starts_a_server(program: Running, directory: Path) -> None:
    said = said_by("build_server.py", program, directory).splitlines()
    assert said == ["archive01 belongs to Coco Pharmaceuticals", "['exchangeDL01', 'archive01']"]
    assert [each["name"] for each in program.get("/api/v1/servers")["servers"]] == ["exchangeDL01"]


async def test_an_unchanged_answer_is_not_sent_again(program: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "httpx2")
    async with daemon_of(program) as daemon:
        first = await daemon.versions()
        assert (await daemon.versions()) is first
        assert '/documents "HTTP/1.1 304' in caplog.text


async def test_a_lost_live_stream_goes_on_where_it_ended(program: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "PAUSE", 0.05)
    async with relay_to(program) as relay, open_platform(Settings(url=relay.url, token=program.token)) as platform:
        daemon = await platform.daemon()
        async with daemon.events(EventsQuery(connector="good", severity="Error")) as events:
            await daemon.operate("pause", OperationQuery(connector="good"))
            await states_until("PAUSED", events)
            relay.cut()
            async with daemon_of(program) as straight:
                await straight.operate("stop", OperationQuery(connector="good"))
                await straight.operate("resume", OperationQuery(connector="good"))
            relay.is_cut = False
            assert "STOPPED" in await states_until("WAITING", events)


async def states_until(last: str, events: EventStream) -> list[str]:
    states = []
    async for each in events:
        assert isinstance(each, ShownChange)
        states.append(each.state)
        if each.state == last:
            break
    return states


class Relay:
    """An address that leads to the platform, until it is cut."""

    def __init__(self, program: Running) -> None:
        self.url = ""
        self.is_cut = False
        self._host, self._port = program.url.removeprefix("http://").split(":")
        self._connections = set[trio.CancelScope]()

    def cut(self) -> None:
        self.is_cut = True
        for scope in self._connections:
            scope.cancel()

    async def serve(self, near: trio.SocketStream) -> None:
        async with near:
            if self.is_cut:
                return
            with trio.CancelScope() as scope:
                self._connections.add(scope)
                far = await trio.open_tcp_stream(self._host, int(self._port))
                async with far, trio.open_nursery() as nursery:
                    nursery.start_soon(self._copy, near, far, scope)
                    nursery.start_soon(self._copy, far, near, scope)

    async def _copy(self, source: trio.SocketStream, target: trio.SocketStream, scope: trio.CancelScope) -> None:
        async for some in source:
            await target.send_all(some)
        scope.cancel()


@asynccontextmanager
async def relay_to(program: Running) -> AsyncIterator[Relay]:
    relay = Relay(program)
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        relay.url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}"
        nursery.start_soon(trio.serve_listeners, relay.serve, [listener])
        yield relay
        nursery.cancel_scope.cancel()


async def test_each_remedy_has_an_error_of_its_own(program: Running, directory: Path) -> None:
    made = await trio.to_thread.run_sync(
        partial(command, "token", "create", "--name", "reader", "--role", "viewer", cwd=directory)
    )
    reader = Settings(url=program.url, token=made.stdout.strip())
    async with open_platform(reader) as platform:
        with pytest.raises(ForbiddenError) as forbidden:
            await platform.server("exchangeDL01").operate("refresh")
        assert (forbidden.value.status, bool(forbidden.value.definition.system_action)) == (403, True)
        with pytest.raises(NotFoundError, match="OMAG-MULTI-TENANT-404-001"):
            await platform.server("nowhere").connectors()
        with pytest.raises(RefusedRequestError, match="did you mean FAILED"):
            await platform.server("exchangeDL01").connectors(ConnectorsQuery(state="FAILD"))
        assert "integration daemon" in (await platform.call("GET", "/api/about")).lower()
    async with open_platform(Settings(url=program.url, token="idt_unknown")) as platform:
        with pytest.raises(UnauthenticatedError):
            await platform.servers()
    async with open_platform(Settings(url="http://127.0.0.1:1", token="idt_x")) as platform:
        with pytest.raises(NoAnswerError, match="no answer from"):
            await platform.servers()
    for wrong, setting in (
        (Settings(url="ftp://host"), "url"),
        (Settings(url="http://192.0.2.1", token="idt_x"), "token"),
        (Settings(url=program.url, client_cert=directory / "none.pem"), "client_key"),
        (Settings(url=program.url, ca_bundle=directory / "none.pem"), "ca_bundle"),
    ):
        with pytest.raises(WrongSettingError) as refused:
            async with open_platform(wrong):
                pass
        assert refused.value.setting == setting
        assert "idt_x" not in f"{wrong!r}{refused.value}"
