"""Configuration documents: loading, refusing, and checking."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_daemon.config.check import check_raw
from integration_daemon.config.complete import complete
from integration_daemon.config.document import OMAGServerConfig, RestartPolicy
from integration_daemon.config.encode import encode_for_store, for_showing
from integration_daemon.config.load import ConfigurationError, convert, decode_document, load_document
from integration_daemon.config.problem import Problem
from integration_daemon.config.quick_start import STARTER, quick_start_document
from integration_daemon.config.store import DocumentStore
from services.framework.permitted_synchronization import PermittedSynchronization
from tests.end_to_end.page.documents import METADATA_SERVER, egeria_document, our_document

PLATFORM = "https://localhost:9444"
CONNECTOR = "$.integrationServicesConfig[0].integrationConnectorConfigs[0]"


def document(**changes: Any) -> dict[str, Any]:
    """A valid document with one connector and these changes: `a__b=1` sets field b of a."""
    raw: dict[str, Any] = json.loads(our_document(PLATFORM))
    raw["integrationServicesConfig"] = raw["integrationServicesConfig"][:1]
    service = raw["integrationServicesConfig"][0]
    service["integrationConnectorConfigs"] = service["integrationConnectorConfigs"][:1]
    for name, value in changes.items():
        where, _, field = name.rpartition("__")
        holder = {"": raw, "service": service, "connector": service["integrationConnectorConfigs"][0]}[where]
        if value is None:
            holder.pop(field)
        else:
            holder[field] = value
    return raw


def problems_of(**changes: Any) -> list[Problem]:
    return check_raw(document(**changes))


def test_the_answer_of_a_platform_stands_for_the_document_in_it(tmp_path: Path) -> None:
    answer = {"class": "OMAGServerConfigResponse", "relatedHTTPCode": 200, "omagserverConfig": document()}
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    assert load_document(tmp_path / "answer.json") == convert(document(), "it")
    assert decode_document(json.dumps(answer).encode()) == convert(document(), "it")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"relatedHTTPCode": 404, "exceptionErrorMessage": "OMAG-1 There is no nobody"}, "OMAG-1 There is no nobody"),
        ({"relatedHTTPCode": 200}, "it has no omagserverConfig"),
    ],
)
def test_an_answer_without_a_document_says_why(answer: dict[str, Any], said: str, tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text(json.dumps({"class": "OMAGServerConfigResponse", **answer}))
    with pytest.raises(ConfigurationError, match=said) as raised:
        load_document(tmp_path / "answer.json")
    assert raised.value.definition.id == "INTEGRATION-DAEMON-CONFIG-400-005"


def test_a_document_written_by_egeria_loads_unchanged() -> None:
    config = convert(json.loads(egeria_document(PLATFORM)), "it")

    assert (config.local_server_name, config.max_page_size) == ("exchangeDL01", 100)
    files, _ = config.integration_services_config or []
    connectors = files.integration_connector_configs or []
    assert [each.refresh_time_interval for each in connectors] == [10.0] * 3
    assert connectors[0].permitted_synchronization is PermittedSynchronization.FROM_THIRD_PARTY
    assert connectors[0].uses_blocking_calls is False
    assert connectors[2].connection.provider.endswith("DataFolderMonitorIntegrationProvider")
    assert config.restart_policy is RestartPolicy.MANUAL


def test_both_forms_of_the_pages_document_mean_the_same() -> None:
    ours = complete(convert(json.loads(our_document(PLATFORM)), "ours"))
    theirs = complete(convert(json.loads(egeria_document(PLATFORM)), "theirs"))

    for left, right in zip(
        ours.integration_services_config or [], theirs.integration_services_config or [], strict=True
    ):
        assert left.integration_service_full_name == right.integration_service_full_name
        assert left.integration_service_id == right.integration_service_id
        assert left.default_permitted_synchronization is right.default_permitted_synchronization


def test_the_file_extension_decides_the_format(tmp_path: Path) -> None:
    raw = {"localServerName": "cocoMDS1", "maxPageSize": 7}
    (tmp_path / "d.json").write_bytes(msgspec.json.encode(raw))
    (tmp_path / "d.yaml").write_bytes(msgspec.yaml.encode(raw))
    (tmp_path / "d.toml").write_text('localServerName = "cocoMDS1"\nmaxPageSize = 7\n')

    loaded = [load_document(tmp_path / f"d.{ending}") for ending in ("json", "yaml", "toml")]

    assert loaded[0] == loaded[1] == loaded[2]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"localServerName": "a",\n  oops}', r"is not valid JSON: .*line 2, column 3"),
        ("[1, 2]", r"is not valid at \$: Expected `object`, got `array`"),
        ('{"maxPageSize": 5}', r"\$\.localServerName: this field is required and is missing"),
        ('{"localServerName": "a", "maxPageSize": "many"}', r"not valid at \$\.maxPageSize"),
        ('{"localServerName": "a", "integrationServicesConfig": [{"integrationServiceURLMarker": "f", '
         '"integrationConnectorConfigs": [{"connectorName": "c", "connection": {}, "refreshTimeInterval": -1}]}]}',
         r"\$\.integrationServicesConfig\[0\]\.integrationConnectorConfigs\[0\]\.refreshTimeInterval"),
        ("", r"is not valid JSON"),
    ],
)  # fmt: skip
def test_an_invalid_document_is_one_clear_error(content: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    path.write_text(content)

    with pytest.raises(ConfigurationError, match=problem) as caught:
        load_document(path)

    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.json cannot be read: No such file or directory"):
        load_document(tmp_path / "nowhere.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=4)
    | st.dictionaries(
        st.sampled_from(["localServerName", "integrationServicesConfig", "maxPageSize", "repositoryServicesConfig",
                         "integrationConnectorConfigs", "connection", "integrationServiceURLMarker", "connectorName",
                         "auditLogConnections", "configurationProperties", "supportedSeverities", "x"]),
        children, max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_any_json_value_is_loaded_or_refused(raw: Any) -> None:
    with suppress(ConfigurationError):
        decode_document(json.dumps(raw).encode())
    assert isinstance(check_raw(raw), list)


@given(st.binary(max_size=60))
def test_content_that_is_not_json_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigurationError):
        decode_document(content)


@pytest.mark.parametrize("raw", [METADATA_SERVER, document()], ids=["metadata server", "daemon"])
def test_the_documents_of_the_page_have_no_problems(raw: dict[str, Any]) -> None:
    assert check_raw(raw) == []


@pytest.mark.parametrize(
    ("changes", "path", "text", "hint"),
    [
        ({"localServerNme": "x"}, "$.localServerNme", "is not known", "did you mean localServerName?"),
        ({"RESTARTPOLICY": "manual"}, "$.RESTARTPOLICY", "is not known", "did you mean restartPolicy?"),
        ({"localServerName": None}, "$.localServerName", "is required", "add it"),
        ({"localServerName": "../up"}, "$.localServerName", "is not a valid server name", ""),
        ({"localServerType": "Integration Demon"}, "$.localServerType", "is not a server type", "Integration Daemon?"),
        ({"integrationServicesConfig": []}, "$.integrationServicesConfig", "at least one service", ""),
        ({"maxPageSize": -1}, "$.maxPageSize", "Expected `int` >= 0", ""),
        ({"service__integrationServiceURLMarker": "file-integrator"},
         "$.integrationServicesConfig[0].integrationServiceURLMarker", "is not a registered", "files-integrator?"),
        ({"service__omagserverName": None}, "$.integrationServicesConfig[0].omagserverName", "is required", ""),
        ({"service__omagserverPlatformRootURL": "localhost"},
         "$.integrationServicesConfig[0].omagserverPlatformRootURL", "is not a URL", "https://"),
        ({"connector__refreshTimeInterval": "soon"}, CONNECTOR + ".refreshTimeInterval", "Expected", ""),
        ({"connector__refreshTimeIntervall": 5}, CONNECTOR + ".refreshTimeIntervall", "not known",
         "refreshTimeInterval?"),
        ({"connector__connectorName": " "}, CONNECTOR + ".connectorName", "the name is empty", ""),
        ({"connector__permittedSynchronization": "SIDEWAYS"}, CONNECTOR + ".permittedSynchronization", "SIDEWAYS", ""),
        ({"connector__connection": {"connectorType": {"connectorProviderClassName": "com.example.Nothing"}}},
         CONNECTOR + ".connection.connectorType.connectorProviderClassName", "is not known to this daemon", ""),
        ({"connector__connection": {"connectorType": {"connectorProviderClassName": "data-files-monitor"},
                                    "configurationProperties": {"allowCatalogDeletes": True}}},
         CONNECTOR + ".connection.configurationProperties.allowCatalogDeletes", "no such setting",
         "allowCatalogDelete?"),
        ({"connector__connection": {"connectorType": {"connectorProviderClassName": "data-files-monitor"},
                                    "clearPassword": "hunter2"}},
         CONNECTOR + ".connection.clearPassword", "the document contains a secret", "env:NAME"),
        ({"repositoryServicesConfig": {"auditLogConnections": [
            {"connectorType": {"connectorProviderClassName": "consol"}}]}},
         "$.repositoryServicesConfig.auditLogConnections[0]", "no audit log destination consol", ""),
    ],
)  # fmt: skip
def test_the_check_reports_the_place_and_a_suggestion(changes: dict[str, Any], path: str, text: str, hint: str) -> None:
    (problem,) = [each for each in problems_of(**changes) if each.path == path]

    assert text in problem.text
    assert hint in problem.hint
    assert "hunter2" not in str(problem)


def test_duplicate_names_are_problems() -> None:
    raw = json.loads(our_document(PLATFORM))
    services = raw["integrationServicesConfig"]
    services[0]["integrationConnectorConfigs"][1]["connectorName"] = "OakDeneLandingAreaFilesMonitor"
    services[1]["integrationServiceURLMarker"] = "files-integrator"

    found = {problem.path: problem.text for problem in check_raw(raw) if problem.is_error}

    assert found == {
        "$.integrationServicesConfig[0].integrationConnectorConfigs[1].connectorName":
            f"'OakDeneLandingAreaFilesMonitor' is already used at {CONNECTOR}.connectorName",
        "$.integrationServicesConfig[1].integrationServiceURLMarker":
            "'files-integrator' is already used at $.integrationServicesConfig[0].integrationServiceURLMarker",
    }  # fmt: skip


def test_the_check_reports_every_problem() -> None:
    found = problems_of(maxPageSize="x", connector__refreshTimeInterval="y", service__omagserverName=None, typo=1)

    assert {problem.path.rpartition(".")[2] for problem in found} == {
        "maxPageSize", "refreshTimeInterval", "omagserverName", "typo",
    }  # fmt: skip


def test_the_starter_documents_have_no_problems() -> None:
    assert check_raw(msgspec.yaml.decode(STARTER)) == []
    assert check_raw(for_showing(quick_start_document())) == []


def test_a_stored_document_is_complete_and_private(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    raw = document(
        connector__connection={
            "connectorType": {"connectorProviderClassName": "data-files-monitor"},
            "clearPassword": "hunter2",
            "securedProperties": {"key": "env:KEY"},
        },
        auditTrail=["once"],
        eventBusConfig={"anything": [1, {"at": "all"}]},
    )
    config = convert(raw, "it")
    store.save(config)

    assert store.load("exchangeDL01") == config
    assert store.names() == ["exchangeDL01"]
    path = tmp_path / "servers" / "exchangeDL01" / "config" / "exchangeDL01.config"
    assert path.stat().st_mode & 0o777 == 0o600
    store.delete("exchangeDL01")
    assert store.load("exchangeDL01") is None


def test_a_damaged_stored_document_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "servers" / "a" / "config" / "a.config"
    path.parent.mkdir(parents=True)
    path.write_text('{"localServerName": ')

    with pytest.raises(ConfigurationError, match="stored configuration document of server a cannot be used"):
        DocumentStore(tmp_path).load("a")


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "", ".hidden", "a\nb", "x" * 200])
def test_a_server_name_cannot_lead_out_of_the_directory(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        DocumentStore(tmp_path).load(name)


@given(st.text(min_size=6).filter(lambda secret: not secret.startswith(("env:", "file:"))))
def test_secrets_of_a_document_are_not_shown(secret: str) -> None:
    marked = f"s3cr3t{secret}"
    raw = document(
        localServerPassword=marked,
        connector__connection={
            "connectorType": {"connectorProviderClassName": "data-files-monitor"},
            "clearPassword": marked,
            "securedProperties": {"anything": marked},
            "configurationProperties": {"apiToken": marked, "nested": {"password": marked}},
        },
    )
    config = convert(raw, "it")

    shown = json.dumps(for_showing(config)) + repr((config.integration_services_config or [])[0])
    assert "s3cr3t" not in shown
    assert "s3cr3t" not in str(check_raw(raw))
    assert b"s3cr3t" in encode_for_store(config)


def test_a_password_in_a_url_is_not_shown() -> None:
    shown = for_showing({"address": "postgresql://me:hush@host/db", "other": "see https://host:80/a@b"})
    assert shown == {"address": "postgresql://me:********@host/db", "other": "see https://host:80/a@b"}


def test_connector_ids_are_stable() -> None:
    config = convert(document(connector__connectorId=None), "it")

    assert _id(complete(config)) == _id(complete(config)) != ""


def _id(config: OMAGServerConfig) -> str | None:
    (service,) = config.integration_services_config or []
    (connector,) = service.integration_connector_configs or []
    return connector.connector_id
