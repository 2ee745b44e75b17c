"""The document of the page catalogues an organisation; killed and started again, the program writes nothing anew."""

import json
import signal
from pathlib import Path
from typing import Any

from tests.end_to_end.examples import ROOT, write_files
from tests.end_to_end.program import Running, running


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


def refresh(program: Running, connector: str) -> None:
    done = program.command("refresh", "--connector", connector)
    assert done.returncode == 0, done.stderr


def everything(program: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(program.command("elements", "--json", "--limit", "500").stdout)
    return found
