"""Secrets are planted in every part of a document, a request or a connector that may hold one; none is ever shown."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from integration_daemon.rest.app import ROUTES
from tests.end_to_end.program import PATIENCE, Running, command, running

PLANT = "s3cr3t"
"""Each secret has it in it, whole, at its beginning and at its end."""
DAEMON = "/servers/planted/open-metadata/integration-daemon/users/me"
CONFIGURED = "/open-metadata/platform-services/users/me/server-platform/servers/planted/instance/configuration"
FILLED = {
    "number": "1",
    "server": "planted",
    "user": "me",
    "marker": "files-integrator",
    "provider": "planted.Talkative",
}
"""The values of the parameters of routes."""

CHANGED = ("folder", "slash", "loop")
"""The connectors that are changed by requests."""

CONNECTOR = '''
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider
from audit.message import AuditMessage
from audit.severity import Severity
from services.errors import ThirdPartyUnavailableError
from services.database.messages import NOT_AVAILABLE

SAID = AuditMessage(id="PLANTED-1", severity=Severity.ERROR, text="{it}", system_action="", user_action="")

class Talkative(FilesIntegratorConnector):
    """It says, logs and raises all that it has been told."""

    provider = ConnectorProvider(description="Says what it knows.")

    def start(self) -> None:
        known = [self.connection.clear_password.reveal(), self.connection.endpoint.address]
        self.context.progress = f"I log on with {known}"
        self.context.audit_log.record(SAID, it=f"I log on with {known[0]}")
        self.context.audit_log.record(SAID, it={"options": self.connection.configuration_properties})
        self.context.audit_log.exception(SAID, ValueError(known[0]), it=self.connection)

    def refresh(self) -> None:
        password = self.connection.clear_password.reveal()
        if self.connector_name.startswith("described"):
            raise ThirdPartyUnavailableError(NOT_AVAILABLE, address=self.connection.endpoint.address, cause=password)
        raise RuntimeError(f"could not log on with {password!r} at {self.connection.endpoint.address}")
'''


def connector(name: str, provider: str, address: str, **connection: Any) -> dict[str, Any]:
    return {
        "connectorName": name,
        "connection": {
            "connectorType": {"connectorProviderClassName": provider},
            "endpoint": {"address": address},
            "clearPassword": f"{PLANT}/clear {PLANT}",
            "encryptedPassword": f"{PLANT}encrypted{PLANT}",
            "securedProperties": {"anything": f"{PLANT}secured{PLANT}"},
            "additionalProperties": {"apikey": [f"{PLANT}"], "auth": {"user": "me", "second": PLANT}},
            "configurationProperties": {
                "DB_PASSWD": PLANT,
                "pwd": 4711,
                "credentials": [{"a": PLANT}],
                "jaas": f'a.PlainLoginModule required username="u" password="{PLANT}";',
                "entries": [{"name": "password", "value": PLANT}],
                "proxy": f"http://me:{PLANT}@proxy:3128",
            },
            **connection,
        },
    }


def document() -> dict[str, Any]:
    addresses = {
        "slash": f"postgresql://me:{PLANT}/{PLANT}@127.0.0.1:1/db",
        "space": f"mariadb://me:{PLANT} {PLANT}@127.0.0.1:1",
        "percent": f"postgresql://me:{PLANT}%zz{PLANT}@127.0.0.1:1/db",
        "dsn": f"host=127.0.0.1 port=1 user=me password='{PLANT} {PLANT}'",
        "query": f"postgresql://me@127.0.0.1:1/db?password={PLANT}",
        "jdbc": f"jdbc:mysql://127.0.0.1:1/db?user=me&password={PLANT}",
        "ftp": f"ftp://me:{PLANT}@127.0.0.1/x",
        "sqlite": f"sqlite:nowhere?token={PLANT}",
    }
    databases = [connector(name, "database-monitor", address) for name, address in addresses.items()]
    files = [
        connector("folder", "data-files-monitor", f"ftp://me:{PLANT}@127.0.0.1/x"),
        connector("loop", "planted.Talkative", f"ftp://me:{PLANT}at@127.0.0.1"),
        connector("described", "planted.Talkative", f"ftp://me:{PLANT}at@127.0.0.1"),
        connector("reference", "planted.Talkative", "nowhere", clearPassword="env:PLANTED"),
        {**connector("process", "planted.Talkative", "nowhere", clearPassword="env:PLANTED"), "isolation": "process"},
        {**connector("described process", "planted.Talkative", "nowhere"), "isolation": "process"},
        connector("unknown", f"http://me:{PLANT}@x", "nowhere"),
    ]
    return {
        "localServerName": "planted",
        "localServerType": "Integration Daemon",
        "localServerPassword": PLANT,
        "eventBusConfig": {"configurationProperties": {"producer": {"sasl.jaas.config": f'x password="{PLANT}";'}}},
        "repositoryServicesConfig": {
            "auditLogConnections": [
                {"connectorType": {"connectorProviderClassName": "console"}},
                {"connectorType": {"connectorProviderClassName": "json-lines"}},
                {"connectorType": {"connectorProviderClassName": "file"}},
            ]
        },
        "integrationServicesConfig": [
            {
                "integrationServiceURLMarker": "files-integrator",
                "integrationServiceOptions": {"token": PLANT, "url": f"https://me:{PLANT}@h"},
                "integrationConnectorConfigs": files,
            },
            {"integrationServiceURLMarker": "database-integrator", "integrationConnectorConfigs": databases},
        ],
    }


@pytest.mark.timeout(400)
def test_no_route_command_log_or_error_shows_a_planted_secret(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PLANTED", f"{PLANT}revealed{PLANT}")
    (tmp_path / "planted.py").write_text(CONNECTOR)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "document.yaml").write_bytes(msgspec.yaml.encode(document()))
    for arguments in ((), ("--json",), ("--connect",), ("--connect", "--json")):
        result = command("check", "document.yaml", *arguments, cwd=tmp_path)
        assert "planted" not in result.stderr
        _shows_nothing(result.stdout + result.stderr)
    with running(tmp_path, "document.yaml", python_path=tmp_path) as program:
        for shown in _everything(program, tmp_path):
            _shows_nothing(shown)
        assert "********" in json.dumps(program.get(CONFIGURED))
        until = time.monotonic() + PATIENCE
        while {each["state"] for each in _connectors(program)} != {"FAILED"} and time.monotonic() < until:
            time.sleep(0.05)
        assert {each["state"] for each in _connectors(program)} == {"FAILED"}
    _shows_nothing("\n".join([*program.output, *program.errors]))
    logs = [path.read_text() for path in (tmp_path / "data").rglob("logs/*") if path.is_file()]
    assert len(logs) == 2
    for log in logs:
        assert "I log on with" in log
        _shows_nothing(log)


def _everything(program: Running, home: Path) -> Iterator[str]:
    """All visible output of the daemon, before and after requests that contain secrets."""
    yield from _looks(program)
    yield from _commands(program)
    at = f"{DAEMON}/integration-connectors"
    changed = document()
    changed["integrationServicesConfig"][0]["integrationConnectorConfigs"][0]["refreshTimeInterval"] = PLANT
    wrong = connector("x", f"services.{PLANT}.X", "nowhere")["connection"]
    for path, body in (
        (f"{at}/folder/endpoint-network-address", {"string": f"ftp://me:{PLANT}/{PLANT} {PLANT}@127.0.0.1"}),
        (f"{at}/folder/endpoint-network-address", {"string": f"host=h password={PLANT}"}),
        (f"{at}/slash/connection", connector("x", "database-monitor", f"postgresql://me:{PLANT}/x@h/db")["connection"]),
        (f"{at}/slash/connection", {**wrong, "connectorType": {"connectorProviderClassName": f"password={PLANT}"}}),
        (f"{at}/slash/connection", {"clearPassword": [PLANT]}),
        (f"{at}/configuration-properties",
         {"connectorName": "loop", "mergeUpdate": True, "configurationProperties": {"Secret": {"x": PLANT}}}),
        ("/api/v1/servers/planted/reload", changed),
        ("/api/v1/servers/planted/reload", document()),
        (CONFIGURED, document()),
        (f"{DAEMON}/refresh", None),
        (f"{DAEMON}/restart", None),
    ):  # fmt: skip
        yield json.dumps(program.post(path, body))
        yield from _looks(program, CHANGED)
    yield from _looks(program)
    (home / "document.yaml").write_bytes(msgspec.yaml.encode(changed))
    yield from _commands(program)
    result = program.command("reload")
    assert result.returncode == 1
    yield result.stdout + result.stderr


def _looks(program: Running, only: Sequence[str] = ()) -> Iterator[str]:
    """The answers of all routes in all spellings about all connectors, or in one spelling about some connectors."""
    names = only or [each["connectorName"] for each in _connectors(program)]
    assert only or len(names) == 15
    for path in {path for route in ROUTES if route.methods == ("GET",) for path in route.paths[: 1 if only else None]}:
        if path.endswith("/events"):
            continue  # it never ends, and has the records that the audit log has
        for name in names if "{connector}" in path else names[:1]:
            answer = program.text_of(_filled(path, name))
            assert answer
            yield answer


def _filled(path: str, connector: str) -> str:
    parameters = {**FILLED, "connector": connector}
    return re.sub(r"{(?:\w+:)?(\w+)}", lambda match: parameters.get(match[1], "x"), path)


def _connectors(program: Running) -> list[dict[str, Any]]:
    connectors: list[dict[str, Any]] = program.get("/api/v1/servers/planted/connectors")["connectors"]
    return connectors


def _commands(program: Running) -> Iterator[str]:
    for arguments in (("status",), ("status", "--json"), ("status", "loop"), ("audit-log",), ("elements",)):
        result = program.command(*arguments)
        assert result.returncode == 0, result.stderr
        yield result.stdout + result.stderr


def _shows_nothing(text: str) -> None:
    at = text.find(PLANT)
    assert at < 0, text[max(0, at - 300) : at + 100]
