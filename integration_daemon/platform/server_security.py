"""Opens the security connector of a server, before any other part of the server starts."""

import trio

from audit.errors import DescribedError
from audit.log import AuditLog
from integration_daemon.config.load import read_document
from integration_daemon.platform import messages
from integration_daemon.platform.server import Server
from integration_daemon.security.server_guard import ServerGuard
from services.allowance import Allowance
from services.errors import ConnectorConfigurationError
from services.framework.connection import Connection
from services.framework.security_broker import find_security_connector
from services.framework.server_security import SecurityContext, ServerSecurityConnector

OPENING = 30.0
"""The time limit, in seconds, for a security connector to read its rules."""


async def open_security(server: Server, log: AuditLog, allowance: Allowance) -> None:
    """Open the security connector that the document names, to authorize requests to the server.

    Raises `ConnectorConfigurationError` if the connector cannot be opened, or if the platform does not allow the
    address of its rules: the server must not start without its security connector.
    """
    connection = server.config.server_security_connection
    if connection is None:
        return
    provider = connection.provider
    shown = provider.removesuffix("Provider") + "Connector" if provider.endswith("Provider") else provider
    log.record(messages.SECURITY_CONNECTOR, connector=shown, server=server.name)
    opened: ServerSecurityConnector | None = None
    with trio.move_on_after(OPENING):
        opened = await trio.to_thread.run_sync(_opened, server.name, connection, allowance, abandon_on_cancel=True)
    if opened is None:
        raise _not_usable(server.name, provider, f"it was not ready within {OPENING:g} seconds")
    server.guard = ServerGuard(opened, server.name, log)


def _opened(server: str, connection: Connection, allowance: Allowance) -> ServerSecurityConnector:
    for address in connection.addresses:
        allowance.require_address(address, f"the security connector of {server}", is_path="://" not in address)
    connector_class = find_security_connector(connection.provider)
    context = SecurityContext(server=server, connection=connection, read_document=read_document)
    try:
        connector = connector_class(context)
        connector.open()
    except DescribedError as error:
        raise _not_usable(server, connection.provider, str(error)) from None
    except BaseException as error:  # foreign code may raise anything
        raise _not_usable(server, connection.provider, f"it raised {type(error).__name__}") from None
    return connector


def _not_usable(server: str, provider: str, problem: str) -> ConnectorConfigurationError:
    return ConnectorConfigurationError(
        messages.SECURITY_CONNECTOR_NOT_USABLE, server=server, connector=provider, problem=problem
    )
