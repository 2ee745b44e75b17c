"""The document of the page catalogues an organisation; killed and started again, the program writes nothing anew."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.examples import ROOT, write_files
from tests.end_to_end.program import Running, command, running
from tests.servers.scim_provider import TOKEN, ScimProvider


def test_the_document_of_the_page_catalogues_an_organization_once(tmp_path: Path) -> None:
    written = write_files(ROOT / "docs" / "organization.md", tmp_path)
    assert {"organization.yaml", "people.csv", "teams.csv"} <= written
    with running(tmp_path, "organization.yaml") as program:
        refresh(program, "Staff")
        before = everything(program)
        program.process.send_signal(signal.SIGKILL)
        program.process.wait()
    assert {each["properties"].get("displayName") for each in before} >= {"Cy Dee", "adm-bray", "Clinical trials"}

    with running(tmp_path, "organization.yaml") as program:
        refresh(program, "Staff")
        assert everything(program) == before


def test_the_document_of_the_page_reads_a_service_and_a_restart_writes_nothing_anew(
    tmp_path: Path, scim: ScimProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = scim.new_tenant()
    tenant.group("research", *(tenant.user(f"u{number}") for number in range(12)))
    write_files(ROOT / "docs" / "organization.md", tmp_path)
    document = tmp_path / "service.yaml"
    document.write_text(document.read_text().replace("https://directory.example.org/scim/v2", tenant.url))
    monkeypatch.setenv("SCIM_TOKEN", TOKEN)
    checked = command("check", "service.yaml", "--connect", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert "127.0.0.1: 12 users, 1 groups" in checked.stdout
    with running(tmp_path, "service.yaml") as program:
        refresh(program, "Service")
        before = everything(program)
        program.process.send_signal(signal.SIGKILL)
        program.process.wait()
    assert sum(each["typeName"] == "Person" for each in before) == 12
    with running(tmp_path, "service.yaml") as program:
        refresh(program, "Service")
        assert everything(program) == before
        assert not any(TOKEN in line for line in (*program.output, *program.errors))


def refresh(program: Running, connector: str) -> None:
    done = program.command("refresh", "--connector", connector)
    assert done.returncode == 0, done.stderr


def everything(program: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(program.command("elements", "--json", "--limit", "500").stdout)
    return found
