"""The description of the connection to a third-party technology: connection, connector type and endpoint.

The field names are those of the open connector framework's beans. A field without a docstring is not used, but is kept,
so that a document can be written back without loss.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from audit.masking import masked_text
from services.framework.discretion import DiscreetStruct
from services.secret import Secret

WholeNumber = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""The range of integers that every format and every client supports."""


class _Bean(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    class_: str | None = msgspec.field(name="class", default=None)
    header_version: WholeNumber = 0
    type: Any = None
    guid: str | None = None
    url: str | None = None
    classifications: Any = None
    qualified_name: str | None = None
    additional_properties: dict[str, Any] | None = None
    display_name: str | None = None
    description: str | None = None


class ConnectorType(_Bean, kw_only=True, omit_defaults=True, rename="camel"):
    """The type of a connector."""

    connector_provider_class_name: str | None = None
    """The name of an installed connector, the Java provider class that it replaces, or the path of a Python class."""
    supported_asset_type_name: str | None = None
    deployed_implementation_type: str | None = None
    expected_data_format: str | None = None
    connector_framework_name: str | None = None
    connector_interface_language: str | None = None
    connector_interfaces: list[str] | None = None
    recognized_additional_properties: list[str] | None = None
    recognized_secured_properties: list[str] | None = None
    recognized_configuration_properties: list[str] | None = None


class Endpoint(_Bean, kw_only=True, omit_defaults=True, rename="camel"):
    """The address of the third-party technology."""

    address: str | None = None
    """The address to which a connector connects. Each connector defines its form."""
    protocol: str | None = None
    encryption_method: str | None = None


class EmbeddedConnection(_Bean, kw_only=True, omit_defaults=True, rename="camel"):
    """A connection within a virtual connection."""

    position: WholeNumber = 0
    arguments: dict[str, Any] | None = None
    embedded_connection: "Connection | None" = None
    """The connection; the platform must allow its address, too."""


class Connection(_Bean, kw_only=True, omit_defaults=True, rename="camel"):
    """The description of a connector to be created: its type, endpoint, credentials and settings."""

    connector_type: ConnectorType | None = None
    """The type of the connector or audit log destination."""
    endpoint: Endpoint | None = None
    """The address of the third-party technology, or of the target of an audit log destination."""
    user_id: str | None = None
    """The user name at the third-party technology."""
    encrypted_password: Secret | None = None
    clear_password: Secret | None = None
    """The password of that user, as a reference: `env:NAME`, `file:PATH`, `credential:NAME` or `vault:PATH#KEY`."""
    configuration_properties: dict[str, Any] | None = None
    """The settings of the connector, or of the audit log destination."""
    secured_properties: dict[str, Secret] | None = None
    """Secret settings, which a connector reads from its connection."""
    embedded_connections: list[EmbeddedConnection] | None = None
    """Further connections, for connectors that read them."""

    @property
    def provider(self) -> str:
        """The connector provider class name, or an empty string."""
        return (self.connector_type and self.connector_type.connector_provider_class_name) or ""

    @property
    def address(self) -> str | None:
        """The endpoint's address, without the prefix `file://` of a local path."""
        address = self.endpoint.address if self.endpoint else None
        return address.removeprefix("file://") if address else None

    @property
    def addresses(self) -> Iterator[str]:
        """The address of the endpoint, and those of embedded connections."""
        if self.address:
            yield self.address
        for embedded in self.embedded_connections or ():
            if embedded.embedded_connection is not None:
                yield from embedded.embedded_connection.addresses

    def __repr__(self) -> str:
        """The text for messages, without secrets."""
        address = masked_text(self.address or "")
        return f"Connection{{connectorProviderClassName='{masked_text(self.provider)}', address='{address}'}}"

    __str__ = __repr__
