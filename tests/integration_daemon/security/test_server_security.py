"""A server's security connector can refuse what roles and scopes allow; one that fails refuses, on its server alone."""

import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import EntryPoint
from importlib.metadata import entry_points as installed
from pathlib import Path
from typing import Any

import pytest
import trio

from audit.destinations.memory_ring import RingQuery
from audit.errors import DescribedError
from integration_daemon.config.check import check_raw
from integration_daemon.config.load import convert
from integration_daemon.security import server_guard
from integration_daemon.security.permissions import Role
from services.framework import entry_points
from services.framework.server_security import SecuredAction, ServerSecurityConnector
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, daemon_document
from tests.integration_daemon.security.guarded import Guarded, guarded

RING = RingQuery(limit=1_000)
NAMED = RingQuery(message_id="OPEN-METADATA-SECURITY-0003")
RELEASED = threading.Event()
"""Lets go of what hangs, at the end of each test."""
STORE = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store/users/{}"
FILE = {"typeName": "DataFile", "fingerprint": "1"}


class ErinAlone(ServerSecurityConnector):
    """Allows one user everything, and the others to see one connector."""

    def allows_server(self, user: str, action: SecuredAction) -> bool:
        return user == "erinoverview" or action is SecuredAction.READ_STATUS

    def allowed_connectors(self, user: str, action: SecuredAction, connectors: Sequence[str]) -> Sequence[bool]:
        return [user == "erinoverview" or each == "monitor 0" for each in connectors]


class Raising(ServerSecurityConnector):
    def allows_server(self, user: str, action: SecuredAction) -> bool:
        raise ValueError("a secret of the user directory")


class Exiting(ServerSecurityConnector):
    def allows_server(self, user: str, action: SecuredAction) -> bool:
        raise SystemExit(0)


class Hanging(ServerSecurityConnector):
    def allows_server(self, user: str, action: SecuredAction) -> bool:
        return RELEASED.wait()


class HangingOnTheLoop(ServerSecurityConnector):
    async def allows_server(self, user: str, action: SecuredAction) -> bool:
        await trio.Event().wait()
        return True


class Vague(ServerSecurityConnector):
    def allows_server(self, user: str, action: SecuredAction) -> Any:
        return "yes"


class VagueAboutConnectors(ServerSecurityConnector):
    def allows_server(self, user: str, action: SecuredAction) -> bool:
        return True

    def allowed_connectors(self, user: str, action: SecuredAction, connectors: Sequence[str]) -> Any:
        return [True] * (len(connectors) + 1)


class NotOpening(ServerSecurityConnector):
    def open(self) -> None:
        raise OSError("the user directory does not answer")


OFFERED = {
    each.__name__: each
    for each in (
        ErinAlone, Raising, Exiting, Hanging, HangingOnTheLoop, Vague, VagueAboutConnectors, NotOpening,
    )
}  # fmt: skip
COCO = EntryPoint(
    "coco-pharmaceuticals",
    "services.security_connectors.coco_pharmaceuticals:CocoPharmaceuticalsSecurity",
    entry_points.SECURITY_CONNECTORS,
)


@pytest.fixture(autouse=True)
def offered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The security connectors of this module, as those of an installed package."""
    mine = [EntryPoint(name, f"{__name__}:{name}", entry_points.SECURITY_CONNECTORS) for name in OFFERED]
    broken = EntryPoint("broken", "no.such.module:Thing", entry_points.SECURITY_CONNECTORS)

    def offers(group: str) -> Any:
        return [*mine, broken, COCO] if group == entry_points.SECURITY_CONNECTORS else installed(group=group)

    monkeypatch.setattr(entry_points, "entry_points", offers)
    entry_points.installed_entry_points.cache_clear()
    RELEASED.clear()
    yield
    RELEASED.set()
    entry_points.installed_entry_points.cache_clear()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform that soon stops waiting for an answer; only for connectors that never give one: others may be slow."""
    monkeypatch.setattr(server_guard, "PATIENCE", 0.3)


