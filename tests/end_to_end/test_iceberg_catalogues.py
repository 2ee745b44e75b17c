"""A daemon that exchanges metadata with a catalogue of Iceberg tables, by the document of the documentation."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.examples import ROOT, blocks
from tests.end_to_end.program import Running, command, running
from tests.servers.between import Answer, Between, between
from tests.servers.nessie import Catalogue, NessieServer
from tests.servers.ports import free_port

DOCUMENTS = ("metadata.yaml", "lakehouse.yaml")
STORE = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store"
TABLES = 8


def write_documents(directory: Path, address: str, port: int) -> None:
    """Write the document of the documentation, with a metadata server on the same platform."""
    (text,) = [each for each in blocks(ROOT / "docs" / "catalogue.md", "yaml") if "iceberg-catalog" in each]
    marker = "integrationServiceURLMarker: catalog-integrator\n"
    server = f"    omagserverPlatformRootURL: http://127.0.0.1:{port}\n    omagserverName: cocoMDS1\n"
    text = text.replace("http://127.0.0.1:19120/iceberg", address).replace(marker, marker + server)
    (directory / DOCUMENTS[1]).write_text(text)
    (directory / DOCUMENTS[0]).write_text("localServerName: cocoMDS1\nlocalServerType: Metadata Access Store\n")


def tables(program: Running) -> dict[str, dict[str, Any]]:
    """The catalogued tables by name."""
    kind = ("--type", "RelationalTable", "--limit", "500", "--json", "--server", "lakehouse")
    shown = json.loads(program.command("elements", *kind).stdout)
    return {".".join(each["properties"]["qualifiedName"].split("::")[3:]): each for each in shown}


def hold_back(server: Between) -> tuple[threading.Event, threading.Event]:
    """Answer a few requests for tables, and the others after the second event; the first tells when it is so far."""
    is_held, release = threading.Event(), threading.Event()

    def hold(method: str, path: str, answer: Answer) -> Answer:
        if server.count("/tables/orders") > TABLES / 2:
            is_held.set()
            release.wait(60)
        return answer

    server.spoil = hold
    return is_held, release


def change_description(program: Running, guid: str, description: str) -> None:
    """Change an element in the name of its metadata source, by the compatible route of the metadata server."""
    value = {"class": "PrimitiveTypePropertyValue", "typeName": "string", "primitiveValue": description}
    body = {
        "class": "UpdatePropertiesRequestBody",
        "externalSourceName": "Lakehouse",
        "properties": {"class": "ElementProperties", "propertyValueMap": {"description": value}},
    }
    answer = program.post(f"{STORE}/metadata-elements/{guid}/update-properties", body)
    assert answer.get("relatedHTTPCode", 200) == 200, answer


def refresh(program: Running, *options: str) -> str:
    done = program.command("refresh", "--server", "lakehouse", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def catalogue_of(nessie: NessieServer) -> Catalogue:
    catalogue = nessie.new_catalogue()
    catalogue.create_namespace("sales", comment="What was sold")
    for number in range(TABLES):
        catalogue.create_table(f"sales.orders{number}", comment=f"Orders of {number}")
    return catalogue


@pytest.mark.timeout(240)  # the server of the whole session may start in it
def test_a_killed_daemon_completes_the_catalogue_and_exchanges_changes(nessie: NessieServer, tmp_path: Path) -> None:
    catalogue, port = catalogue_of(nessie), free_port()
    with between(catalogue.address) as server:
        write_documents(tmp_path, server.address, port)
        assert command("check", DOCUMENTS[1], cwd=tmp_path).returncode == 0
        is_held, release = hold_back(server)
        with running(tmp_path, *DOCUMENTS, port=port) as program:
            assert is_held.wait(60)
            program.process.kill()
            program.process.wait()
        release.set()
        with running(tmp_path, *DOCUMENTS, port=port) as program:
            refresh(program)
            found = tables(program)
            assert {name: each["properties"]["description"] for name, each in found.items()} == {
                name: catalogue.properties(name)["comment"] for name in catalogue.listed()["tables"]
            }
            change_description(program, found["sales.orders3"]["guid"], "Orders of March")
            assert "would be sent" in refresh(program, "--dry-run", "--connector", "LakehouseCatalog")
            assert catalogue.properties("sales.orders3")["comment"] == "Orders of 3"
            catalogue.set("sales.orders4", comment="Orders of April")
            refresh(program)
            assert catalogue.properties("sales.orders3")["comment"] == "Orders of March"
            assert tables(program)["sales.orders4"]["properties"]["description"] == "Orders of April"
