"""The settings of a connector to an Iceberg catalogue, checked."""

from typing import Any, NamedTuple

from services.allowance import targets_of
from services.catalog import messages
from services.errors import ConnectorConfigurationError
from services.framework.context import IntegrationContext
from services.framework.patterns import Patterns, texts_in
from services.loopback import is_on_this_machine
from services.web_client.addresses import problem_of
from services.web_client.authentication import Credentials

REQUESTS_AT_ONCE = 16
MOST_AT_ONCE = 64


class IcebergSettings(NamedTuple):
    """The settings of one connector."""

    address: str
    warehouse: str
    ca_bundle: str
    credentials: Credentials
    requests_at_once: int
    namespaces: Patterns
    tables: Patterns
    delete: bool
    send: tuple[str, ...]
    """Patterns of the qualified names of database schemas that are sent."""


def settings_of(context: IntegrationContext) -> IcebergSettings:
    """The settings in a connection; raises `ConnectorConfigurationError` for a wrong one."""
    return _Reader(context).read()


class _Reader:
    def __init__(self, context: IntegrationContext) -> None:
        self._context = context

    def read(self) -> IcebergSettings:
        address = self._address()
        return IcebergSettings(
            address=address,
            warehouse=self._text("warehouse"),
            ca_bundle=self._text("caBundle"),
            credentials=self._credentials(address),
            requests_at_once=self._number("requestsAtOnce", REQUESTS_AT_ONCE, MOST_AT_ONCE),
            namespaces=Patterns(self._patterns("includeNamespaces"), self._patterns("excludeNamespaces")),
            tables=Patterns(self._patterns("includeTables"), self._patterns("excludeTables")),
            delete=self._context.is_set("allowCatalogDelete"),
            send=self._patterns("sendSchemas"),
        )

    def _address(self) -> str:
        address = (self._context.connection.address or "").rstrip("/")
        problem = problem_of(address)
        if problem:
            raise ConnectorConfigurationError(
                messages.ADDRESS_NOT_UNDERSTOOD, connector=self._context.connector_name, problem=problem
            )
        return address

    def _credentials(self, address: str) -> Credentials:
        connection = self._context.connection
        token = (connection.secured_properties or {}).get("token")
        if not connection.user_id and token is None:
            return Credentials()
        if token is not None and connection.user_id:
            raise self._wrong(
                "token", "given together with a userId: the first is a token, the second an OAuth2 client"
            )
        endpoint = self._text("oauth2ServerUri") or f"{address}/v1/oauth/tokens"
        for url, setting in ((address, "endpoint.address"), (endpoint, "oauth2ServerUri")):
            if problem := problem_of(url):
                raise self._wrong(setting, f"not usable: {problem}")
            if not url.startswith("https://") and not is_on_this_machine(url):
                raise self._wrong(setting, "not an https:// address, and credentials are sent over TLS alone")
        if token is not None:
            return Credentials(token=token)
        self._context.require_allowed(*targets_of(endpoint))
        secret = connection.clear_password
        if secret is None:
            raise self._wrong("clearPassword", "missing: it is the secret of the OAuth2 client that userId names")
        return Credentials(None, connection.user_id or "", secret, endpoint, self._text("scope") or "catalog")

    def _text(self, name: str) -> str:
        value: Any = self._context.setting(name, "")
        if not isinstance(value, str):
            raise self._wrong(name, "not a text")
        return value

    def _number(self, name: str, default: int, most: int) -> int:
        value: Any = self._context.setting(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise self._wrong(name, f"not a whole number from 1 to {most}")
        return value

    def _patterns(self, name: str) -> tuple[str, ...]:
        texts = texts_in(self._context.setting(name, []))
        if texts is None:
            raise self._wrong(name, "not a list of shell patterns")
        return texts

    def _wrong(self, setting: str, problem: str) -> ConnectorConfigurationError:
        return ConnectorConfigurationError(
            messages.SETTING_NOT_UNDERSTOOD, connector=self._context.connector_name, setting=setting, problem=problem
        )