def secured_by(document: dict[str, Any], provider: str, address: Path | None = None) -> dict[str, Any]:
    connection: dict[str, Any] = {"connectorType": {"connectorProviderClassName": provider}}
    if address is not None:
        connection["endpoint"] = {"address": str(address)}
    return {**document, "serverSecurityConnection": connection}


@asynccontextmanager
async def secured_daemon(provider: str, tmp_path: Path) -> AsyncIterator[Guarded]:
    """A platform whose daemon has a security connector, beside a daemon that has none."""
    async with guarded(tmp_path) as platform:
        document = secured_by(daemon_document("exchangeDL02", tmp_path), provider)
        await platform.platform.start_server(convert(document, "test"))
        yield platform


def status_for(user: str, server: str = "exchangeDL02") -> str:
    return f"/servers/{server}/open-metadata/integration-daemon/users/{user}/status"


async def test_what_the_security_connector_refuses_is_refused_whatever_the_role(tmp_path: Path) -> None:
    async with secured_daemon("ErinAlone", tmp_path) as platform:
        token = platform.tokens[Role.ADMINISTRATOR]
        root = "/servers/exchangeDL02/open-metadata/integration-daemon/users"
        daemon = platform.platform.servers["exchangeDL02"].daemon
        assert daemon is not None
        before = [each.incarnations for each in daemon.connectors]
        refused = await platform.send("POST", f"{root}/garygeeke/restart", token, content=b"monitor 0")
        assert refused.status_code == 403
        assert refused.json()["exceptionErrorMessageId"] == "OMAG-PLATFORM-403-011"
        assert [each.incarnations for each in daemon.connectors] == before
        allowed = await platform.send("POST", f"{root}/erinoverview/restart", token, content=b"monitor 1")
        assert allowed.json()["relatedHTTPCode"] == 200
        assert [each.incarnations for each in daemon.connectors] == [before[0], before[1] + 1]


async def test_it_cannot_allow_what_the_role_does_not_grant(tmp_path: Path) -> None:
    async with secured_daemon("ErinAlone", tmp_path) as platform:
        path = "/servers/exchangeDL02/open-metadata/integration-daemon/users/erinoverview/restart"
        answer = await platform.send("POST", path, platform.tokens[Role.VIEWER])
        assert answer.json()["exceptionErrorMessageId"] == "OMAG-PLATFORM-403-002"


async def test_connectors_that_it_refuses_are_not_there_for_the_user(tmp_path: Path) -> None:
    async with secured_daemon("ErinAlone", tmp_path) as platform:
        viewer = platform.tokens[Role.VIEWER]
        for user, names in (("garygeeke", ["monitor 0"]), ("erinoverview", ["monitor 0", "monitor 1"])):
            status = (await platform.send("GET", status_for(user), viewer)).json()["integrationDaemonStatus"]
            assert [each["connectorName"] for each in status["integrationConnectorReports"]] == names
            found = await platform.send("GET", f"/api/v1/servers/exchangeDL02/connectors?user={user}", viewer)
            assert [each["connectorName"] for each in found.json()["connectors"]] == names
        one = await platform.send("GET", "/api/v1/servers/exchangeDL02/connectors/monitor%201?user=garygeeke", viewer)
        assert one.json()["messageId"] == "OMAG-PLATFORM-403-011"
        log = "/api/v1/servers/exchangeDL02/audit-log?limit=1000&user="
        assert "monitor 1" not in (await platform.send("GET", log + "garygeeke", viewer)).text
        assert "monitor 1" in (await platform.send("GET", log + "erinoverview", viewer)).text


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("provider", ["Raising", "Exiting", "Hanging", "HangingOnTheLoop", "Vague"])
async def test_one_that_gives_no_clear_answer_in_time_has_refused_and_harms_no_other_server(
    provider: str, tmp_path: Path
) -> None:
    async with secured_daemon(provider, tmp_path) as platform:
        token = platform.tokens[Role.ADMINISTRATOR]
        with trio.fail_after(10):
            for _ in range(3):
                refused = await platform.send("GET", status_for("erinoverview"), token)
                assert refused.json()["exceptionErrorMessageId"] == "OMAG-PLATFORM-403-011"
                assert (await platform.send("GET", status_for("u", "exchangeDL01"), token)).status_code == 200
        assert (await platform.send("GET", "/api/v1/servers", token)).status_code == 200
        server = platform.platform.servers["exchangeDL02"]
        with trio.fail_after(5):
            while not (found := [each for each in server.ring.find(RING) if "0233" in each.record.message_id]):
                await trio.lowlevel.checkpoint()
        assert len(found) == 1  # the others are counted
        assert "secret" not in found[0].record.message_text


