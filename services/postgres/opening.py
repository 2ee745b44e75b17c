"""Opens connections to PostgreSQL, and classifies their errors."""

from enum import Enum

import psycopg
from psycopg.conninfo import conninfo_to_dict

from services.libpq import in_one_line, options_of_document
from services.postgres.address import PostgresAddress
from services.postgres.connection import BoundedConnection

CONNECT_TIMEOUT = 10
"""Seconds."""
_LOGIN_REFUSED = ("password authentication failed", "no password supplied")
_NOT_LET_IN = ("password", "pg_hba.conf", "permission denied", "authentication", "role ", "not permitted")


class Trouble(Enum):
    """The class of an error of the server or of the connection."""

    NO_SUCH_DATABASE = "NO_SUCH_DATABASE"
    LOGIN_REFUSED = "LOGIN_REFUSED"
    NOT_PERMITTED = "NOT_PERMITTED"
    NOT_AVAILABLE = "NOT_AVAILABLE"


def connect(
    address: PostgresAddress, password: str | None, statement_timeout: float, *, read_only: bool
) -> BoundedConnection:
    """Open a connection, in which names without a schema are those of `pg_catalog`. The time is in seconds. Blocks.

    Raises `psycopg.Error`, which `trouble_of` classifies, and `ConnectorConfigurationError` for forbidden options.
    """
    options = (
        f"-c statement_timeout={int(statement_timeout * 1000)} -c search_path=pg_catalog"
        " -c idle_in_transaction_session_timeout=0" + (" -c default_transaction_read_only=on" if read_only else "")
    )
    own = {
        "application_name": "integration-daemon",
        "connect_timeout": CONNECT_TIMEOUT,
        "options": options,
        "tcp_user_timeout": int(statement_timeout * 1000),
    }
    given = options_of_document(conninfo_to_dict(address.conninfo, dbname=address.database), password)
    connection = BoundedConnection.connect(row_factory=psycopg.rows.tuple_row, **given | own)
    connection.patience = statement_timeout + CONNECT_TIMEOUT
    return connection


def trouble_of(error: psycopg.Error) -> tuple[Trouble, str]:
    """The class of an error and its cause, by its code (PostgreSQL's appendix A), or by its text without a code."""
    cause = in_one_line(error.diag.message_primary or str(error)) or type(error).__name__
    if error.sqlstate == "3D000" or (error.sqlstate is None and 'database "' in cause and "exist" in cause):
        return Trouble.NO_SUCH_DATABASE, cause
    if error.sqlstate == "28P01" or (error.sqlstate is None and any(words in cause for words in _LOGIN_REFUSED)):
        return Trouble.LOGIN_REFUSED, cause
    refused = error.sqlstate in ("28000", "42501")
    if refused or (error.sqlstate is None and any(word in cause for word in _NOT_LET_IN)):
        return Trouble.NOT_PERMITTED, cause
    return Trouble.NOT_AVAILABLE, cause
