"""Any exception or argument of a connector fails only that connector, on every lane and in every method.

The other connectors continue, both forms of the status and the audit log can be read, and no text exceeds its limit.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from audit.safe_text import LONGEST_TEXT
from integration_daemon.platform.platform import Platform
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider
from services.metadata.changes import Put
from tests.faults import foreign
from tests.integration_daemon.rest.platforms import QUIET, Served, served
from tests.integration_daemon.supervision.rig import PATIENCE

METHODS = ("initialize", "start", "refresh", "engage", "listener", "disconnect")


def do(connector: FilesIntegratorConnector, method: str) -> None:
    """Cause the fault if this is its method; the second incarnation of a connector has no fault."""
    setting = connector.context.setting
    if setting("method") != method or connector.context.settings.incarnation > 1:
        return
    if fault := foreign.RAISING.get(setting("fault")):
        fault()
    passing = {**foreign.PASSING, **foreign.ODD_TEXTS}
    if pass_on := passing.get(setting("fault")):
        pass_on(connector.context)


class OnTheLoop(FilesIntegratorConnector):
    """A connector with one fault, on the event loop."""

    provider = ConnectorProvider(description="Has one fault.")

    async def initialize(self) -> None:
        do(self, "initialize")

    async def start(self) -> None:
        do(self, "start")
        self.context.listen(self.listener)

    async def refresh(self) -> None:
        do(self, "refresh")

    async def engage(self) -> None:
        do(self, "engage")
        await trio.sleep_forever()

    async def listener(self) -> None:
        do(self, "listener")

    async def disconnect(self) -> None:
        do(self, "disconnect")


class OnThreads(FilesIntegratorConnector):
    """A connector with one fault, on a worker thread."""

    provider = ConnectorProvider(description="Has one fault.")

    def initialize(self) -> None:
        do(self, "initialize")

    def start(self) -> None:
        do(self, "start")
        self.context.listen(self.listener)

    def refresh(self) -> None:
        do(self, "refresh")

    def engage(self) -> None:
        do(self, "engage")

    def listener(self) -> None:
        do(self, "listener")

    def disconnect(self) -> None:
        do(self, "disconnect")


class Well(FilesIntegratorConnector):
    """A connector without a fault."""

    provider = ConnectorProvider(description="Has no fault.")

    async def refresh(self) -> None:
        return


def config(name: str, kind: type, *, isolation: str = "none", **settings: object) -> dict[str, Any]:
    return {
        "connectorName": name,
        "refreshTimeInterval": 0.01,
        "isolation": isolation,
        "usesBlockingCalls": settings.get("method") == "engage",
        "connection": {
            "connectorType": {"connectorProviderClassName": f"{kind.__module__}.{kind.__qualname__}"},
            "configurationProperties": settings,
        },
    }


LOGS = Path("data/servers/exchangeDL01/logs")


def document(*configs: dict[str, Any], directory: Path | None = None) -> dict[str, Any]:
    """A daemon with these connectors and a good one, which writes its audit log into a directory."""
    logs = {"connectorType": {"connectorProviderClassName": "json-lines"}, "endpoint": {"address": str(directory)}}
    destinations = QUIET if directory is None else {"auditLogConnections": [logs]}
    return {
        "localServerName": "exchangeDL01",
        "localServerType": "Integration Daemon",
        "repositoryServicesConfig": destinations,
        "integrationServicesConfig": [
            {
                "integrationServiceURLMarker": "files-integrator",
                "integrationConnectorConfigs": [config("good", Well), *configs],
            }
        ],
    }


async def states(platform: Served) -> dict[str, dict[str, Any]]:
    """The connectors of the native status by name; the compatible status must answer as well."""
    compatible = await platform.get("/servers/exchangeDL01/open-metadata/integration-daemon/users/erinoverview/status")
    assert compatible["relatedHTTPCode"] == 200
    (summary,) = compatible["integrationServiceSummaries"]
    for report in summary["integrationConnectorReports"]:
        assert len(report.get("failingExceptionMessage", "")) <= LONGEST_TEXT
    native = await platform.get("/api/v1/servers/exchangeDL01/connectors")
    assert len(native["connectors"]) == len(summary["integrationConnectorReports"])
    return {each["connectorName"]: each for each in native["connectors"]}


async def until_all_show(platform: Served, wanted: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Wait until every connector is in its expected state."""
    with trio.fail_after(PATIENCE):
        while True:
            shown = await states(platform)
            if all(shown[name]["state"] in state for name, state in wanted.items()):
                return shown
            await trio.sleep(0.05)


