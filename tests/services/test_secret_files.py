"""Secrets in files: where they may be, what they may be, and that a changed file is read again."""

import os
import re
from pathlib import Path

import pytest

from services.errors import ConnectorConfigurationError
from services.secret import Secret
from services.secret_sources.access import bounds, grant


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a data directory, secrets beside it, and a document elsewhere."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    for each in ("var/data", "var/secrets", "etc/deeper", "credentials", "outside"):
        (tmp_path / each).mkdir(parents=True)
        (tmp_path / each / "password").write_text(f"of {each}\n")
    grant(bounds(tmp_path / "var" / "data", [tmp_path / "etc" / "daemon.yaml"]))
    return tmp_path


def revealed(path: object) -> str:
    return Secret(f"file:{path}").reveal()


@pytest.mark.parametrize("place", ["var/secrets", "etc", "credentials"])
def test_secrets_beside_the_data_directory_beside_the_document_and_from_systemd_are_read(
    place: str, home: Path
) -> None:
    (home / place / "password").write_text("s3cret\n")
    assert revealed(home / place / "password") == "s3cret"


def test_secrets_in_subdirectories_are_read(home: Path) -> None:
    (home / "var" / "secrets" / "deeper").mkdir()
    (home / "var" / "secrets" / "deeper" / "password").write_text("s3cret")
    assert revealed(home / "var" / "secrets" / "deeper" / "password") == "s3cret"


def test_an_administrator_can_allow_another_directory(home: Path) -> None:
    grant(bounds(home / "var" / "data", [], directories=[str(home / "outside")]))
    assert revealed(home / "outside" / "password") == "of outside"


@pytest.mark.parametrize(
    "path",
    [
        "outside/password",
        "var/secrets/../../outside/password",
        "var/secrets",
        "etc/deeper/password",
        "etc/.pgpass",
        "var/data/password",
        "var/secrets/link",
        "var/secrets/linked/password",
        "var/secrets-too/password",
        "nowhere/password",
    ],
)
def test_files_elsewhere_are_refused_and_not_read(path: str, home: Path) -> None:
    (home / "var" / "secrets" / "link").symlink_to(home / "outside" / "password")
    (home / "var" / "secrets" / "linked").symlink_to(home / "outside")
    (home / "etc" / ".pgpass").write_text("hidden")
    (home / "var" / "secrets-too").mkdir()
    (home / "var" / "secrets-too" / "password").write_text("of a similar name")
    with pytest.raises(ConnectorConfigurationError, match=re.escape(f"the file is not below {home}/var/secrets or")):
        revealed(home / path)


def test_a_data_directory_among_the_secrets_is_refused(home: Path) -> None:
    grant(bounds(home / "etc" / "data", [home / "etc" / "daemon.yaml"], directories=[str(home / "etc")]))
    token = home / "etc" / "data" / "security" / "local-token"
    token.parent.mkdir(parents=True)
    token.write_text("idt_x")
    with pytest.raises(ConnectorConfigurationError, match="may not be followed"):
        revealed(token)


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (lambda path: os.mkfifo(path), "it is not a regular file"),
        (lambda path: path.mkdir(), "it is not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "may not be followed"),
        (lambda path: path.write_text("x" * 70_000), "it is larger than 65536 bytes"),
        (lambda path: path.write_text("-----BEGIN KEY-----\nabc\n"), "it has more than one line"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "it is not a text in UTF-8"),
        (lambda path: None, "No such file or directory"),
    ],
    ids=["pipe", "directory", "device", "large", "lines", "bytes", "missing"],
)
def test_only_a_regular_file_of_one_line_is_a_secret(made: object, problem: str, home: Path) -> None:
    path = home / "var" / "secrets" / "odd"
    made(path)  # type: ignore[operator]
    with pytest.raises(ConnectorConfigurationError, match=problem) as caught:
        revealed(path)
    assert "abc" not in str(caught.value)


def test_an_impossible_path_is_refused(home: Path) -> None:
    with pytest.raises(ConnectorConfigurationError, match="may not be followed"):
        revealed(f"{home}/var/secrets/a\0b")


def test_a_secret_replaced_by_kubernetes_is_read_again(home: Path) -> None:
    """Kubernetes mounts `password -> ..data/password` and `..data -> ..TIME`, and replaces `..data` as a whole."""
    for mount in (home / "var" / "secrets" / "db", home / "etc"):
        mount.mkdir(exist_ok=True)
        (mount / "password").unlink(missing_ok=True)
        (mount / "password").symlink_to("..data/password")
        secret = Secret(f"file:{mount / 'password'}")
        for number, value in enumerate(("first value", "second value")):
            (mount / f"..2026_{number}").mkdir()
            (mount / f"..2026_{number}" / "password").write_text(value)
            (mount / "..data_tmp").symlink_to(f"..2026_{number}")
            (mount / "..data_tmp").replace(mount / "..data")
            assert secret.reveal() == value


def test_patterns_limit_the_environment_variables_that_are_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "s3cret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of somebody else")
    assert Secret("env:AWS_SECRET_ACCESS_KEY").reveal() == "of somebody else"
    grant(bounds(home / "var" / "data", [], variables=["*_PASSWORD", "SALES_?"]))
    assert Secret("env:DB_PASSWORD").reveal() == "s3cret"
    with pytest.raises(ConnectorConfigurationError, match=r"is not \*_PASSWORD or SALES_\?"):
        Secret("env:AWS_SECRET_ACCESS_KEY").reveal()
