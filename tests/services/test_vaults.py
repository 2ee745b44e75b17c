"""Secrets in vaults, and credentials of a systemd service."""

import gzip
import ssl
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from audit.errors import DescribedError
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError
from services.secret import Secret
from services.secret_sources.access import bounds, grant
from services.vaults.hashicorp import REMEMBERED, HashiCorpVault
from tests.servers.vault import TOKEN, Vault, vault

DB = "secret/data/sales/db"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    with vault() as found:
        monkeypatch.setenv("VAULT_ADDR", found.url)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        monkeypatch.delenv("VAULT_NAMESPACE", raising=False)
        found.secrets[DB] = {"password": "s3cret", "port": 5432, "of several lines": "a\nb"}
        yield found


def test_a_reference_reads_a_key_of_a_secret(server: Vault) -> None:
    assert Secret("vault:secret/sales/db#password").is_reference
    assert Secret("vault:secret/sales/db#password").reveal() == "s3cret"
    assert HashiCorpVault().read("secret/sales/db#of several lines") == "a\nb"


def test_a_secret_is_cached_for_a_while_and_then_read_again(server: Vault) -> None:
    now = 1000.0
    reader = HashiCorpVault(clock=lambda: now)
    assert [reader.read("secret/sales/db#password") for _ in range(3)] == ["s3cret"] * 3
    assert len(server.asked) == 1
    server.secrets[DB] = {"password": "rotated"}
    now += REMEMBERED + 1
    assert reader.read("secret/sales/db#password") == "rotated"


def test_a_namespace_and_unusual_names_are_passed_on(server: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_NAMESPACE", "sales")
    server.namespace = "sales"
    server.secrets["kv/data/a%20b%3Fc/%C3%A9"] = {"x": "found"}
    assert HashiCorpVault().read("kv/a b?c/é#x") == "found"


def test_the_token_can_be_a_credential_of_the_service(
    server: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vault-token").write_text(TOKEN + "\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("VAULT_TOKEN", "credential:vault-token")
    assert HashiCorpVault().read("secret/sales/db#password") == "s3cret"


def test_over_tls_the_certificate_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with vault(context) as server:
        server.secrets[DB] = {"password": "s3cret"}
        monkeypatch.setenv("VAULT_ADDR", server.url)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        with pytest.raises(ThirdPartyUnavailableError, match="ConnectError"):
            HashiCorpVault().read("secret/sales/db#password")
        assert server.asked == []
        monkeypatch.setenv("VAULT_CACERT", str(tmp_path / "ca.pem"))
        assert HashiCorpVault().read("secret/sales/db#password") == "s3cret"


def sealed(server: Vault) -> None:
    server.status = 503


def busy(server: Vault) -> None:
    server.status = 429


def redirecting(server: Vault) -> None:
    server.status = 307


def of_version_one(server: Vault) -> None:
    server.body = b'{"data":{"password":"s3cret"}}'


def no_vault(server: Vault) -> None:
    server.body = b"<html>s3cret"


def dripping(server: Vault) -> None:
    server.body, server.endless = b"{", b" "


def endless(server: Vault) -> None:
    server.body, server.endless = b"{", b" " * 100_000
    server.pause.set()


def empty(server: Vault) -> None:
    server.secrets.clear()


@pytest.mark.parametrize(
    ("fault", "error", "problem"),
    [
        (sealed, ThirdPartyUnavailableError, "it answers with 503"),
        (busy, ThirdPartyUnavailableError, "it answers with 429"),
        (redirecting, ConnectorConfigurationError, "the vault answers 307"),
        (of_version_one, ConnectorConfigurationError, "not that of a key-value engine of version 2"),
        (no_vault, ConnectorConfigurationError, "not that of a key-value engine of version 2"),
        (dripping, ThirdPartyUnavailableError, "TimeoutError while secret/data/sales/db was read"),
        (endless, ThirdPartyUnavailableError, "ValueError while secret/data/sales/db was read"),
        (empty, ConnectorConfigurationError, "nothing is there"),
    ],
)
def test_a_fault_of_the_vault_is_one_clear_error(
    fault: Callable[[Vault], None], error: type[DescribedError], problem: str, server: Vault
) -> None:
    fault(server)
    with pytest.raises(error, match=problem) as caught:
        HashiCorpVault(deadline=1).read("secret/sales/db#password")
    assert "s3cret" not in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "error", "problem"),
    [
        (
            "VAULT_TOKEN",
            "hvs.of-somebody-else",
            UserNotAuthorizedError,
            "refuses to give the secret vault:secret/sales",
        ),
        ("VAULT_TOKEN", "", ConnectorConfigurationError, "VAULT_TOKEN is not set"),
        ("VAULT_TOKEN", "file:/etc/hostname", ConnectorConfigurationError, "may not be followed"),
        ("VAULT_TOKEN", "a\nb", ThirdPartyUnavailableError, "LocalProtocolError"),
        ("VAULT_ADDR", "", ConnectorConfigurationError, "VAULT_ADDR is no URL"),
        ("VAULT_ADDR", "http://vault.example.com:8200", ConnectorConfigurationError, "begins with https://"),
        ("VAULT_ADDR", "http://[", ConnectorConfigurationError, "VAULT_ADDR is no URL"),
        ("VAULT_ADDR", "http://localhost:1", ThirdPartyUnavailableError, "ConnectError"),
        ("VAULT_CACERT", "/nowhere", ThirdPartyUnavailableError, "FileNotFoundError"),
    ],
)
def test_a_wrong_setting_is_one_clear_error(
    name: str, value: str, error: type[DescribedError], problem: str, server: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(error, match=problem) as caught:
        HashiCorpVault(deadline=1).read("secret/sales/db#password")
    assert "somebody" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["", "secret#password", "secret/sales/db", "secret/../sys/raw#x", "/sales/db#x", "secret//db#x", "secret/./db#x"],
)
def test_a_malformed_reference_is_not_sent_to_the_vault(name: str, server: Vault) -> None:
    with pytest.raises(ConnectorConfigurationError, match="not in the form vault:MOUNT/PATH#KEY"):
        Secret(f"vault:{name}").reveal()
    assert server.asked == []


