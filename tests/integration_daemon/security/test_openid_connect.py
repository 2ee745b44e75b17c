"""Users of a real OpenID Connect issuer call a platform, and do what the roles of their groups grant."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import trio

from integration_daemon.security.openid_connect.jwt_callers import open_jwt_callers
from integration_daemon.security.permissions import Role
from tests.integration_daemon.security.guarded import Guarded, guarded
from tests.integration_daemon.security.own_issuer import own_issuer, settings_for
from tests.integration_daemon.security.signing import claims, signed
from tests.servers.openid_provider import OpenIdProvider

ROLES = {"operators": (Role.OPERATOR,), "staff": (Role.VIEWER,)}
REFRESH = "/api/v1/servers/exchangeDL01/connectors/refresh"


@asynccontextmanager
async def accepting(issuer: str, tmp_path: Path, **changed: Any) -> AsyncIterator[Guarded]:
    """A platform that accepts tokens of an issuer."""
    settings = settings_for(issuer, **{"roles": ROLES, **changed})
    async with guarded(tmp_path, open_jwt_callers(settings)) as platform:
        yield platform


async def status(platform: Guarded, method: str, path: str, token: str) -> int:
    return (await platform.send(method, path, token)).status_code


async def test_a_user_has_the_roles_of_its_groups(issuer: OpenIdProvider, tmp_path: Path) -> None:
    async with accepting(issuer.issuer, tmp_path) as platform:
        operator = issuer.token("erin", roles=["operators", "others"])
        viewer = issuer.token("peter", roles="staff")
        assert await status(platform, "POST", REFRESH, operator) == 200
        assert await status(platform, "GET", "/api/v1/servers", viewer) == 200
        refused = await platform.send("POST", REFRESH, viewer)
        assert refused.status_code == 403
        assert "The caller user peter does not have the permission OPERATE" in refused.json()["detail"]


async def test_a_user_without_a_role_is_known_and_may_do_nothing(issuer: OpenIdProvider, tmp_path: Path) -> None:
    async with accepting(issuer.issuer, tmp_path) as platform:
        assert await status(platform, "GET", "/api/v1/servers", issuer.token("faith", roles=["others"])) == 403


async def test_a_token_for_another_client_of_the_issuer_is_refused_everywhere(
    issuer: OpenIdProvider, tmp_path: Path
) -> None:
    async with accepting(issuer.issuer, tmp_path) as platform:
        token = issuer.token("erin", client="payroll", roles=["operators"])
        native = await platform.send("GET", "/api/v1/servers", token)
        assert (native.status_code, native.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert native.json()["messageId"] == "OMAG-PLATFORM-401-020"
        assert native.json()["detail"].endswith("The JSON Web Token is not accepted: it is for another audience")
        path = "/servers/exchangeDL01/open-metadata/integration-daemon/users/erin/status"
        compatible = await platform.send("GET", path, token)
        assert compatible.status_code == 401
        assert compatible.json()["exceptionErrorMessageId"] == "OMAG-PLATFORM-401-020"
        with trio.fail_after(5):
            while "OMAG-PLATFORM-0116" not in [message.id for message, _ in platform.recorded]:  # noqa: ASYNC110
                await trio.sleep(0.02)
        shown = [native.text, compatible.text, *(message.render(inserts) for message, inserts in platform.recorded)]
        assert not any(part in text for text in shown for part in token.split("."))


async def test_requests_are_for_the_user_that_the_token_names(issuer: OpenIdProvider, tmp_path: Path) -> None:
    async with accepting(issuer.issuer, tmp_path, user_claim="preferred_username") as platform:
        token = issuer.token("f-2817", preferred_username="erinoverview", roles=["staff"])
        path = "/servers/exchangeDL01/open-metadata/integration-daemon/users/{}/status"
        assert await status(platform, "GET", path.format("erinoverview"), token) == 200
        assert await status(platform, "GET", path.format("garygeeke"), token) == 403


async def test_without_an_issuer_no_token_of_one_is_accepted(issuer: OpenIdProvider, tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        refused = await platform.send("GET", "/api/v1/servers", issuer.token("erin", roles=["operators"]))
        assert refused.status_code == 401
        assert refused.json()["messageId"] == "OMAG-PLATFORM-401-001"


async def test_a_token_of_this_platform_is_never_taken_for_one_of_the_issuer(tmp_path: Path) -> None:
    async with own_issuer() as issuer, accepting(issuer.url, tmp_path) as platform:
        refused = await platform.send("GET", "/api/v1/servers", "idt_" + signed(claims(issuer.url)))
        assert refused.json()["messageId"] == "OMAG-PLATFORM-401-001"


async def test_a_session_that_a_token_began_ends_when_the_token_does(tmp_path: Path) -> None:
    async with (
        own_issuer() as issuer,
        accepting(issuer.url, tmp_path, clock_leeway_seconds=0) as platform,
        httpx2.AsyncClient() as browser,
    ):
        token = signed(claims(issuer.url, roles=["staff"], exp=int(time.time()) + 5))
        made = await platform.send("POST", "/api/v1/console-links", token)
        login = await browser.get(platform.url + made.json()["path"])
        browser.headers["X-Console-Key"] = login.headers["location"].partition("#key=")[2]
        assert (await browser.get(platform.url + "/api/v1/servers")).status_code == 200
        await platform.until_revoked(token)
        ended = await browser.get(platform.url + "/api/v1/servers")
        assert (ended.status_code, "the session has ended" in ended.text) == (401, True)


async def test_other_tokens_work_when_the_issuer_was_never_there(tmp_path: Path) -> None:
    async with own_issuer() as issuer:
        issuer.hangs = True
        async with accepting(issuer.url, tmp_path) as platform:
            with trio.fail_after(3):  # less than a request may wait for the issuer
                assert await status(platform, "POST", REFRESH, platform.tokens[Role.OPERATOR]) == 200
            refused = await platform.send("GET", "/api/v1/servers", signed(claims(issuer.url)))
            assert refused.json()["messageId"] == "OMAG-PLATFORM-401-021"
