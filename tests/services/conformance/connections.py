"""Connections to third parties of the suite."""

from typing import Any

from services.framework.connection import Connection, Endpoint


def connection_to(address: object, **settings: Any) -> Connection:
    """A connection to an address, with these settings."""
    return Connection(endpoint=Endpoint(address=str(address)), configuration_properties=settings)
