"""A platform that receives users and groups, and the requests of an identity provider."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.integration_daemon.rest.platforms import QUIET, Served, served
from tests.servers.scim_provider import CORE

BASE = "/api/v1/scim/v2"
SCIM = {"Content-Type": "application/scim+json; charset=utf-8"}


class IdentityProvider:
    """Sends what an identity provider sends, as it stands."""

    def __init__(self, platform: Served) -> None:
        self.platform = platform
        self.base = platform.url + BASE

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """The answer to a request; its body, if there is one, is SCIM."""
        http = self.platform.http
        return await http.request(method, f"{self.base}/{path}", json=body, headers={**SCIM, **headers})

    async def user(self, user_name: str, **attributes: Any) -> str:
        """Create a user; returns the id."""
        body = {"schemas": [f"{CORE}:User"], "userName": user_name, **attributes}
        answer = await self.send("POST", "Users", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def group(self, name: str, *members: str) -> str:
        """Create a group; returns the id."""
        body = {"schemas": [f"{CORE}:Group"], "displayName": name, "members": [{"value": each} for each in members]}
        answer = await self.send("POST", "Groups", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def patch(self, path: str, *operations: dict[str, Any]) -> httpx2.Response:
        """Send operations in one request."""
        schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
        return await self.send("PATCH", path, {"schemas": schemas, "Operations": list(operations)})

    async def get(self, path: str) -> Any:
        """The decoded answer to a GET."""
        answer = await self.send("GET", path)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/scim+json"
        return answer.json()


@asynccontextmanager
async def receiving(tmp_path: Path, **settings: Any) -> AsyncIterator[IdentityProvider]:
    """A platform with one server that receives users and groups."""
    document = {
        "localServerName": "people01",
        "localServerType": "Integration Daemon",
        "repositoryServicesConfig": QUIET,
        "integrationServicesConfig": [{"integrationServiceURLMarker": "organization-integrator"}],
    }
    async with served(tmp_path, document, **settings) as platform:
        yield IdentityProvider(platform)
