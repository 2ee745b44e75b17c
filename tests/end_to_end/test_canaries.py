"""Nothing that the program prints, answers, logs or writes has a secret in it, whatever goes wrong.

`test_planted_secrets` looks at what is told by its form; here every secret is a unique value behind a reference.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from integration_daemon.rest.app import ROUTES
from tests.children import children_of
from tests.end_to_end.canaries import Canaries, command_line_and_environment, files_below
from tests.end_to_end.listener import listener
from tests.end_to_end.program import PATIENCE, Running, command, running
from tests.servers.thief import thief
from tests.servers.vault import vault

WAYS = {
    "none": ("described", "group", "exit", "thread", "unraisable", "plain"),
    "process": ("described", "thread", "crash"),
}
"""The leaks of connectors, in the daemon's process and in a separate one."""
FILLED = {"server": "canaries", "user": "me", "marker": "files-integrator", "provider": "data-files-monitor"}


class Estate:
    """A document whose secrets are canaries, each somewhere else."""

    def __init__(self, home: Path, canaries: Canaries, environment: dict[str, str]) -> None:
        self.home = home
        self._canaries = canaries
        self._environment = environment
        self._numbers = iter(range(1000))
        for name in ("secrets", "credentials"):
            (home / name).mkdir()

    def variable(self, place: str) -> str:
        """A reference to a canary in the environment."""
        name = f"CANARY_{next(self._numbers)}"
        self._environment[name] = self._canaries.at(place)
        return f"env:{name}"

    def file(self, place: str) -> str:
        """A reference to a canary in a file."""
        path = self.home / "secrets" / f"{next(self._numbers)}"
        path.write_text(self._canaries.at(place))
        return f"file:{path}"

    def credential(self, place: str) -> str:
        """A reference to a canary in a credential."""
        name = f"credential-{next(self._numbers)}"
        (self.home / "credentials" / name).write_text(self._canaries.at(place))
        return f"credential:{name}"


def connector(name: str, provider: str, address: str, secret: str, **more: Any) -> dict[str, Any]:
    connection = {
        "connectorType": {"connectorProviderClassName": provider},
        "endpoint": {"address": address},
        "clearPassword": secret,
        "configurationProperties": more.pop("settings", {}),
    }
    return {"connectorName": name, "connection": connection, **more}


def destination(provider: str, **settings: Any) -> dict[str, Any]:
    return {"connectorType": {"connectorProviderClassName": provider}, "configurationProperties": settings}