@pytest.mark.usefixtures("impatient")
async def test_hanging_answers_hold_no_more_threads_than_its_own(tmp_path: Path) -> None:
    async with secured_daemon("Hanging", tmp_path) as platform:
        token, before = platform.tokens[Role.VIEWER], threading.active_count()
        async with trio.open_nursery() as nursery:
            for _ in range(3 * server_guard.THREADS):
                nursery.start_soon(platform.send, "GET", status_for("erinoverview"), token)
        assert threading.active_count() <= before + server_guard.THREADS + 2
        assert (await platform.send("GET", status_for("u", "exchangeDL01"), token)).status_code == 200


async def test_no_connector_is_shown_where_it_does_not_answer_about_each(tmp_path: Path) -> None:
    async with secured_daemon("VagueAboutConnectors", tmp_path) as platform:
        answer = await platform.send("GET", status_for("erinoverview"), platform.tokens[Role.VIEWER])
        assert "integrationDaemonStatus" in answer.json(), answer.text
        assert answer.json()["integrationDaemonStatus"]["integrationConnectorReports"] == []


async def test_the_local_user_is_not_asked_about(tmp_path: Path) -> None:
    async with secured_daemon("Raising", tmp_path) as platform:
        local = (tmp_path / "data" / "security" / "local-token").read_text()
        assert (await platform.send("GET", status_for("whoever"), local)).json()["relatedHTTPCode"] == 200


