"""Users with passwords: added, listed and removed by the command line, without a password that others could see."""

import json
import ssl
import subprocess
from pathlib import Path

import httpx2
import pytest
import trustme

from tests.end_to_end.program import PATIENCE, PROGRAM, Certificates, command, running
from tests.end_to_end.terminal import terminal

PASSWORD = "correct horse battery staple"


def user(directory: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """A `user` command with something on its standard input."""
    return subprocess.run(
        [*PROGRAM, "user", *arguments, "--data-dir", str(directory / "data")],
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def add(directory: Path, name: str, typed: str = f"{PASSWORD}\n") -> subprocess.CompletedProcess[str]:
    return user(directory, "add", name, "--role", "viewer", typed=typed)


def listed(directory: Path) -> list[str]:
    return [each["name"] for each in json.loads(user(directory, "list", "--json").stdout)]


def test_a_running_platform_accepts_a_new_user_when_the_command_returns(tmp_path: Path) -> None:
    with running(tmp_path) as program, httpx2.Client(base_url=program.url) as client:
        for name in ("erinoverview", "garygeeke", "peterprofile"):
            assert add(tmp_path, name).returncode == 0
            assert client.get("/api/v1/servers", auth=(name, PASSWORD)).status_code == 200


def test_users_can_be_added_listed_and_removed(tmp_path: Path) -> None:
    assert listed(tmp_path) == []
    assert add(tmp_path, "erinoverview").returncode == 0
    assert add(tmp_path, "garygeeke").returncode == 0
    assert listed(tmp_path) == ["erinoverview", "garygeeke"]
    assert "viewer" in user(tmp_path, "list").stdout
    limited = ("add", "sales", "--role", "operator", "--connectors", "sales-*", "--certificate")
    assert user(tmp_path, *limited).returncode == 0
    assert "connectors sales-*" in user(tmp_path, "list").stdout
    assert user(tmp_path, "remove", "sales").returncode == 0
    assert "There is a user with the name garygeeke already" in add(tmp_path, "garygeeke").stderr
    assert user(tmp_path, "remove", "garygeeke").returncode == 0
    assert listed(tmp_path) == ["erinoverview"]
    for arguments in (("remove", "garygeeke"), ("set-password", "garygeeke")):
        result = user(tmp_path, *arguments, typed=f"{PASSWORD}\n")
        assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
        assert "There is no user with the name garygeeke" in result.stderr


def test_only_the_hash_of_a_password_is_stored_in_a_private_file(tmp_path: Path) -> None:
    add(tmp_path, "erinoverview")
    kept = tmp_path / "data" / "security" / "users.json"
    before = kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in before
    user(tmp_path, "set-password", "erinoverview", typed=f"{PASSWORD}\n")
    assert kept.read_text() != before  # the same password has another hash


def test_a_password_is_read_from_the_first_line_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\nsomething else\n")
    file = str(tmp_path / "password")
    added = user(tmp_path, "add", "erinoverview", "--role", "viewer", "--password-file", file)
    assert added.returncode == 0
    missing = user(tmp_path, "set-password", "erinoverview", "--password-file", file + "x")
    assert missing.returncode == 1
    assert f"the password in {file}x cannot be read" in missing.stderr


def test_a_terminal_asks_for_the_password_twice_without_showing_it(tmp_path: Path) -> None:
    arguments = ["user", "add", "erinoverview", "--role", "viewer", "--data-dir", str(tmp_path / "data")]
    for second, status in ((PASSWORD + "x", 1), (PASSWORD, 0)):
        with terminal(*arguments, columns=80) as command:
            command.read_until(lambda shown: "Password:" in shown)
            command.type(f"{PASSWORD}\n")
            command.read_until(lambda shown: "Repeat the password:" in shown)
            command.type(f"{second}\n")
            assert command.end() == status
            assert PASSWORD not in command.shown
    assert listed(tmp_path) == ["erinoverview"]


def test_a_user_can_have_a_client_certificate_instead(tmp_path: Path) -> None:
    certificates, authority = Certificates(tmp_path / "certificates"), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "client-ca.pem")
    assert user(tmp_path, "add", "exchange", "--role", "viewer", "--certificate").returncode == 0
    assert json.loads(user(tmp_path, "list", "--json").stdout)[0]["has"] == "certificate"
    refused = user(tmp_path, "set-password", "exchange", typed=f"{PASSWORD}\n")
    assert "OMAG-PLATFORM-400-184" in refused.stderr
    context = ssl.create_default_context(cafile=str(certificates.ca))
    own = authority.issue_cert(common_name="exchange")
    own.configure_cert(context)
    own.private_key_and_cert_chain_pem.write_to_path(tmp_path / "own.pem")
    trusting = ["--ca-bundle", str(certificates.ca)]
    showing = ["--client-cert", str(tmp_path / "own.pem"), "--client-key", str(tmp_path / "own.pem")]
    options = [*certificates.options, "--tls-client-ca", str(tmp_path / "client-ca.pem")]
    with running(tmp_path, *options, ca=certificates.ca) as program, httpx2.Client(verify=context) as client:
        url = program.url.replace("127.0.0.1", "localhost") + "/api/v1/servers"
        assert client.get(url).status_code == 200
        seen = command("status", "--url", program.url, *trusting, *showing, cwd=tmp_path)
        assert (seen.returncode, seen.stderr) == (0, "")
        refused = command("refresh", "--url", program.url, *trusting, *showing, cwd=tmp_path)
        assert "The caller certificate exchange does not have the permission OPERATE" in refused.stderr
        assert user(tmp_path, "remove", "exchange").returncode == 0
        assert client.get(url).status_code == 401
    plain = command("run", "--tls-client-ca", str(tmp_path / "client-ca.pem"), cwd=tmp_path)
    assert (plain.returncode, "--tls-client-ca needs --tls-cert" in plain.stderr) == (1, True)


@pytest.mark.parametrize("password", ["short", "", "x" * 257, "idt_looks-like-a-token"])
def test_an_invalid_password_is_refused(password: str, tmp_path: Path) -> None:
    refused = add(tmp_path, "erinoverview", typed=f"{password}\n")
    assert refused.returncode == 1
    assert "OMAG-PLATFORM-400-182 The password cannot be used" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_an_unprintable_name_is_a_usage_error(tmp_path: Path) -> None:
    assert add(tmp_path, "erin\noverview").returncode == 2
