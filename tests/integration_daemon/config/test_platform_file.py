"""The platform file is beside the data directory, need not be there, and is refused as a whole for one problem."""

import os
from pathlib import Path

import pytest

from integration_daemon.config.load import ConfigurationError
from integration_daemon.config.platform_file import EMPTY, PlatformFile, default_platform_file, load_platform_file
from integration_daemon.security.grants import Grants
from integration_daemon.security.permissions import Caller, Permission, Role


def loaded(directory: Path, content: str, name: str = "platform.yaml") -> PlatformFile:
    path = directory / name
    path.write_text(content)
    return load_platform_file(path, is_named=True)


def refusal(directory: Path, content: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        loaded(directory, content)
    return str(refused.value)


def test_a_missing_platform_file_has_the_default_settings(tmp_path: Path) -> None:
    assert load_platform_file(tmp_path / "platform.yaml", is_named=False) is EMPTY


def test_a_named_platform_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_platform_file(tmp_path / "platform.yaml", is_named=True)


def test_a_dangling_link_as_platform_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match="No such file"):
        load_platform_file(tmp_path / "platform.yaml", is_named=False)


def test_a_file_that_others_can_write_is_not_used(tmp_path: Path) -> None:
    loaded(tmp_path, "")
    (tmp_path / "platform.yaml").chmod(0o666)
    with pytest.raises(ConfigurationError, match="every user of this machine can write it"):
        load_platform_file(tmp_path / "platform.yaml", is_named=True)


def test_a_file_that_another_user_has_put_beside_the_data_directory_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = os.geteuid() or 4711
    (tmp_path / "platform.yaml").write_text("")
    os.chown(tmp_path / "platform.yaml", owner, -1)
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(ConfigurationError, match="it belongs to another user"):
        load_platform_file(tmp_path / "platform.yaml", is_named=False)
    assert load_platform_file(tmp_path / "platform.yaml", is_named=True) == EMPTY


@pytest.mark.parametrize("data", ["data", "/var/lib/daemon/data", "/var/lib/daemon/other/../data", "."])
def test_the_default_platform_file_is_beside_the_data_directory(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    directory = {"data": tmp_path, ".": tmp_path.parent}.get(data, Path("/var/lib/daemon"))
    assert default_platform_file(Path(data)) == directory / "platform.yaml"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("platform.yaml", "allowedHosts:\n- '*.example.com'\n"),
        ("platform.json", '{"allowedHosts": ["*.example.com"]}'),
        ("platform.toml", 'allowedHosts = ["*.example.com"]'),
    ],
)
def test_a_platform_file_may_have_any_format_of_a_document(name: str, content: str, tmp_path: Path) -> None:
    (pattern,) = loaded(tmp_path, content, name).allowed_hosts or ()
    assert pattern.matches("daemon.example.com")


def test_an_empty_platform_file_has_the_default_settings(tmp_path: Path) -> None:
    assert loaded(tmp_path, "# nothing yet\n") == EMPTY


def test_every_problem_is_reported_with_its_line_its_place_and_its_remedy(tmp_path: Path) -> None:
    said = refusal(tmp_path, "allowedHost: [a]\nallowedHosts:\n- good.example\n- https://bad.example\n- 1\n")
    path = tmp_path / "platform.yaml"
    assert f"{path}:1: error: $.allowedHost: this field is not known (did you mean allowedHosts?)" in said
    assert f"{path}:4: error: $.allowedHosts[1]: 'https://bad.example' is not a host name" in said
    assert f"{path}:5: error: $.allowedHosts[2]: Expected `str` (correct the value)" in said


def test_a_platform_file_that_is_not_an_object_is_refused(tmp_path: Path) -> None:
    assert "platform.yaml:1: error: $: a platform file is an object" in refusal(tmp_path, "- allowedHosts\n")


def test_a_grant_has_callers_and_a_role_and_may_have_a_scope(tmp_path: Path) -> None:
    file = loaded(tmp_path, "grants:\n- {callers: ['token ci-*'], role: operator, connectors: ['sales-*']}\n")
    caller = Grants(file.grants).added_to(Caller("token ci-1", (Role.VIEWER,)))
    assert caller.granted_scopes(Permission.READ_STATUS).is_unlimited
    assert caller.granted_scopes(Permission.OPERATE).has_connector("any", "sales-1")
    assert not caller.granted_scopes(Permission.OPERATE).has_connector("any", "hr-1")
    other = Grants(file.grants).added_to(Caller("user token ci-1", (Role.VIEWER,)))
    assert other.granted_scopes(Permission.OPERATE).is_empty


@pytest.mark.parametrize(
    ("grant", "problem"),
    [
        ("role: operator", "$.grants[0].callers: this field is required"),
        ("{callers: ['*'], role: operator, connectors: }", "$.grants[0].connectors: this field has no value"),
        ("{callers: ['*'], role: operator, servers: []}", "$.grants[0].servers: Expected `array` of length >= 1"),
        ("{callers: ['*'], role: operator, servers: ['']}", "$.grants[0].servers[0]: Expected `str` of length >= 1"),
        ("{callers: ['*'], role: king}", "$.grants[0].role: Invalid enum value 'king'"),
        ("{callers: ['*'], role: operator, connector: ['a']}", "$.grants[0].connector: this field is not known"),
        ("{callers: ['*'], role: metadata-reader, connectors: ['a']}", "cannot be limited to connectors"),
    ],
)
def test_a_grant_that_could_grant_more_than_was_meant_is_refused(grant: str, problem: str, tmp_path: Path) -> None:
    assert problem in refusal(tmp_path, f"grants:\n- {grant}\n")
