"""Opens the database at an endpoint's address; the scheme of the URL determines the technology.

The drivers are an extra (`integration-daemon[databases]`), and each is imported when it is first needed.
"""

from collections.abc import Callable
from importlib.util import find_spec
from urllib.parse import unquote

import msgspec

from services.address_password import require_no_password
from services.allowance import Target, file_target
from services.database import messages
from services.database.description import DatabaseSource
from services.errors import ConnectorConfigurationError
from services.framework.context import IntegrationContext

_DRIVERS = {
    "postgresql": ("psycopg", "sqlglot"),
    "mariadb": ("pymysql", "sqlglot"),
    "sqlite": ("apsw", "sqlglot"),
    "duckdb": ("duckdb", "sqlglot"),
}
_OTHER_NAMES = {"postgres": "postgresql", "mysql": "mariadb"}


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """The functions that open the databases at an address. Calls block, and raise one of `services.errors`."""

    address: str
    """The address in messages, without secrets."""
    user: str = ""
    databases: Callable[[], dict[str, bool]] | None = None
    """All databases, and whether each accepts connections; `None` if the address names a single database."""
    grant: Callable[[str | None], str] | None = None
    """The statement that grants the user the required privileges on a database; `None` if there are no users."""
    open: Callable[[str | None], DatabaseSource]
    """Opens a database by name, or the single database."""


def opening_of(context: IntegrationContext, statement_timeout: float) -> Opening:
    """The opening for a connection; raises `ConnectorConfigurationError` if its address is not that of a database."""
    address = (context.connection.address or "").removeprefix("jdbc:")
    scheme, _, rest = address.partition(":")
    scheme = _OTHER_NAMES.get(scheme, scheme)
    try:
        require_no_password(address)
        if scheme not in _DRIVERS:
            raise ValueError("it is missing" if not address else f"it begins with {scheme[:40]!r}")
        _require_drivers(context, scheme)
        if scheme == "postgresql":
            return _postgres(context, address, statement_timeout)
        if scheme == "mariadb":
            return _mariadb(context, address, statement_timeout)
        return _file(context, scheme, _path(rest))
    except ValueError as error:
        raise _not_understood(context, str(error)) from None


def _require_drivers(context: IntegrationContext, scheme: str) -> None:
    for driver in _DRIVERS[scheme]:
        if find_spec(driver) is None:
            raise ConnectorConfigurationError(messages.DRIVER_MISSING, connector=context.connector_name, driver=driver)


def _postgres(context: IntegrationContext, address: str, statement_timeout: float) -> Opening:
    from services.database.postgres_database import PostgresDatabase, databases_of
    from services.postgres.address import postgres_address, require_allowed_address

    server = postgres_address(address, context.connection.user_id)
    require_allowed_address(context, server)

    def opened(name: str | None) -> DatabaseSource:
        return PostgresDatabase(server.with_database(name or server.database), _password(context), statement_timeout)

    def databases() -> dict[str, bool]:
        return databases_of(server, _password(context), statement_timeout)

    return Opening(
        address=str(server),
        user=server.user,
        databases=None if server.database else databases,
        grant=server.grant,
        open=opened,
    )


def _mariadb(context: IntegrationContext, address: str, statement_timeout: float) -> Opening:
    from services.database.mariadb_server import MariaDBServer, mariadb_address

    server = mariadb_address(address, context.connection.user_id)
    context.require_allowed(Target(server.host, server.port, f"/{server.database}" if server.database else ""))
    if server.ca_file is not None:
        context.require_allowed(file_target(server.ca_file))
    return Opening(
        address=str(server),
        user=server.user,
        grant=server.grant,
        open=lambda _: MariaDBServer(server, _password(context), statement_timeout),
    )


def _file(context: IntegrationContext, scheme: str, path: str) -> Opening:
    def opened(_: str | None) -> DatabaseSource:
        context.require_allowed(file_target(path))  # at each opening, because the target of a symbolic link may change
        if scheme == "duckdb":
            from services.database.duckdb_file import DuckDBFile

            return DuckDBFile(path)
        from services.database.sqlite_file import SQLiteFile

        return SQLiteFile(path)

    return Opening(address=path, open=opened)


def _path(rest: str) -> str:
    """Path in `sqlite:///absolute`, `sqlite://relative`, `sqlite:relative`, or SQLAlchemy's `sqlite:////absolute`."""
    path = unquote(rest.removeprefix("//"))
    if not path:
        raise ValueError("it names no file")
    return f"/{path.lstrip('/')}" if path.startswith("/") else path


def _password(context: IntegrationContext) -> str | None:
    secret = context.connection.clear_password
    return None if secret is None else secret.reveal()


def _not_understood(context: IntegrationContext, problem: str) -> ConnectorConfigurationError:
    return ConnectorConfigurationError(
        messages.ADDRESS_NOT_UNDERSTOOD, connector=context.connector_name, problem=problem
    )
