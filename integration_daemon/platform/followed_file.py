"""Servers whose document is a file of the user.

The file is used with the changes that were made over REST since it was read. When the file changes, these changes are
no longer in effect.
"""

from typing import NamedTuple

import msgspec

from audit.message import AuditMessage
from integration_daemon.config.complete import complete
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.store import DocumentStore, digest
from integration_daemon.platform import messages
from services.framework.connection import Connection


class Followed(NamedTuple):
    """The document to use for a server."""

    config: OMAGServerConfig
    base: str | None
    """The digest of the file; none: the document was not read from a file now."""
    is_changed: bool = True
    """True if the document differs from the file."""
    message: AuditMessage | None = None
    """The message to record in the audit log when the document is in use."""
    number: int = 0
    """The version that the message names."""


def followed(file: OMAGServerConfig, documents: DocumentStore) -> Followed:
    """The document to use for a user's file, with the changes over REST that are still in effect. Blocks."""
    base, newest = digest(file), documents.newest(file.local_server_name)
    if newest is None or not newest.is_changed or not newest.base:
        return Followed(file, base, False)
    if newest.base != base:
        return Followed(file, base, False, messages.CHANGES_NOT_IN_EFFECT, newest.number)
    config = documents.version(file.local_server_name, newest.number)
    if config == complete(file):
        return Followed(file, base, False)
    return Followed(config, base, True, messages.CHANGES_IN_EFFECT, newest.number)


def connection_in(config: OMAGServerConfig, connector: str) -> Connection | None:
    """The connection of a connector, if the document has that connector."""
    for service in config.integration_services_config or ():
        for each in service.integration_connector_configs or ():
            if each.connector_name == connector:
                return each.connection
    return None


def with_connection(config: OMAGServerConfig, connector: str, connection: Connection) -> OMAGServerConfig:
    """The document with another connection of a connector, if the document has that connector."""
    services = [
        msgspec.structs.replace(
            service,
            integration_connector_configs=[
                msgspec.structs.replace(each, connection=connection) if each.connector_name == connector else each
                for each in service.integration_connector_configs or ()
            ],
        )
        for service in config.integration_services_config or ()
    ]
    return msgspec.structs.replace(config, integration_services_config=services or None)
