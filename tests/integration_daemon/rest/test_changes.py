"""Each changing request is recorded once; of a flood, its beginning and its counts."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from audit.message import AuditMessage
from audit.severity import Severity
from integration_daemon.config.load import convert
from integration_daemon.rest.changes import SINGLY, WINDOW, Change, Changes
from integration_daemon.security.permissions import Role
from services.errors import InvalidParameterError
from services.metadata.messages import ELEMENT_NOT_FOUND
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT
from tests.integration_daemon.security.guarded import Guarded, guarded

ROOT = "/servers/exchangeDL01/open-metadata/integration-daemon"


class Log:
    """An audit log that keeps the texts of its records."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def record(self, server: str, message: AuditMessage, inserts: dict[str, object]) -> None:
        assert message.severity is Severity.SECURITY
        self.texts.append(f"{server}: {message.render(inserts)}")


def change_of(caller: str) -> Change:
    return Change(caller=caller, user="", address="192.0.2.1", request="POST /x", server="exchangeDL01")


def make(changes: Changes, caller: str, times: int, failing: int = 0) -> None:
    for number in range(times):
        try:
            with changes.recorded(partial(change_of, caller)):
                if number < failing:
                    raise InvalidParameterError(ELEMENT_NOT_FOUND, kind="GUID", value="x")
        except InvalidParameterError:
            pass


async def test_a_flood_of_one_caller_is_summarised_and_hides_no_other_caller(autojump_clock: MockClock) -> None:
    log = Log()
    changes = Changes(log.record)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(changes.run)
        make(changes, "token flood", SINGLY + 70)
        make(changes, "token quiet", 1)
        assert len(log.texts) == SINGLY + 1
        assert log.texts[-1].startswith("exchangeDL01: token quiet, for the user (none)")
        log.texts.clear()
        await trio.sleep(WINDOW + 1)
        assert [each.partition(" (")[0] for each in log.texts] == [
            f"exchangeDL01: token flood has sent 70 more changing requests in {WINDOW:g} seconds"
        ]
        make(changes, "token flood", 500, failing=3)  # it goes on: there is nothing but the counts
        await trio.sleep(WINDOW + 1)
        assert ["500 more" in each and "(3 failed)" in each for each in log.texts[1:]] == [True]
        await trio.sleep(WINDOW + 1)
        make(changes, "token flood", 1)
        assert log.texts[-1].endswith("POST /x from 192.0.2.1: it was done")
        make(changes, "token flood", SINGLY + 4)
        nursery.cancel_scope.cancel()
    assert "5 more changing requests" in log.texts[-1]  # what is left at the end is recorded, too


async def test_what_is_cut_off_is_recorded_as_such(autojump_clock: MockClock) -> None:
    log = Log()
    with trio.move_on_after(1), Changes(log.record).recorded(partial(change_of, "token x")):
        await trio.sleep_forever()
    assert [each.rpartition(": ")[2] for each in log.texts] == ["it was cut off"]


async def recorded(platform: Guarded, server: str = "exchangeDL01") -> list[str]:
    """The texts of the changes in a server's audit log, oldest first."""
    path = f"/api/v1/servers/{server}/audit-log?severity=Security&messageId=OMAG-PLATFORM-0230"
    found = await platform.send("GET", path, platform.tokens[Role.VIEWER])
    return [each["record"]["messageText"] for each in found.json()["records"]]


@pytest.mark.parametrize(
    ("method", "path", "body", "outcome"),
    [
        ("POST", "/api/v1/servers/exchangeDL01/connectors/monitor%200/pause", {}, "it was done"),
        ("POST", "/api/v1/connectors/monitor%200/pause", {}, "it was done"),
        ("POST", ROOT + "/users/erinoverview/refresh", {}, "it was done"),
        ("GET", ROOT + "/integration-services/files-integrator/restart", {}, "it was done"),
        ("POST", "/api/v1/connectors/none/pause", {}, "it failed with INTEGRATION-DAEMON"),
        ("POST", ROOT + "/integration-connectors/monitor%200/connection", {"content": b"\x00"}, "it failed with"),
        ("DELETE", "/open-metadata/platform-services/server-platform/servers/none", {}, "it was done"),
    ],
)
async def test_a_changing_request_is_recorded_with_its_outcome(
    method: str, path: str, body: dict[str, Any], outcome: str, tmp_path: Path
) -> None:
    async with guarded(tmp_path) as platform:
        await platform.send(method, path, platform.tokens[Role.ADMINISTRATOR], **body)
        with trio.fail_after(5):
            while not (texts := await recorded(platform)):
                pass
        (text,) = texts
        user = "erinoverview" if "erinoverview" in path else "token administrator"
        shown = path.replace("%20", " ")
        assert text.startswith(
            f"token administrator, for the user {user}, has sent the changing request {method} {shown} from 127.0.0.1: "
        )
        assert outcome in text


async def test_what_changes_nothing_is_not_recorded_and_what_is_refused_is_counted_elsewhere(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        viewer, administrator = platform.tokens[Role.VIEWER], platform.tokens[Role.ADMINISTRATOR]
        await platform.platform.start_server(convert(METADATA_SERVER_DOCUMENT, "test"))
        await platform.send("GET", "/api/v1/connectors", viewer)
        await platform.send("POST", "/api/v1/connectors/refresh", viewer)
        batch = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store/batch"
        await platform.send("POST", f"{batch}/find", administrator, json={})
        await platform.send("POST", f"{batch}/calls", administrator, json=[{"call": "find", "user": "", "body": {}}])
        sources = {"call": "sources", "user": "npa", "body": {"qualifiedName": "landing"}}
        await platform.send("POST", f"{batch}/calls", administrator, json=[sources])
        with trio.fail_after(5):
            while not (texts := await recorded(platform, "cocoMDS1")):
                pass
        assert [each.partition(" from ")[0].partition(", for")[2] for each in texts] == [
            f" the user npa, has sent the changing request POST {batch}/calls (sources)"
        ]
        assert await recorded(platform) == []
