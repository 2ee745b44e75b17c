"""A token's roles count only for the servers and the connectors in its scope."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import trio

from integration_daemon.config.load import convert
from integration_daemon.rest.app import ROUTES
from integration_daemon.rest.daemon import registered_services
from integration_daemon.rest.route import Route
from integration_daemon.security.messages import CALLERS_NOT_AUTHENTICATED
from integration_daemon.security.passwords import hashed
from integration_daemon.security.permissions import Caller, Grant, Permission, Role
from integration_daemon.security.scope import EVERYTHING, Scope, ScopeRule, problem_with, scope_of
from integration_daemon.security.users import UserFile
from integration_daemon.supervision.connector.managed import ManagedConnector
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, daemon_document
from tests.integration_daemon.security.guarded import Guarded, guarded
from tests.integration_daemon.security.test_access import PARAMETERS, one_spelling

OWN, HIDDEN, ABSENT = "sales-orders", "hr-salaries", "hr-holidays"
"""The connector in scope, one that is not, and one that does not exist."""
SALES = scope_of(("exchange*",), ("sales-*",))
MARKER_OF_HIDDEN = "landing 1"
"""Stands in all that is known of the hidden connector."""
NEVER_THE_SAME = ("/metrics",)
"""The templates of routes whose answers differ from one moment to the next."""
STATUS = "/servers/exchangeDL01/open-metadata/integration-daemon/users/erinoverview/status"


@asynccontextmanager
async def guarded_sales(tmp_path: Path) -> AsyncIterator[Guarded]:
    """A platform whose daemon has the connectors of two departments, beside a metadata server."""
    async with guarded(tmp_path) as platform:
        await platform.platform.stop_server("exchangeDL01")
        document = daemon_document("exchangeDL01", tmp_path)
        for config, name in zip(connectors_in(document), (OWN, HIDDEN), strict=True):
            config["connectorName"] = name
        await platform.platform.start_server(convert(document, "test"))
        await platform.platform.start_server(convert(METADATA_SERVER_DOCUMENT, "test"))
        yield platform


def connectors_in(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    return found


async def token_of(platform: Guarded, scope: Scope, *roles: Role) -> str:
    name = f"limited {len(platform.file.load())}"
    token = platform.file.create(name, roles or (Role.ADMINISTRATOR,), user=None, expires=None, scope=scope)
    await platform.until_accepted(token)
    return token


def hidden_connector(platform: Guarded) -> ManagedConnector:
    daemon = platform.platform.servers["exchangeDL01"].daemon
    assert daemon is not None
    return daemon.connector(HIDDEN)


def what_happened_to(connector: ManagedConnector) -> list[object]:
    """The values that operations on a connector change."""
    return [
        connector.config,
        connector.state,
        connector.target_state,
        connector.incarnations,
        connector.last_attempt,
        connector.last_refresh_time,
        connector.restarts,
        connector.dry_run,
        connector.requests,
    ]


def paths_of(route: Route, **names: str) -> Iterator[tuple[str, str]]:
    """Each method of a route, and a path of one spelling."""
    values = {**PARAMETERS, **{name: quote(text) for name, text in names.items()}}
    for path in one_spelling(route, "scope"):
        for method in route.methods:
            yield method, re.sub(r"{(\w+)}", lambda found: values.get(found[1], "none"), path)


def bodies_naming(route: Route, connector: str) -> list[dict[str, Any]]:
    """Requests with every form in which a route takes the name of a connector, besides the path."""
    forms: list[dict[str, Any]] = [{}]
    if route.body is not None:
        forms += [
            {"content": connector.encode()},
            {"json": {"class": "NameRequestBody", "name": connector}},
            {"json": {"connectorName": connector, "configurationProperties": {"a": 1}, "string": "/elsewhere"}},
        ]
    if "connector" in route.query.__struct_fields__:
        forms.append({"params": {"connector": connector}})
    return forms


async def answers(
    platform: Guarded, token: str, route: Route, server: str, connector: str, *, forms: int | None = None
) -> list[tuple[int, str]]:
    """The answers to the first forms of requests to a route about a connector, without what differs each time."""
    found = []
    for method, path in paths_of(route, server=server, connector=connector):
        for form in bodies_naming(route, connector)[:forms]:
            if "{server}" not in route.template and "server" in route.query.__struct_fields__:
                form = {**form, "params": {**form.get("params", {}), "server": server}}
            answer = await platform.send(method, path, token, **form)
            text = answer.text.replace(connector, "(connector)").replace(server, "(server)")
            text = text.replace(quote(connector), "(connector)")
            found.append((answer.status_code, re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)|/login/[\w-]+", "", text)))
    return found


def test_every_route_says_how_scope_applies_to_it() -> None:
    listings = {route.operation.__name__ for route in registered_services.ROUTES}
    about_nothing = {*listings, "_audit_log_severities", "_create_token"}
    for route in ROUTES:
        names, rule = set(re.findall(r"{(\w+)}", route.template)), route.scope
        assert isinstance(rule, ScopeRule)
        if "connector" in names:
            assert rule is ScopeRule.CONNECTOR, route.template
        if "server" not in names and "server" not in route.query.__struct_fields__:
            assert rule in (ScopeRule.NONE, ScopeRule.SERVERS, ScopeRule.PLATFORM), route.template
        elif rule in (ScopeRule.NONE, ScopeRule.SERVERS, ScopeRule.PLATFORM):
            assert route.operation.__name__ in about_nothing or not names, route.template
        if route.permission in (Permission.READ_METADATA, Permission.CHANGE_METADATA):
            assert rule is ScopeRule.SERVER, route.template
        if rule is ScopeRule.NONE:
            assert route.permission in (Permission.PUBLIC, Permission.IDENTIFIED, Permission.READ_STATUS)


@pytest.mark.timeout(400)
@pytest.mark.no_cover  # the same lines for each route
async def test_about_a_connector_out_of_scope_nothing_is_learned_and_nothing_is_changed(tmp_path: Path) -> None:
    async with guarded_sales(tmp_path) as platform:
        token = await token_of(platform, SALES)
        before = what_happened_to(hidden_connector(platform))
        refused = 0
        for route in ROUTES:
            about_hidden = await answers(platform, token, route, "exchangeDL01", HIDDEN)
            about_absent = await answers(platform, token, route, "exchangeDL01", ABSENT)
            assert [status for status, _ in about_hidden] == [status for status, _ in about_absent], route.template
            for (status, hidden), (_, absent) in zip(about_hidden, about_absent, strict=True):
                assert HIDDEN not in hidden
                assert MARKER_OF_HIDDEN not in hidden, route.template
                assert status != 403 or hidden == absent
                if "{connector}" in route.template:
                    assert status == 403, route.template
                refused += status == 403
        assert refused > len(ROUTES)
        assert what_happened_to(hidden_connector(platform)) == before
        assert set(platform.platform.servers) == {"exchangeDL01", "cocoMDS1"}


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        ("/servers/exchangeDL01/open-metadata/integration-daemon/restart", {"content": HIDDEN.encode()}),
        ("/servers/exchangeDL01/open-metadata/integration-daemon/users/u/refresh", {"json": {"name": HIDDEN}}),
        (
            "/servers/exchangeDL01/open-metadata/integration-daemon/integration-connectors/configuration-properties",
            {"json": {"connectorName": HIDDEN, "configurationProperties": {}}},
        ),
        ("/api/v1/connectors/restart", {"params": {"connector": HIDDEN}}),
    ],
)
async def test_a_connector_that_only_the_body_or_the_query_names_is_decided_on_too(
    path: str, request_: dict[str, Any], tmp_path: Path
) -> None:
    async with guarded_sales(tmp_path) as platform:
        token = await token_of(platform, SALES)
        before = what_happened_to(hidden_connector(platform))
        answer = await platform.send("POST", path, token, **request_)
        assert answer.status_code == 403
        assert "OMAG-PLATFORM-403-010" in answer.text
        assert what_happened_to(hidden_connector(platform)) == before


@pytest.mark.timeout(400)
@pytest.mark.no_cover  # the same lines for each route
@pytest.mark.parametrize("scope", [scope_of(("exchange*",), ()), SALES], ids=["a whole server", "some connectors"])
async def test_about_a_server_out_of_scope_nothing_is_learned_and_nothing_is_changed(
    scope: Scope, tmp_path: Path
) -> None:
    async with guarded_sales(tmp_path) as platform:
        token = await token_of(platform, scope)
        before = platform.platform.servers["cocoMDS1"]
        for route in ROUTES:
            if route.permission is Permission.PUBLIC:
                continue
            # the scope of a server does not depend on how the body names a connector
            about_hidden = await answers(platform, token, route, "cocoMDS1", HIDDEN, forms=1)
            about_absent = await answers(platform, token, route, "cocoMDS9", HIDDEN, forms=1)
            if route.template not in NEVER_THE_SAME:
                assert about_hidden == about_absent, route.template
            for status, text in about_hidden:
                assert "cocoMDS1" not in text
                asks_nothing = route.scope in (ScopeRule.NONE, ScopeRule.SERVERS)
                assert (status == 403) is not asks_nothing, (route.template, text)
        assert platform.platform.servers["cocoMDS1"] is before
        known = await platform.send("GET", "/open-metadata/platform-services/server-platform/servers", token)
        assert known.json()["serverList"] == ["exchangeDL01"]


async def test_lists_and_statuses_and_counts_are_those_of_the_connectors_in_scope(tmp_path: Path) -> None:
    async with guarded_sales(tmp_path) as platform:
        viewer = await token_of(platform, SALES, Role.VIEWER)
        for path in (STATUS, STATUS.replace("/users/erinoverview", "")):
            status = (await platform.send("GET", path, viewer)).json()["integrationDaemonStatus"]
            assert [each["connectorName"] for each in status["integrationConnectorReports"]] == [OWN]
        found = (await platform.send("GET", "/api/v1/connectors", viewer)).json()
        assert (found["total"], sum(found["counts"].values())) == (1, 1)
        assert [each["connectorName"] for each in found["connectors"]] == [OWN]
        assert (await platform.send("GET", f"/api/v1/connectors/{OWN}", viewer)).json()["connectorName"] == OWN
        assert (await platform.send("GET", "/api/v1/connectors?server=exchangeDL01", viewer)).status_code == 200


async def test_an_operation_on_all_connectors_is_one_on_those_in_scope(tmp_path: Path) -> None:
    async with guarded_sales(tmp_path) as platform:
        operator = await token_of(platform, SALES, Role.OPERATOR)
        daemon = platform.platform.servers["exchangeDL01"].daemon
        assert daemon is not None
        root = "/servers/exchangeDL01/open-metadata/integration-daemon"
        incarnations = [each.incarnations for each in daemon.connectors]
        before = what_happened_to(hidden_connector(platform))
        for path in ("/restart", "/integration-services/files-integrator/restart"):
            assert (await platform.send("POST", root + path, operator)).json()["relatedHTTPCode"] == 200
        done = (await platform.send("POST", "/api/v1/connectors/restart", operator)).json()
        assert (done["asked"], done["done"]) == (1, 1)
        assert [each.incarnations for each in daemon.connectors] == [incarnations[0] + 3, incarnations[1]]
        for path in ("/refresh", "/integration-services/files-integrator/refresh"):
            await platform.send("POST", root + path, operator)
        await platform.send("POST", "/api/v1/connectors/refresh", operator)
        assert what_happened_to(hidden_connector(platform)) == before


async def test_the_audit_log_has_records_of_the_connectors_in_scope(tmp_path: Path) -> None:
    async with guarded_sales(tmp_path) as platform:
        await platform.send("POST", f"/api/v1/connectors/{OWN}/pause", platform.tokens[Role.OPERATOR])
        await platform.send("POST", f"/api/v1/connectors/{HIDDEN}/pause", platform.tokens[Role.OPERATOR])
        viewer = await token_of(platform, SALES, Role.VIEWER)
        of_server = await token_of(platform, scope_of(("exchangeDL01",), ()), Role.VIEWER)
        path = "/api/v1/servers/exchangeDL01/audit-log"
        with trio.fail_after(5):
            while True:
                text = (await platform.send("GET", path + "?limit=1000", platform.tokens[Role.VIEWER])).text
                if text.count("PAUSED") >= 2:
                    break
        assert HIDDEN in text
        platform.platform.record(CALLERS_NOT_AUTHENTICATED, None, {})
        seen = (await platform.send("GET", path + "?limit=1000", viewer)).json()["records"]
        assert seen
        assert all(HIDDEN not in str(each["record"]) for each in seen)
        assert all(OWN in str(each["record"]) for each in seen)
        assert any("PAUSED" in each["record"]["messageText"] for each in seen)
        assert HIDDEN in (await platform.send("GET", path + "?limit=1000", of_server)).text
        report = "/servers/exchangeDL01/open-metadata/repository-services/audit-log/report"
        counted = (await platform.send("GET", report, viewer)).json()["report"]
        components = [each["reportingComponent"]["componentName"] for each in counted["childAuditLogReports"]]
        assert components == [f"Integration connector {OWN}"]
        (child,) = counted["childAuditLogReports"]
        assert child["severityCount"] == counted["severityCount"]


async def test_what_concerns_the_whole_platform_is_in_the_audit_log_for_those_who_reach_all_of_it(
    tmp_path: Path,
) -> None:
    async with guarded_sales(tmp_path) as platform:
        of_server = await token_of(platform, scope_of(("exchangeDL01",), ()), Role.VIEWER)
        platform.platform.record(CALLERS_NOT_AUTHENTICATED, None, {})
        path = "/api/v1/servers/exchangeDL01/audit-log?limit=1000"
        if platform.platform.all_servers[0].name != "exchangeDL01":
            path = path.replace("exchangeDL01", "cocoMDS1")
        with trio.fail_after(5):
            while "OMAG-PLATFORM-0115" not in (await platform.send("GET", path, platform.tokens[Role.VIEWER])).text:
                pass
        assert "OMAG-PLATFORM-0115" not in (await platform.send("GET", path, of_server)).text


async def test_a_record_out_of_scope_does_not_end_a_wait_for_one(tmp_path: Path) -> None:
    async with guarded_sales(tmp_path) as platform:
        viewer = await token_of(platform, SALES, Role.VIEWER)
        ring = platform.platform.servers["exchangeDL01"].ring
        path = "/api/v1/servers/exchangeDL01/audit-log?waitSeconds=20&after="
        answer: list[httpx2.Response] = []

        async def wait() -> None:
            answer.append(await platform.send("GET", f"{path}{ring.last_number}", viewer))

        with trio.fail_after(15):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait)
                for name in (HIDDEN, OWN):
                    await platform.send("POST", f"/api/v1/connectors/{name}/refresh", platform.tokens[Role.OPERATOR])
        (found,) = answer
        assert OWN in found.text
        assert HIDDEN not in found.text


async def test_scope_is_decided_on_before_the_body_is_read(tmp_path: Path) -> None:
    async with guarded_sales(tmp_path) as platform:
        token = await token_of(platform, SALES)
        host, port = platform.url.removeprefix("http://").split(":")
        for path in (
            f"/servers/exchangeDL01/open-metadata/integration-daemon/integration-connectors/{HIDDEN}/connection",
            "/servers/cocoMDS1/open-metadata/integration-daemon/restart",
            "/api/v1/servers/exchangeDL01/reload",
        ):
            stream = await trio.open_tcp_stream(host, int(port))
            async with stream:
                head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
                await stream.send_all(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
                with trio.fail_after(5):
                    assert b" 403 " in await stream.receive_some(1000), path


async def test_roles_count_in_their_own_scope_alone(tmp_path: Path) -> None:
    caller = Caller(
        "token x",
        (Role.VIEWER,),
        granted=(
            Grant((Role.OPERATOR,), scope_of((), ("sales-*",))),
            Grant((Role.ADMINISTRATOR,), scope_of(("a",), ())),
        ),
    )
    assert caller.granted_scopes(Permission.READ_STATUS).is_unlimited
    operate = caller.granted_scopes(Permission.OPERATE)
    assert operate.has_connector("b", "sales-1")
    assert not operate.has_connector("b", "hr")
    assert operate.has_connector("a", "hr")
    assert operate.connectors_of("a") is None
    assert caller.granted_scopes(Permission.ADMINISTER_SERVERS).lacks(ScopeRule.PLATFORM, {}) == "the whole platform"
    assert caller.granted_scopes(Permission.CHANGE_METADATA).has_whole_server("a")
    assert not caller.granted_scopes(Permission.CHANGE_METADATA).has_server("b")
    assert Caller("token y", (Role.VIEWER,)).granted_scopes(Permission.OPERATE).is_empty


def test_patterns_are_those_of_a_shell_for_whole_names() -> None:
    scope = scope_of((), ("sales-*", "?", "[ab]x"))
    assert all(scope.has_connector("s", name) for name in ("sales-", "sales-x\ny", "z", "ax"))
    assert not any(scope.has_connector("s", name) for name in ("Sales-1", "my sales-1", "zz", "cx", ""))
    assert scope_of(("*",), ("a", "*")) == EVERYTHING
    assert problem_with(("",)) is not None
    assert problem_with(("a\n",)) is not None
    assert problem_with(("a",) * 51) is not None
    assert problem_with(("a", "b")) is None


async def test_a_user_has_a_scope_and_so_has_the_token_for_its_password(tmp_path: Path) -> None:
    password = "a password of erin's"
    UserFile(tmp_path / "data").add("erin", (Role.ADMINISTRATOR,), hashed(password), SALES)
    async with guarded_sales(tmp_path) as platform:
        given = await platform.http.post(platform.url + "/api/token", json={"userId": "erin", "password": password})
        for auth in ({"auth": ("erin", password)}, {"headers": {"Authorization": f"Bearer {given.text}"}}):
            statuses = [
                (await platform.http.get(f"{platform.url}/api/v1/connectors/{name}", **auth)).status_code
                for name in (OWN, HIDDEN, ABSENT)
            ]
            assert statuses == [200, 403, 403]


async def test_a_field_of_a_token_that_is_not_understood_makes_no_token_valid(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        text = platform.file.path.read_text()
        platform.file.path.write_text(text.replace('"roles"', '"connector": ["sales-*"], "roles"'))
        await platform.until_revoked(platform.tokens[Role.ADMINISTRATOR])


async def test_a_caller_is_told_its_permissions_for_a_server_and_a_connector(tmp_path: Path) -> None:
    async with guarded_sales(tmp_path) as platform:
        token = await token_of(platform, SALES, Role.OPERATOR)
        path = "/api/v1/permissions?server=exchangeDL01"
        known = {"PUBLIC", "IDENTIFIED", "READ_STATUS", "OPERATE"}
        for name, expected in ((OWN, known), (HIDDEN, set())):
            told = (await platform.send("GET", f"{path}&connector={name}", token)).json()
            assert (told["ofServer"], set(told["ofConnectors"]), set(told["ofConnector"])) == ([], known, expected)
        everything = (await platform.send("GET", path, platform.tokens[Role.ADMINISTRATOR])).json()
        assert set(everything["ofServer"]) == {each.value for each in Permission}
        assert (everything["ofConnector"], everything["ofPlatform"]) == ([], everything["ofServer"])
