"""A daemon that exchanges metadata with a Unity Catalog server, by the document of the documentation."""

import json
import threading
from pathlib import Path
from typing import Any

from tests.end_to_end.examples import ROOT, blocks
from tests.end_to_end.program import Running, command, running
from tests.servers.ports import free_port
from tests.servers.unity import UnityServer, unity_server

DOCUMENTS = ("metadata.yaml", "unity.yaml")
STORE = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store"
TABLES = 8
KINDS = {
    "catalogs": "DataAccessManager",
    "schemas": "DeployedDatabaseSchema",
    "tables": "VirtualRelationalTable",
    "volumes": "DataFolder",
    "functions": "DeployedAPI",
    "models": "DeployedAnalyticsModel",
}


def write_documents(directory: Path, address: str, port: int) -> None:
    """Write the document of the documentation, with a metadata server on the same platform."""
    (text,) = [each for each in blocks(ROOT / "docs" / "catalogue.md", "yaml") if "unity-catalog" in each]
    marker = "integrationServiceURLMarker: catalog-integrator\n"
    server = f"    omagserverPlatformRootURL: http://127.0.0.1:{port}\n    omagserverName: cocoMDS1\n"
    text = text.replace("http://127.0.0.1:8080", address).replace(marker, marker + server)
    provider = "org.odpi.openmetadata.adapters.connectors.unitycatalog.sync.OSSUnityCatalogServerSyncProvider"
    (directory / DOCUMENTS[1]).write_text(text.replace("unity-catalog", provider))
    (directory / DOCUMENTS[0]).write_text("localServerName: cocoMDS1\nlocalServerType: Metadata Access Store\n")


def fill(server: UnityServer) -> None:
    server.add("catalogs", "main", comment="The main one")
    server.add("catalogs", "other")
    server.add("schemas", "main.sales", comment="What was sold", properties={"tier": "gold"})
    server.add("schemas", "main.information_schema")
    for number in range(TABLES):
        server.add("tables", f"main.sales.orders{number}", comment=f"Orders of {number}")
    server.add("volumes", "main.sales.scans", comment="Bills")
    server.add("functions", "main.sales.tax", comment="A rate")
    server.add("models", "main.sales.churn", comment="Who will leave")


def catalogued(program: Running, kind: str) -> dict[str, dict[str, Any]]:
    """The catalogued elements of a kind, by the full names of the objects."""
    options = ("--type", kind, "--limit", "500", "--json", "--server", "unity")
    shown = json.loads(program.command("elements", *options).stdout)
    return {".".join(each["properties"]["qualifiedName"].split("::")[2:]): each for each in shown}


def refresh(program: Running, *options: str) -> str:
    done = program.command("refresh", "--server", "unity", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def change_description(program: Running, guid: str, description: str) -> None:
    """Change an element in the name of its metadata source, by the compatible route of the metadata server."""
    value = {"class": "PrimitiveTypePropertyValue", "typeName": "string", "primitiveValue": description}
    properties = {"class": "ElementProperties", "propertyValueMap": {"description": value}}
    body = {"class": "UpdatePropertiesRequestBody", "externalSourceName": "Unity", "properties": properties}
    answer = program.post(f"{STORE}/metadata-elements/{guid}/update-properties", body)
    assert answer.get("relatedHTTPCode", 200) == 200, answer


def test_a_daemon_that_is_killed_while_it_sends_completes_that_without_a_conflict(tmp_path: Path) -> None:
    port, is_held, release = free_port(), threading.Event(), threading.Event()
    with unity_server() as server:
        fill(server)
        write_documents(tmp_path, server.url, port)
        with running(tmp_path, *DOCUMENTS, port=port) as program:
            refresh(program)
            schema = catalogued(program, "DeployedDatabaseSchema")["main.sales"]

            def hold(method: str, path: str, answer: Any) -> Any:
                if method == "PATCH":
                    is_held.set()
                    release.wait(60)
                return answer

            server.spoil = hold
            change_description(program, schema["guid"], "Sold since 2019")
            asking = threading.Thread(target=program.command, args=("refresh", "--server", "unity"))
            asking.start()
            assert is_held.wait(60)
            program.process.kill()
            program.process.wait()
            asking.join()
        release.set()
        with running(tmp_path, *DOCUMENTS, port=port) as program:
            refresh(program)
            assert not any("changed on both sides" in line for line in program.errors + program.output)
            schema = catalogued(program, "DeployedDatabaseSchema")["main.sales"]
            assert schema["properties"]["description"] == server.get("schemas", "main.sales")["comment"]
            assert schema["properties"]["description"] == "Sold since 2019"
            asked = server.count("^PATCH")
            refresh(program)
            assert server.count("^PATCH") == asked == 1


def test_a_killed_daemon_completes_the_catalogue_and_exchanges_changes(tmp_path: Path) -> None:
    port, is_held, release = free_port(), threading.Event(), threading.Event()
    with unity_server() as server:
        fill(server)

        def hold(method: str, path: str, answer: Any) -> Any:
            if "/tables" in path and "page_token" in path:
                is_held.set()
                release.wait(60)
            return answer

        server.spoil = hold
        write_documents(tmp_path, server.url, port)
        checked = command("check", DOCUMENTS[1], cwd=tmp_path)
        assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "unity.yaml: no problems")
        with running(tmp_path, *DOCUMENTS, port=port) as program:
            assert is_held.wait(60)
            program.process.kill()
            program.process.wait()
        release.set()
        with running(tmp_path, *DOCUMENTS, port=port) as program:
            refresh(program)
            for kind, element_type in KINDS.items():
                found = catalogued(program, element_type)
                assert {name: each["properties"].get("description") for name, each in found.items()} == {
                    name: each.get("comment")
                    for (some, name), each in server.objects.items()
                    if some == kind and not name.startswith(("other", "main.information_schema"))
                }
            schema = catalogued(program, "DeployedDatabaseSchema")["main.sales"]
            change_description(program, schema["guid"], "Sold since 2019")
            assert "would be sent" in refresh(program, "--dry-run", "--connector", "UnityCatalog")
            server.change("catalogs", "main", comment="The only one")
            refresh(program)
            assert server.get("schemas", "main.sales")["comment"] == "Sold since 2019"
            assert server.get("schemas", "main.sales")["properties"] == {"tier": "gold"}
            main = catalogued(program, "DataAccessManager")["main"]
            assert main["properties"]["description"] == "The only one"
