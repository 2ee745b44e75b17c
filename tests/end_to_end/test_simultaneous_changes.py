"""Commands of two users who change a document at the same time: no change is lost unnoticed."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.program import Running, command, running
from tests.servers.between import Answer, between

READING = "/integration-services"
"""A part of the paths by which commands read the document."""
REFUSED = "INTEGRATION-DAEMON-CONFIG-409-001"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("changed")) as program:
        yield program


def done(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


def only_server(program: Running) -> str:
    (found,) = program.get("/open-metadata/platform-services/server-platform/servers")["serverList"]
    return str(found)


def newest(program: Running) -> int:
    number: int = program.get(f"/api/v1/servers/{only_server(program)}/documents")["versions"][0]["number"]
    return number


def change(program: Running, path: str, body: Any = None) -> None:
    """Change the document as the user peter."""
    root = f"/open-metadata/admin-services/users/peter/servers/{only_server(program)}"
    assert program.post(root + path, body)["relatedHTTPCode"] == 200


def shown(program: Running, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done(program.command("config", "connector", "show", name)))
    return found


@contextmanager
def interrupted(program: Running, other: Callable[[int], object], times: int) -> Iterator[str]:
    """An address of the platform: after each of so many readings of the document, another user changes it."""
    with between(program.url) as server:
        made: list[str] = []

        def spoil(method: str, path: str, answer: Answer) -> Answer:
            if method == "GET" and READING in path and len(made) < times:
                made.append(path)
                other(len(made))
            return answer

        server.spoil = spoil
        yield server.address
        assert len(made) == times


@pytest.fixture
def name(program: Running) -> str:
    found: str = json.loads(done(program.command("config", "connector", "list", "--json")))[0]["connectorName"]
    return found


def test_two_simultaneous_changes_of_one_connector_both_take_effect(program: Running, name: str) -> None:
    def other(number: int) -> None:
        done(program.command("config", "connector", "set", name, "--interval", "17", "--user", "peter"))

    first = newest(program)
    with interrupted(program, other, 1) as url:
        one = ("config", "connector", "set", name, "--setting", "allowCatalogDelete=true", "--json")
        told = json.loads(done(command(*one, "--url", url, token=program.token)))
    assert told["version"] == first + 2
    found = shown(program, name)
    assert found["refreshTimeInterval"] == 17
    assert found["connection"]["configurationProperties"]["allowCatalogDelete"] is True


def test_a_service_keeps_the_connectors_that_another_user_adds_at_the_same_time(program: Running, name: str) -> None:
    def other(number: int) -> None:
        given = ("--class", "data-files-monitor", "--address", "landing-area")
        done(program.command("config", "connector", "set", "added", *given))

    with interrupted(program, other, 1) as url:
        one = ("config", "service", "set", "files-integrator", "--metadata-server-token", "env:TOKEN")
        done(command(*one, "--url", url, token=program.token))
    connectors = json.loads(done(program.command("config", "connector", "list", "--json")))
    assert [each["connectorName"] for each in connectors] == [name, "added"]
    (service,) = json.loads(done(program.command("config", "service", "list", "--json")))
    assert service["metadataServerToken"] == "env:TOKEN"
    done(program.command("config", "connector", "remove", "added"))


def test_a_command_gives_up_if_others_change_the_document_again_and_again(program: Running, name: str) -> None:
    def other(number: int) -> None:
        change(program, f"/max-page-size?limit={100 + number}")

    with interrupted(program, other, 5) as url:
        one = ("config", "connector", "set", name, "--interval", "18")
        refused = command(*one, "--url", url, token=program.token)
    assert refused.returncode == 1
    assert REFUSED in refused.stderr
    assert f"the newest version is {newest(program)}, by peter" in refused.stderr
    assert "repeat the command" in refused.stderr
    assert shown(program, name)["refreshTimeInterval"] != 18


def test_a_connector_from_a_file_is_refused_without_a_repetition(program: Running, name: str, tmp_path: Path) -> None:
    before = shown(program, name)
    path = f"/integration-services/files-integrator/connectors/{name}"

    def other(number: int) -> None:
        change(program, path, {**before, "refreshTimeInterval": 19})

    file = tmp_path / "connector.json"
    file.write_text(json.dumps({**before, "refreshTimeInterval": 20}))
    with interrupted(program, other, 1) as url:
        one = ("config", "connector", "set", name, "--from-file", str(file))
        refused = command(*one, "--url", url, token=program.token)
    assert (refused.returncode, REFUSED in refused.stderr) == (1, True)
    assert shown(program, name)["refreshTimeInterval"] == 19
    done(program.command("config", "connector", "set", name, "--from-file", str(file)))
    assert shown(program, name)["refreshTimeInterval"] == 20
