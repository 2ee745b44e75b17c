"""A connection to PostgreSQL uses what its document says, and nothing that belongs to the user of the daemon."""

from pathlib import Path

import pytest

from services.database.postgres_database import PostgresDatabase
from services.errors import ConnectorConfigurationError, PropertyServerError, UserNotAuthorizedError
from services.libpq import options_of_document
from services.metadata.postgres import open_postgres_store
from services.postgres.address import postgres_address
from tests.servers.thief import thief


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Passwords of the daemon's user, where libpq looks for them."""
    passwords = tmp_path / "pgpass"
    passwords.write_text("*:*:*:*:hunter2\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    return passwords


@pytest.mark.parametrize("variable", ["PGPASSWORD", "PGPASSFILE"])
async def test_no_server_gets_a_password_that_the_document_does_not_name(
    variable: str, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable == "PGPASSWORD":
        monkeypatch.setenv(variable, "hunter2")
    with thief() as server:
        with pytest.raises(UserNotAuthorizedError):
            PostgresDatabase(postgres_address(server.address, None), None, 10)
        with pytest.RaisesGroup(PropertyServerError, allow_unwrapped=True, flatten_subgroups=True):
            async with open_postgres_store(server.address, None):
                pass
        assert server.callers == 2
        assert server.passwords == []


def test_no_variable_leads_a_connection_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSSLCERT", "PGSSLKEY"):
        monkeypatch.setenv(variable, "1")
    options = options_of_document({"dbname": "sales", "user": "me"}, None)
    assert (options["host"], options["hostaddr"], options["port"]) == ("localhost", "", "5432")
    assert options["sslcert"] == options["sslkey"] == options["passfile"] == "/dev/null/none"
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    with pytest.raises(ConnectorConfigurationError, match="PGSERVICE is set in the environment"):
        options_of_document({"host": "db.example"}, None)


@pytest.mark.parametrize(
    ("given", "used"),
    [("", "!gss,!sspi"), ("!password", "!password,!gss,!sspi"), ("scram-sha-256", "scram-sha-256")],
)
def test_no_server_has_the_daemon_log_on_by_kerberos(given: str, used: str) -> None:
    assert options_of_document({"require_auth": given}, None)["require_auth"] == used
    with pytest.raises(ValueError, match="it asks for Kerberos"):
        postgres_address("host=db.example require_auth=none,gss", None)


def test_the_key_of_a_certificate_is_where_secrets_may_be(tmp_path: Path) -> None:
    with pytest.raises(ConnectorConfigurationError, match="may not be followed"):
        options_of_document({"sslcert": f"{tmp_path}/cert", "sslkey": f"{tmp_path}/key"}, None)
