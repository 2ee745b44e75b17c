"""The address of a PostgreSQL server, or of one of its databases."""

import re
from typing import NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from services.address_password import CREDENTIALS_IN_ADDRESS
from services.framework.context import IntegrationContext
from services.libpq import libpq_targets, require_harmless

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


class PostgresAddress(NamedTuple):
    """A server, or one database of a server."""

    conninfo: str
    host: str
    port: str
    database: str | None
    user: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" + (f"::{self.database}" if self.database else "")

    def grant(self, database: str | None) -> str:
        """The statement that permits the user to connect; the default database has the name of the user."""
        return f"GRANT CONNECT ON DATABASE {quoted(database or self.user)} TO {quoted(self.user)};"

    def with_database(self, database: str | None) -> "PostgresAddress":
        """The address of a database of the same server."""
        return self._replace(database=database)


def postgres_address(address: str, user: str | None) -> PostgresAddress:
    """Parse an address in the form of libpq; raises `ValueError` for an invalid address."""
    try:
        parts = conninfo_to_dict(address)
    except psycopg.Error as error:
        raise ValueError(" ".join(str(error).split())) from None
    require_harmless(parts)
    if parts.pop("password", None) is not None:
        raise ValueError(CREDENTIALS_IN_ADDRESS)
    database = parts.pop("dbname", None)
    name = user or parts.pop("user", None) or "postgres"
    host, port = str(parts.get("host") or "localhost"), str(parts.get("port") or "5432")
    return PostgresAddress(make_conninfo(**{**parts, "user": str(name)}), host, port, database, str(name))  # type: ignore[arg-type]


def require_allowed_address(context: IntegrationContext, address: PostgresAddress) -> None:
    """Raise `ConnectorConfigurationError` for an address that the platform does not allow connections to."""
    if context.settings.allowance.endpoints is not None:
        context.require_allowed(*libpq_targets(conninfo_to_dict(address.conninfo, dbname=address.database)))


def quoted(name: str) -> str:
    """An identifier in the form of an SQL statement, quoted if necessary."""
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'
