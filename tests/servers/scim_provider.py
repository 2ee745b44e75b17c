"""A SCIM service provider of the tests' own: a program that was not written for us."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.servers.process import ServerProcess, server_of

TOKEN = "no-secret-of-anybody"
CORE = "urn:ietf:params:scim:schemas:core:2.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_CONFIGURATION = {
    "schemas": [f"{CORE}:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": False, "maxResults": 1000},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": {"supported": False},
    "authenticationSchemes": [],
    "pagination": {"cursor": True, "index": False, "defaultPaginationMethod": "cursor"},
}


class ScimProvider(ServerProcess):
    """A provider that announces filters and pages by number. Each test has a tenant of its own."""

    name, package = "scim2-server", "none: it is a Python package"
    users = ()

    _tenants = 0

    def make(self) -> None:
        """No preparation: the server stores nothing."""

    def command(self) -> Sequence[str]:
        program = Path(sys.executable).parent / "scim2-server"
        found = shutil.which("scim2-server") if not program.exists() else str(program)
        assert found, "scim2-server is not on this machine: install it with pip"
        options = ["--hostname", "127.0.0.1", "--port", str(self.port), "--bearer-token", TOKEN, "--dynamic-tenants"]
        return [found, *options, *self.more_options()]

    def more_options(self) -> Sequence[str]:
        """The options that make it another provider."""
        return []

    def answers(self) -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{self.port}/none/v2/ServiceProviderConfig").status_code == 200
        except httpx2.HTTPError:
            return False

    def new_tenant(self) -> "Tenant":
        """A tenant without users and groups."""
        self._tenants += 1
        return Tenant(f"http://127.0.0.1:{self.port}/tenant{self._tenants}/v2")


class CursorProvider(ScimProvider):
    """A provider that pages by cursor (RFC 9865), and has no filters."""

    def more_options(self) -> Sequence[str]:
        file = self.directory / "configuration.json"
        file.write_text(json.dumps(_CONFIGURATION))
        return ["--service-provider-config", str(file)]


class Tenant:
    """The users and groups of one test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx2.Client(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)

    def user(self, user_name: str, *, manager: str = "", number: str = "", **attributes: Any) -> str:
        """Create a user; returns its id."""
        enterprise: dict[str, Any] = {"employeeNumber": number} if number else {}
        if manager:
            enterprise["manager"] = {"value": manager, "$ref": f"{self.url}/Users/{manager}"}
        schemas = [f"{CORE}:User", *([ENTERPRISE] if enterprise else [])]
        more = {ENTERPRISE: enterprise} if enterprise else {}
        return self._post("Users", {"schemas": schemas, "userName": user_name, **attributes, **more})

    def group(self, name: str, *members: str, groups: Sequence[str] = ()) -> str:
        """Create a group of users, and of other groups; returns its id."""
        kinds = [*(("User", each) for each in members), *(("Group", each) for each in groups)]
        named = [{"value": each, "type": kind, "$ref": f"{self.url}/{kind}s/{each}"} for kind, each in kinds]
        return self._post("Groups", {"schemas": [f"{CORE}:Group"], "displayName": name, "members": named})

    def patch(self, path: str, op: str, where: str, value: Any = None) -> None:
        """Change one attribute."""
        operation = {"op": op, "path": where, **({} if value is None else {"value": value})}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
        self._http.patch(f"{self.url}/{path}", json=body).raise_for_status()

    def delete(self, path: str) -> None:
        """Delete a user or group."""
        self._http.delete(f"{self.url}/{path}").raise_for_status()

    def _post(self, kind: str, body: dict[str, Any]) -> str:
        return str(self._http.post(f"{self.url}/{kind}", json=body).raise_for_status().json()["id"])


@contextmanager
def scim_provider() -> Iterator[ScimProvider]:
    """A provider that pages by number, until the block ends."""
    with server_of(ScimProvider) as server:
        yield server


@contextmanager
def cursor_provider() -> Iterator[CursorProvider]:
    """A provider that pages by cursor, until the block ends."""
    with server_of(CursorProvider) as server:
        yield server