async def until_exceptions_are_logged(platform: Served, count: int) -> None:
    """Wait for this many records: a connector that is WAITING before and after its restart shows no change of state."""
    with trio.fail_after(PATIENCE):
        while True:
            answer = await platform.get("/api/v1/servers/exchangeDL01/audit-log?severity=Exception&limit=1000")
            if len(answer["records"]) >= count:
                return
            await trio.sleep(0.05)


async def is_refreshed_again(platform: Platform) -> bool:
    """True if the good connector is refreshed again."""
    daemon = platform.server("exchangeDL01").daemon
    assert daemon is not None
    good = daemon.connector("good")
    before = good.last_success
    with trio.move_on_after(PATIENCE):
        while good.last_success == before:  # noqa: ASYNC110 - nothing tells of it
            await trio.sleep(0.02)
    return good.last_success != before


@pytest.mark.parametrize("kind", [OnTheLoop, OnThreads], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("method", METHODS)
async def test_any_exception_of_a_connector_fails_only_that_connector(kind: type, method: str, tmp_path: Path) -> None:
    configs = [config(fault, kind, method=method, fault=fault) for fault in foreign.RAISING]
    failing = "WAITING" if method == "disconnect" else "FAILED"
    async with served(tmp_path, document(*configs, directory=tmp_path / LOGS)) as platform:
        shown = await until_all_show(platform, dict.fromkeys(foreign.RAISING, failing))
        assert await is_refreshed_again(platform.platform)
        for fault in foreign.RAISING if method != "disconnect" else ():
            failure = shown[fault]["failure"]
            assert failure["method"] == method, fault
            assert (failure["kind"] == "THIRD_PARTY_UNAVAILABLE") == (fault in foreign.THIRD_PARTY), fault
            assert failure["kind"] in ("DEFECT", "THIRD_PARTY_UNAVAILABLE"), fault
            assert len(failure["message"]) <= LONGEST_TEXT
        path = "/api/v1/servers/exchangeDL01/connectors/{}/restart"
        for fault in foreign.RAISING:
            await platform.post(path.format(fault))
        await until_all_show(platform, dict.fromkeys(foreign.RAISING, "ENGAGED" if method == "engage" else "WAITING"))
        await until_exceptions_are_logged(platform, len(foreign.RAISING))
    lines = (tmp_path / LOGS / "exchangeDL01.jsonl").read_text(encoding="utf-8").splitlines()
    failures = [json.loads(line) for line in lines if '"severity":"Exception"' in line]
    assert {failure["messageParameters"][0] for failure in failures} == foreign.RAISING.keys()


async def test_any_exception_in_a_connectors_process_fails_only_that_connector(tmp_path: Path) -> None:
    chosen = ("raises_a_group_of_all", "raises_keyboard_interrupt", "raises_what_cannot_be_shown")
    names = [f"{method} {fault}" for method in ("initialize", "refresh", "listener", "engage") for fault in chosen]
    names += [f"refresh {fault}" for fault in foreign.RAISING if fault not in chosen] + ["refresh no message"]
    configs = [
        config(name, OnTheLoop, isolation="process", method=name.split(" ", 1)[0], fault=name.split(" ", 1)[1])
        for name in names
    ]
    async with served(tmp_path, document(*configs)) as platform:
        shown = await until_all_show(platform, dict.fromkeys(names, "FAILED"))
        assert await is_refreshed_again(platform.platform)
        assert shown["refresh raises_system_exit"]["failure"]["exceptionClass"] == "SystemExit"
        assert shown["refresh raises_text_that_is_not_utf_8"]["failure"]["message"].startswith("ValueError: landing/")
        assert shown["refresh raises_a_half_made_error"]["failure"]["message"] == "HalfMadeError"
        records = await platform.get("/api/v1/servers/exchangeDL01/audit-log?severity=Exception&limit=1000")
        stacks = [each["record"]["exceptionStackTrace"] for each in records["records"]]
        assert any("foreign.py" in stack for stack in stacks)  # the place of the exception in the other process


@pytest.mark.parametrize("kind", [OnTheLoop, OnThreads], ids=lambda kind: kind.__name__)
async def test_a_connector_that_passes_invalid_arguments_fails_alone(kind: type, tmp_path: Path) -> None:
    configs = [config(fault, kind, method="refresh", fault=fault) for fault in foreign.PASSING]
    async with served(tmp_path, document(*configs)) as platform:
        shown = await until_all_show(platform, dict.fromkeys(foreign.PASSING, "FAILED"))
        assert await is_refreshed_again(platform.platform)
        for fault in foreign.PASSING:
            assert shown[fault]["failure"]["kind"] == "DEFECT", fault


@pytest.mark.parametrize("kind", [OnTheLoop, OnThreads], ids=lambda kind: kind.__name__)
async def test_odd_texts_of_a_connector_are_escaped_and_truncated(kind: type, tmp_path: Path) -> None:
    configs = [config(text, kind, method="refresh", fault=text) for text in foreign.ODD_TEXTS]
    async with served(tmp_path, document(*configs, directory=tmp_path / LOGS)) as platform:
        shown = await until_all_show(platform, dict.fromkeys(foreign.ODD_TEXTS, "WAITING"))
        assert shown["an unshowable object"]["progress"] == "<Unshowable that cannot be shown: SystemExit>"
        assert shown["a text that is not UTF-8"]["progress"] == "landing/caf\\udce9.csv"
        assert len(shown["a huge text"]["progress"]) == LONGEST_TEXT
        assert await is_refreshed_again(platform.platform)
        found = await platform.get("/api/v1/servers/exchangeDL01/audit-log?messageId=CONNECTOR-0001&limit=1000")
    lines = (tmp_path / LOGS / "exchangeDL01.jsonl").read_text(encoding="utf-8").splitlines()
    said = [json.loads(line) for line in lines if '"messageId":"CONNECTOR-0001"' in line]
    assert len(said) >= len(found["records"]) >= 5
    texts = {record["messageText"] for record in said}
    assert "about landing/caf\\udce9.csv" in texts
    assert all(len(text) <= LONGEST_TEXT + len("about ") for text in texts)


class PutsNonsense(FilesIntegratorConnector):
    """A connector that applies an invalid change."""

    provider = ConnectorProvider(description="States nonsense.")

    async def refresh(self) -> None:
        await self.context.apply([nonsense(self.context.setting("what"))])  # type: ignore[list-item]


def nonsense(what: str) -> object:
    put = {"type_name": "DataFile", "qualified_name": what, "source_key": what, "fingerprint": "1", "properties": {}}
    match what:
        case "object":
            return foreign.Unshowable()
        case "properties":
            return Put(**{**put, "properties": b"{"})  # type: ignore[arg-type]
        case "links":
            properties = msgspec.Raw(b'{"qualifiedName": "links"}')
            return Put(**{**put, "properties": properties, "links": 5})  # type: ignore[arg-type]
        case _:
            return Put(**{**put, what: foreign.Unshowable()})  # type: ignore[arg-type]


async def test_invalid_changes_of_the_catalogue_are_refused(tmp_path: Path) -> None:
    kinds = ("object", "properties", "links", "type_name", "qualified_name", "source_key", "fingerprint")
    configs = [config(what, PutsNonsense, what=what) for what in kinds]
    async with served(tmp_path, document(*configs)) as platform:
        await until_all_show(platform, dict.fromkeys(kinds, "FAILED"))
        assert await is_refreshed_again(platform.platform)
        assert (await platform.get("/api/v1/elements"))["elements"] == []
