"""The protection of elements reaches enforcement points, with the documents of the documentation."""

import json
import signal
from pathlib import Path
from typing import Any

import httpx2
import jwt

from tests.end_to_end.examples import ROOT, write_files
from tests.end_to_end.program import Running, command, running
from tests.servers.ports import free_port
from tests.services.security.bundles import allows, unpacked

DOCUMENTS = ("metadata.yaml", "protection.yaml")
KEY = "0123456789abcdef0123456789abcdef"
STORE = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store/users/tessa/metadata-elements"
BUNDLE = "/api/v1/servers/protection01/bundles/trials"


def prepare(directory: Path) -> int:
    """Write the files of the page; the port of the platform, which the page has as 9443."""
    port = free_port()
    assert write_files(ROOT / "docs" / "protection.md", directory) == set(DOCUMENTS)
    document = directory / DOCUMENTS[1]
    document.write_text(document.read_text().replace("9443", str(port)))
    for name in ("trials", "published"):
        (directory / name).mkdir()
    (directory / "trials" / "people.csv").write_text("name,age\n")
    (directory / "signing-key").write_text(KEY)
    (directory / "signing-key").chmod(0o600)
    return port


def classify(program: Running, name: str, classification: str, **properties: Any) -> None:
    """Say something of an element, as the page shows."""
    guid = program.post(f"{STORE}/guid-by-unique-name", {"name": name})["guid"]
    body = {"properties": properties}
    assert program.post(f"{STORE}/{guid}/classifications/{classification}", body)["relatedHTTPCode"] == 200


def refresh(program: Running, connector: str) -> str:
    done = program.command("refresh", "--server", "protection01", "--connector", connector)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_classification_is_decided_by_and_stays_when_its_file_changes(tmp_path: Path) -> None:
    port, name = prepare(tmp_path), f"CSVFile::{tmp_path}/trials/people.csv"
    for document in DOCUMENTS:
        assert command("check", document, cwd=tmp_path).stdout.endswith("no problems\n")
    made = command("token", "create", "--name", "opa", "--role", "bundle-reader", cwd=tmp_path)
    as_opa = {"Authorization": f"Bearer {made.stdout.strip()}"}
    with running(tmp_path, *DOCUMENTS, port=port) as program:
        refresh(program, "Trials")
        classify(program, name, "SecurityTags", securityLabels=["PII"], accessGroups={"doctors": ["read"]})
        (tmp_path / "trials" / "people.csv").write_text("name,age,ward\nx,1,2\n")
        refresh(program, "Trials")
        refresh(program, "Bundle")
        refresh(program, "Tags")

        answer = httpx2.get(program.url + BUNDLE, headers=as_opa)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/gzip")
        assert answer.content == (tmp_path / "published" / "trials.tar.gz").read_bytes()
        assert allows(answer.content, "doctors", "read", name)
        assert not allows(answer.content, "nurses", "read", name)
        (token,) = json.loads(unpacked(answer.content)[".signatures.json"])["signatures"]
        assert jwt.decode(token, KEY, algorithms=["HS256"])["files"]
        tags = json.loads((tmp_path / "published" / "tags.json").read_bytes())
        assert [each["type"] for each in tags["tags"].values()] == ["PII"]

        again = httpx2.get(program.url + BUNDLE, headers={**as_opa, "If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
        head = httpx2.head(program.url + BUNDLE, headers=as_opa)
        assert (head.status_code, head.headers["ETag"]) == (200, answer.headers["ETag"])
        assert int(head.headers["Content-Length"]) == len(answer.content)
        assert httpx2.get(program.url + BUNDLE).status_code == 401
        assert httpx2.get(program.url + BUNDLE + "x", headers=as_opa).status_code == 404
        assert httpx2.get(program.url + "/api/v1/servers/protection01/elements", headers=as_opa).status_code == 403
        assert not any(KEY in line for line in (*program.output, *program.errors))


def test_a_bundle_is_served_after_the_program_was_killed(tmp_path: Path) -> None:
    port, name = prepare(tmp_path), f"CSVFile::{tmp_path}/trials/people.csv"
    with running(tmp_path, *DOCUMENTS, port=port) as program:
        refresh(program, "Trials")
        classify(program, name, "SecurityTags", accessGroups={"doctors": ["read"]})
        refresh(program, "Bundle")
        before = (tmp_path / "published" / "trials.tar.gz").read_bytes()
        program.process.send_signal(signal.SIGKILL)
    (tmp_path / "published" / ".trials.tar.gz.new").write_bytes(before[: len(before) // 2])
    with running(tmp_path, *DOCUMENTS, port=port) as program:
        program.command("pause", "Bundle", "--server", "protection01")
        served = httpx2.get(program.url + BUNDLE, headers={"Authorization": f"Bearer {program.token}"})
        assert (served.status_code, served.content) == (200, before)
        program.command("resume", "Bundle", "--server", "protection01")
        classify(program, name, "SecurityTags", accessGroups={"nurses": ["read"]})
        refresh(program, "Bundle")
        assert allows(tmp_path / "published" / "trials.tar.gz", "nurses", "read", name)
        assert not allows(tmp_path / "published" / "trials.tar.gz", "doctors", "read", name)
        assert {each.name for each in (tmp_path / "published").iterdir() if each.name.endswith(".new")} == set()
