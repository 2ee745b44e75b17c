"""Documents that would exhaust memory, hang or mislead a reader: each is one clear error, in every format."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from integration_daemon.config.check import check_raw
from integration_daemon.config.load import MOST_BYTES, ConfigurationError, decode_document, load_document, read_document

NAME = {
    ".json": '{"localServerName": "a", %s}',
    ".yaml": "localServerName: a\n%s\n",
    ".toml": 'localServerName = "a"\n%s\n',
}
BOMB = "\n".join(
    ["eventBusConfig:", "  a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"  a{each}: &a{each} [{', '.join([f'*a{each - 1}'] * 10)}]" for each in range(1, 12)]
)


@pytest.mark.parametrize(
    ("ending", "content", "problem"),
    [
        (".yaml", "auditTrail: &x [*x]", r"the alias \*x stands within what it names \(line 2, column 17\)"),
        (".yaml", "eventBusConfig: &x\n  a: {b: *x}", r"the alias \*x stands within what it names \(line 3"),
        (".yaml", BOMB, r"its aliases stand for more than a document can hold"),
        (".yaml", "auditTrail: *x", r"undefined alias|names nothing"),
        (".yaml", "auditTrail: " + "[" * 100_000, r"nested more than 100 deep \(line 2"),
        (".json", '"eventBusConfig": ' + "[" * 900 + "]" * 900, r"\$\.eventBusConfig.*nested more than 100 deep"),
        (".json", '"eventBusConfig": ' + "[" * 100_000, r"nested more than 100 deep"),
        (".toml", "eventBusConfig." + ".".join("a" * 900) + " = 1", r"\$\.eventBusConfig.*nested more than 100 deep"),
        (".toml", "eventBusConfig = " + "[" * 100_000, r"nested more than 100 deep"),
        (".yaml", "maxPageSize: 10:30", r"\$\.maxPageSize: Expected `int`, got `str`"),
        (".yaml", "maxPageSize: 1\nmaxPageSize: 2", r"'maxPageSize' stands twice .*\(line 3, column 1\)"),
        (".json", '"maxPageSize": 1,\n"maxPageSize": 2', r"\$\.maxPageSize: the key stands twice .*\(line 2\)"),
        (".toml", "maxPageSize = 1\nmaxPageSize = 2", r"Cannot overwrite a value \(at line 3"),
        (".yaml", "stopDeadlineSeconds: .nan", r"\.nan is not a number .*\(line 2, column 22\)"),
        (".yaml", "stopDeadlineSeconds: -.inf", r"-\.inf is not a number"),
        (".json", '"stopDeadlineSeconds": NaN', r"invalid character \(line 1, column 49\)"),
        (".json", '"stopDeadlineSeconds": 1e999', r"out of range"),
        (".json", '"stopDeadlineSeconds": "inf"', r"\$\.stopDeadlineSeconds: Expected `float` <= 1000000000"),
        (".toml", "stopDeadlineSeconds = inf", r"\$\.stopDeadlineSeconds: inf is not a number"),
        (".toml", "eventBusConfig = nan", r"\$\.eventBusConfig: nan is not a number"),
        (".json", '"eventBusConfig": ' + "9" * 30, r"\$\.eventBusConfig: the number is larger"),
        (".yaml", "eventBusConfig: " + "9" * 5_000, r"too many digits|larger"),
        (".yaml", "? [a, b]\n: c", r"a key must be a text"),
        (".yaml", "eventBusConfig: {1: a}", r"the key 1 is no text; quote it \(line 2"),
        (".yaml", "eventBusConfig: !!python/object:os.system x", r"the tag .* is not known"),
        (".yaml", "---\na: b", r"a second document begins"),
        (".yaml", "organizationName: @x", r"cannot start any token"),
        (".json", '"organizationName": "a\\u0000b"', r"\$\.organizationName: the text has a NUL character"),
    ],
    ids=lambda value: value[:25] if isinstance(value, str) else None,
)  # fmt: skip
def test_hostile_content_is_refused_in_every_format(ending: str, content: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / f"document{ending}"
    path.write_text(NAME[ending] % content)

    with pytest.raises(ConfigurationError, match=problem) as caught:
        load_document(path)

    assert str(path) in str(caught.value)
    if ending == ".json":
        with pytest.raises(ConfigurationError, match=problem):
            decode_document(path.read_bytes())


def test_yaml_anchors_merges_and_number_forms_are_supported(tmp_path: Path) -> None:
    path = tmp_path / "document.yaml"
    path.write_text(
        "localServerName: 'a'\nlocalServerUserId: 010:30\norganizationName: 2024-01-02\nmaxPageSize: 010\n"
        "eventBusConfig:\n  base: &base {a: 1, b: yes}\n  more: {<<: *base, b: [~, 0x10, 1.5, !!str 7]}\n"
    )
    config = load_document(path)
    assert (config.local_server_user_id, config.organization_name, config.max_page_size) == ("010:30", "2024-01-02", 10)
    assert config.event_bus_config == {"base": {"a": 1, "b": True}, "more": {"a": 1, "b": [None, 16, 1.5, "7"]}}


@pytest.mark.parametrize("ending", [".json", ".yaml", ".toml"])
def test_a_file_that_is_not_a_document_is_refused(ending: str, tmp_path: Path) -> None:
    pipe, directory, huge, other = (tmp_path / f"{name}{ending}" for name in ("pipe", "directory", "huge", "other"))
    os.mkfifo(pipe)
    directory.mkdir()
    with huge.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    other.write_bytes(b"\n\n\xff")
    for path, problem in (
        (pipe, "is a pipe, not a regular file"),
        (directory, "is a directory, not a regular file"),
        (Path("/dev/zero"), "is a device, not a regular file"),
        (huge, "is larger than 64 MB"),
        (other, r"it is not UTF-8 \(line 3\)"),
        (Path("a\0b"), "cannot be read"),
    ):
        with pytest.raises(ConfigurationError, match=problem):
            read_document(path)


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    path.write_bytes(b'\xef\xbb\xbf{"localServerName": "a"}')
    assert load_document(path).local_server_name == "a"


@pytest.mark.parametrize(
    ("provider", "properties", "problem"),
    [
        ("console", {"supportedSeverities": 5}, "must be a list such as"),
        ("console", {"supportedSeverities": "Error"}, "must be a list such as"),
        ("console", {"supportedSeverities": ["Error", None]}, "must be a list such as"),
        ("console", {"supportedSeverities": {"Error": 1}}, "must be a list such as"),
        ("console", {"supportedSeverities": ["Errors"]}, "'Errors' is not a severity"),
        (
            "json-lines",
            {"maxMegabytes": "lots"},
            "maxMegabytes .* must be a number from 0.001 to 1,000,000, not 'lots'",
        ),
        ("json-lines", {"maxMegabytes": -1}, "must be a number"),
        ("json-lines", {"maxMegabytes": "nan"}, "must be a number"),
        ("json-lines", {"keepFiles": [1]}, "keepFiles .* must be a number"),
        ("json-lines", {"keepFiles": True}, "must be a number"),
        ("memory-ring", {"capacity": {}}, "capacity .* must be a number"),
    ],
)
def test_invalid_audit_log_settings_are_problems(provider: str, properties: dict[str, Any], problem: str) -> None:
    connection = {
        "connectorType": {"connectorProviderClassName": provider},
        "configurationProperties": properties,
    }
    raw = {"localServerName": "a", "repositoryServicesConfig": {"auditLogConnections": [connection]}}
    (found,) = check_raw(raw)
    assert found.is_error
    assert found.path == "$.repositoryServicesConfig.auditLogConnections[0]"
    assert re.search(problem, found.text)


@pytest.mark.parametrize(
    "store",
    ["postgresql://[", "postgresql://h", "sqlite:x", "", "://", "postgresql://u:p@h/d", "postgresql://u:p/q@h/d"],
)
def test_an_invalid_metadata_store_address_is_a_problem(store: str) -> None:
    (found, *_) = check_raw({"localServerName": "a", "metadataStore": store})
    assert found.path == "$.metadataStore"
    assert found.is_error


@pytest.mark.parametrize("url", ["http://[", "https://host:99999", "https://host:x", "host", "ftp://host", "https://"])
def test_an_invalid_metadata_server_address_is_a_problem(url: str) -> None:
    service = {
        "integrationServiceURLMarker": "files-integrator",
        "omagserverPlatformRootURL": url,
        "omagserverName": "m",
    }
    problems = check_raw({"localServerName": "a", "integrationServicesConfig": [service]})
    assert "$.integrationServicesConfig[0].omagserverPlatformRootURL" in {
        each.path for each in problems if each.is_error
    }