def document(estate: Estate, addresses: dict[str, str], platform_url: str) -> dict[str, Any]:
    """Connectors that leak in every way, in this process and their own, and databases that refuse in every way."""
    leaking = [
        connector(
            f"{how} {lane}", "tests.end_to_end.leaking.Leaking", "nowhere", reference(f"{how} {lane}"),
            settings={"how": how}, isolation=lane,
        )
        for lane, hows in WAYS.items()
        for how, reference in zip(hows, (estate.variable, estate.file, estate.credential) * 2, strict=False)
    ]  # fmt: skip
    databases = [connector(name, "database-monitor", address, estate.file(name)) for name, address in addresses.items()]
    databases.append(connector("vault", "database-monitor", addresses["refused"], "vault:secret/db#password"))
    remote = {
        "integrationServiceURLMarker": "catalog-integrator",
        "omagserverPlatformRootURL": platform_url,
        "omagserverName": "cocoMDS1",
        "metadataServerToken": estate.file("metadata server token"),
        "metadataServerPassword": estate.variable("metadata server password"),
        "integrationConnectorConfigs": [
            connector(
                "remote", "tests.end_to_end.leaking.Cataloguing", "nowhere", estate.variable("remote"),
                metadataSourceQualifiedName="source",
            )
        ],
    }  # fmt: skip
    return {
        "localServerName": "canaries",
        "localServerType": "Integration Daemon",
        "localServerPassword": estate.variable("local server password"),
        "repositoryServicesConfig": {
            "auditLogConnections": [
                destination("console"),
                destination("file"),
                destination("json-lines", tamperEvident=True),
                destination("python-logging"),
            ]
        },
        "integrationServicesConfig": [
            {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": leaking},
            {"integrationServiceURLMarker": "database-integrator", "integrationConnectorConfigs": databases},
            remote,
        ],
    }


@pytest.mark.timeout(400)
def test_no_canary_leaves_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canaries, environment, found = Canaries(), dict[str, str](), list[str]()
    home = tmp_path / "home"
    home.mkdir()
    estate = Estate(home, canaries, environment)
    with thief() as server, vault() as secrets_of_others, listener("no platform", []) as port:
        addresses = {
            "thief": server.address,
            "refused": "postgresql://me@127.0.0.1:1/db",
            "no such server": "mariadb://me@127.0.0.1:1/db",
            "no database": f"postgresql://me@127.0.0.1:{port}/db",
        }
        content = document(estate, addresses, f"http://127.0.0.1:{port}")
        secrets_of_others.secrets["secret/data/db"] = {"password": canaries.at("vault")}
        environment |= {
            "VAULT_ADDR": secrets_of_others.url,
            "VAULT_TOKEN": canaries.at("vault token", "hvs."),
            "CREDENTIALS_DIRECTORY": str(home / "credentials"),
            "OF_NOBODY": canaries.at("a variable that nothing names"),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        (home / "document.json").write_text(json.dumps(content))
        done = command("check", "document.json", "--connect", "--json", cwd=home)
        found += canaries.found_in((done.stdout + done.stderr).encode(), where="check")
        token = command("token", "create", "--name", "ci", "--role", "administrator", cwd=home).stdout.strip()
        canaries.keep(token, "API token")
        with running(home, "document.json") as program:
            canaries.keep(program.token, "local token")
            for where, shown in _everything(program, canaries):
                found += canaries.found_in(shown, where=where)
        output = "\n".join([*program.output, *program.errors])
        found += canaries.found_in(output.encode(), where="standard output and error")
    assert {"tests.end_to_end.leaking", "I log on with ********"} <= _said(output)
    for path in files_below(home / "data"):
        but = ("local token",) if path.name == "local-token" else ()
        found += canaries.found_in(path.read_bytes(), where=str(path.relative_to(home)), but=but)
    assert found == []


def _said(output: str) -> set[str]:
    """The texts in the output which prove that the connectors have leaked."""
    return {each for each in ("tests.end_to_end.leaking", "I log on with ********") if each in output}


def _everything(program: Running, canaries: Canaries) -> Iterator[tuple[str, bytes]]:
    """All that can be seen of the running daemon, each with a name."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and {each["state"] for each in _connectors(program)} != {"FAILED"}:
        yield from _processes(program)
        time.sleep(0.2)
    assert {each["state"] for each in _connectors(program)} == {"FAILED"}
    yield from _refusals(program, canaries)
    for arguments in (("status",), ("status", "--json"), ("audit-log", "--json"), ("elements",), ("refresh",)):
        done = program.command(*arguments)
        yield f"command {arguments}", (done.stdout + done.stderr).encode()
    yield from _answers(program)


def _processes(program: Running) -> Iterator[tuple[str, bytes]]:
    """The command line of the daemon, and those of connector processes with their environments, but for their own."""
    yield "command line", Path(f"/proc/{program.process.pid}/cmdline").read_bytes()
    for process in children_of(program.process.pid):
        shown = command_line_and_environment(process)
        own = [line for line in shown.splitlines() if line.startswith((b"CANARY_", b"VAULT_"))]
        assert len(own) <= 2, own
        yield f"process {process}", b"\n".join(line for line in shown.splitlines() if line not in own)


def _connectors(program: Running) -> list[dict[str, Any]]:
    connectors: list[dict[str, Any]] = program.get("/api/v1/servers/canaries/connectors")["connectors"]
    return connectors


def _answers(program: Running) -> Iterator[tuple[str, bytes]]:
    names = [each["connectorName"] for each in _connectors(program)]
    for path in {path for route in ROUTES if route.methods == ("GET",) for path in route.paths}:
        if path.endswith("/events"):
            continue  # it never ends, and has the records that the audit log has
        for name in names if "{connector}" in path else names[:1]:
            parameters = {**FILLED, "connector": name}
            filled = re.sub(r"{(?:\w+:)?(\w+)}", lambda match: parameters.get(match[1], "x"), path)  # noqa: B023
            yield filled, program.text_of(filled).encode()


def _refusals(program: Running, canaries: Canaries) -> Iterator[tuple[str, bytes]]:
    """Tokens where they do not belong: they are not in the answer, nor in a log."""
    token = canaries.at("a token that nobody has", "idt_")
    basic = httpx2.BasicAuth("me", canaries.at("a password of Basic", "pw-"))
    with httpx2.Client(timeout=PATIENCE) as client:
        for path in ("/api/v1/servers", f"/api/v1/servers?token={token}", "/livez?access_token=" + token):
            for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"session={token}"}, {"X-Token": token}):
                yield path, client.get(program.url + path, headers=headers).content
        yield "basic", client.get(program.url + "/api/v1/servers", auth=basic).content
    for arguments in (
        ("status", "--url", f"http://me:{canaries.at('userinfo of a URL', 'pw-')}@127.0.0.1:1"),
        ("status", "--url", program.url, "--token", token),
        ("status", "--url", "http://127.0.0.1:1", "--token", token),
    ):
        done = command(*arguments)
        assert done.returncode != 0
        yield f"command {arguments[:2]}", (done.stdout + done.stderr).encode()


def test_a_metadata_store_that_refuses_its_password_does_not_get_it_shown(tmp_path: Path) -> None:
    canaries = Canaries()
    (tmp_path / "password").write_text(canaries.at("metadata store password"))
    with thief() as server:
        content = {
            "localServerName": "canaries",
            "metadataStore": server.address,
            "metadataStorePassword": f"file:{tmp_path / 'password'}",
        }
        (tmp_path / "document.json").write_text(json.dumps(content))
        for arguments in (("run", "document.json", "--port", "0"), ("check", "--connect", "document.json")):
            done = command(*arguments, cwd=tmp_path)
            assert done.returncode == 1
            assert canaries.found_in((done.stdout + done.stderr).encode(), where=arguments[0]) == []
        assert server.passwords
    for path in files_below(tmp_path / "data"):
        assert canaries.found_in(path.read_bytes(), where=path.name) == []