@pytest.mark.parametrize("provider", ["NotOpening", "broken", "NoSuchConnector", "os.system", ""])
async def test_a_server_that_is_to_be_secured_does_not_start_unsecured(provider: str, tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        document = secured_by(daemon_document("exchangeDL02", tmp_path), provider)
        with pytest.raises(DescribedError, match="security connector"):
            await platform.platform.start_server(convert(document, "test"))
        assert set(platform.platform.servers) == {"exchangeDL01"}
        assert (provider == "NotOpening") is not any("security connector" in each.text for each in check_raw(document))


async def test_the_log_names_it_at_start_as_the_page_does(tmp_path: Path) -> None:
    java = "org.odpi.openmetadata.metadatasecurity.samples.CocoPharmaServerSecurityProvider"
    async with secured_daemon(java, tmp_path) as platform:
        server = platform.platform.servers["exchangeDL02"]
        with trio.fail_after(5):
            while not (found := server.ring.find(NAMED)):
                await trio.lowlevel.checkpoint()
        assert found[0].record.message_text == (
            "The Open Metadata Security Service org.odpi.openmetadata.metadatasecurity.samples."
            "CocoPharmaServerSecurityConnector for server exchangeDL02 is initializing"
        )
        viewer = platform.tokens[Role.VIEWER]
        assert (await platform.send("GET", status_for("garygeeke"), viewer)).status_code == 200
        assert (await platform.send("GET", status_for("stranger"), viewer)).status_code == 403


USERS = """
users: [erinoverview, peterprofile, tanyatidie, exchangeDL01npa]
automated: [exchangeDL01npa]
zones:
  quarantine: [erinoverview, peterprofile, exchangeDL01npa]
  clinical-trials: [tanyatidie, exchangeDL01npa]
  data-lake: [erinoverview, tanyatidie, exchangeDL01npa]
"""


@asynccontextmanager
async def secured_store(tmp_path: Path) -> AsyncIterator[Guarded]:
    """A metadata server whose users and zones are in a document, with a file in quarantine and one in a zone."""
    (tmp_path / "users.yaml").write_text(USERS)
    async with guarded(tmp_path) as platform:
        document = secured_by(METADATA_SERVER_DOCUMENT, "coco-pharmaceuticals", tmp_path / "users.yaml")
        await platform.platform.start_server(convert(document, "test"))
        made = await batch(platform, "exchangeDL01npa", put("new.csv"), put("trial.csv", "clinical-trials"))
        assert made["created"] == 2
        yield platform


def put(name: str, *zones: str, **fields: object) -> dict[str, Any]:
    classifications = {"ZoneMembership": {"zoneMembership": list(zones)}} if zones else {}
    return {
        "change": "put",
        **FILE,
        "qualifiedName": name,
        "sourceKey": f"/landing/{name}",
        "properties": {"qualifiedName": name, "displayName": name},
        "classifications": classifications,
        **fields,
    }


async def batch(platform: Guarded, user: str, *changes: dict[str, Any]) -> Any:
    body = {"user": user, "metadataSource": "landing", "changes": changes}
    path = STORE.format(user) + "/batch/apply"
    return (await platform.send("POST", path, platform.tokens[Role.METADATA_WRITER], json=body)).json()


async def names_seen(platform: Guarded, user: str) -> dict[str, str]:
    """GUID by name of the elements that a user finds."""
    path = f"/api/v1/servers/cocoMDS1/elements?type=DataFile&user={user}"
    found = (await platform.send("GET", path, platform.tokens[Role.METADATA_READER])).json()["elements"]
    return {each["properties"]["qualifiedName"]: each["guid"] for each in found}


async def test_a_user_finds_the_elements_of_their_zones_by_every_route(tmp_path: Path) -> None:
    async with secured_store(tmp_path) as platform:
        reader = platform.tokens[Role.METADATA_READER]
        in_quarantine = await names_seen(platform, "erinoverview")
        in_trials = await names_seen(platform, "tanyatidie")
        assert (set(in_quarantine), set(in_trials)) == ({"new.csv"}, {"trial.csv"})
        hidden = in_trials["trial.csv"]
        unseen = [
            await platform.send("GET", f"/api/v1/servers/cocoMDS1/elements/{path}?user=erinoverview", reader)
            for path in (hidden, f"{hidden}/lineage", "none")
        ]
        assert len({each.json()["messageId"] for each in unseen}) == 1
        root = STORE.format("erinoverview")
        for path, body in (
            (f"{root}/metadata-elements/{hidden}", {}),
            (f"{root}/metadata-elements/by-unique-name", {"name": "trial.csv"}),
            (f"{root}/metadata-elements/by-search-string", {"searchString": "trial"}),
            (f"{root}/related-elements/{hidden}/any-type", {}),
            (f"{root}/batch/get", [hidden]),
            (f"{root}/batch/find", {"qualifiedName": "trial.csv"}),
            (f"{root}/batch/find-page", {}),
            (f"{root}/batch/relationships", {"guids": [hidden]}),
            (f"{root}/batch/changes", {"after": 0, "limit": 100}),
            (f"{root}/batch/fingerprints", {"metadataSource": "landing", "scope": "/landing/"}),
            (f"{root}/batch/calls", [{"call": "get", "user": "erinoverview", "body": [hidden]}]),
        ):
            answer = await platform.send("POST", path, reader, json=body)
            assert "/landing/trial" not in answer.text, path
            assert "displayName" not in answer.text or "new.csv" in answer.text, path
        changes = await platform.send("GET", "/api/v1/servers/cocoMDS1/changes?user=erinoverview", reader)
        assert [each["qualifiedName"] for each in changes.json()["changes"]] == ["landing", "new.csv"]


async def test_a_user_creates_and_changes_elements_in_their_zones(tmp_path: Path) -> None:
    async with secured_store(tmp_path) as platform:
        root, writer = STORE.format("erinoverview") + "/metadata-elements", platform.tokens[Role.METADATA_WRITER]

        def element(name: str) -> dict[str, Any]:
            value = {"class": "PrimitiveTypePropertyValue", "primitiveValue": name}
            return {"propertyValueMap": {"qualifiedName": value, "displayName": value}}

        body = {"typeName": "DataFile", "properties": element("mine.csv")}
        guid = (await platform.send("POST", root, writer, json=body)).json()["guid"]
        changed = await platform.send(
            "POST", f"{root}/{guid}/update-properties", writer, json={"properties": element("mine.csv")}
        )
        assert changed.json()["relatedHTTPCode"] == 200, changed.text
        in_trials: dict[str, Any] = {"ZoneMembership": {"propertyValueMap": {}}}
        for zone, status in (("clinical-trials", 403), ("quarantine", 200)):
            value = {"class": "ArrayTypePropertyValue", "arrayValues": {"propertyValueMap": {"0": {
                "class": "PrimitiveTypePropertyValue", "primitiveValue": zone}}}, "arrayCount": 1}  # fmt: skip
            in_trials["ZoneMembership"]["propertyValueMap"] = {"zoneMembership": value}
            named = {**body, "properties": element(f"{zone}.csv"), "initialClassifications": in_trials}
            made = await platform.send("POST", root, writer, json=named)
            assert made.json()["relatedHTTPCode"] == status, made.text
        deleted = await platform.send("POST", f"{root}/{guid}/delete", writer)
        assert deleted.status_code == 403  # that is for programs
        assert set(await names_seen(platform, "erinoverview")) == {"new.csv", "mine.csv", "quarantine.csv"}


async def test_a_call_among_several_is_decided_on_for_its_own_user(tmp_path: Path) -> None:
    async with secured_store(tmp_path) as platform:
        hidden = (await names_seen(platform, "tanyatidie"))["trial.csv"]
        calls = [{"call": "get", "user": user, "body": [hidden]} for user in ("erinoverview", "tanyatidie", "stranger")]
        path = STORE.format("erinoverview") + "/batch/calls"
        answers = (await platform.send("POST", path, platform.tokens[Role.METADATA_READER], json=calls)).json()
        assert [len(each) if isinstance(each, list) else each["exceptionErrorMessageId"] for each in answers] == [
            0,
            1,
            "OMAG-PLATFORM-403-011",
        ]


async def test_a_change_out_of_the_user_s_zones_is_refused_and_the_others_are_made(tmp_path: Path) -> None:
    async with secured_store(tmp_path) as platform:
        of_hidden = {"change": "classify", "qualifiedName": "trial.csv", "classification": "Ownership"}
        refused = await batch(platform, "erinoverview", of_hidden)
        assert refused["exceptionErrorMessageId"] == "OMAG-PLATFORM-403-011"
        some = await batch(platform, "erinoverview", of_hidden, {**of_hidden, "qualifiedName": "new.csv"})
        assert some["updated"] == 1
        assert [each["subject"] for each in some["rejected"]] == ["trial.csv"]


@pytest.mark.parametrize(
    "change",
    [
        put("mine.csv", sourceKey="/landing/trial.csv", fingerprint="2"),
        put("new.csv", sourceKey="/landing/trial.csv", fingerprint="2"),
        {"change": "remove", "sourceKey": "/landing/trial.csv", "delete": True},
        {"change": "purge", "scope": "/landing/", "archivedBefore": "2100-01-01T00:00:00Z"},
        {"change": "relate", "typeName": "DataFlow", "end1": "new.csv", "end2": "trial.csv"},
    ],
    ids=["a new name at its source key", "another name at its source key", "remove", "purge", "relate"],
)
async def test_an_element_out_of_the_user_s_zones_cannot_be_reached_by_its_source_key(
    change: dict[str, Any], tmp_path: Path
) -> None:
    async with secured_store(tmp_path) as platform:
        before = await names_seen(platform, "tanyatidie")
        await batch(platform, "erinoverview", change)
        assert await names_seen(platform, "tanyatidie") == before
        elements = f"/api/v1/servers/cocoMDS1/elements/{before['trial.csv']}?user=tanyatidie"
        found = (await platform.send("GET", elements, platform.tokens[Role.METADATA_READER])).json()
        assert found["element"]["version"] == 1
        assert found["relationships"] == []