@pytest.mark.parametrize("key", ["user", "port"])
def test_a_key_without_a_text_is_one_clear_error(key: str, server: Vault) -> None:
    with pytest.raises(ConnectorConfigurationError, match=f"secret/sales/db has no key {key} with a text"):
        HashiCorpVault().read(f"secret/sales/db#{key}")


@pytest.mark.parametrize("name", ["VAULT_TOKEN", "VAULT_ADDR"])
def test_a_document_cannot_read_the_credentials_of_the_vault(name: str, server: Vault) -> None:
    with pytest.raises(ConnectorConfigurationError, match="the variable is for reaching a vault"):
        Secret(f"env:{name}").reveal()


def test_a_connector_process_gets_the_variables_of_the_vault_only_if_it_has_secrets_there() -> None:
    assert "VAULT_TOKEN" in Secret("vault:secret/sales/db#password").environment_variables
    assert Secret("file:/run/secrets/x").environment_variables == frozenset()
    assert Secret("env:X").environment_variables == {"X"}
    assert Secret("s3cret").environment_variables == frozenset()


def test_credentials_of_systemd_are_read_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "db").write_text("first value\n")
    (tmp_path / "private").write_text("of somebody else")
    secret = Secret("credential:db")
    assert secret.reveal() == "first value"
    (tmp_path / "credentials" / "db").write_text("second value\n")
    assert secret.reveal() == "second value"
    with pytest.raises(ConnectorConfigurationError, match="the name of a credential is no path"):
        Secret("credential:../private").reveal()
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(ConnectorConfigurationError, match="the variable CREDENTIALS_DIRECTORY is not set"):
        secret.reveal()


def test_a_daemon_under_systemd_can_read_its_credentials_as_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "db").write_text("s3cret")
    grant(bounds(tmp_path / "data", []))
    assert Secret(f"file:{tmp_path}/credentials/db").reveal() == "s3cret"


def test_a_compressed_answer_is_not_unpacked(server: Vault) -> None:
    server.encoding, server.body = "gzip", gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(DescribedError):
            HashiCorpVault().read("secret/sales/db#password")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000
