"""The validated settings of a connector to a catalogue with an HTTP interface."""

from typing import NamedTuple

from services.allowance import targets_of
from services.catalog import messages
from services.errors import ConnectorConfigurationError
from services.framework.context import IntegrationContext
from services.framework.settings import patterns_setting, text_setting, whole_number_setting, wrong_setting
from services.loopback import is_on_this_machine
from services.web_client.addresses import problem_of
from services.web_client.authentication import Credentials

REQUESTS_AT_ONCE = 16
MOST_AT_ONCE = 64


class RestSettings(NamedTuple):
    """Address and credentials of a catalogue."""

    address: str
    ca_bundle: str
    credentials: Credentials
    requests_at_once: int


class SettingsReader:
    """Reads settings; raises `ConnectorConfigurationError` for an invalid setting."""

    def __init__(self, context: IntegrationContext, *, grants_at: str = "", scope: str = "") -> None:
        """`grants_at` is the path of the default token endpoint, and `scope` the default scope of an OAuth2 client."""
        self._context = context
        self._grants_at = grants_at
        self._scope = scope

    def endpoint(self, address: str) -> RestSettings:
        """Address and credentials of a catalogue whose interface has this address."""
        return RestSettings(
            address=address,
            ca_bundle=self.text("caBundle"),
            credentials=self.credentials(address),
            requests_at_once=self.number("requestsAtOnce", REQUESTS_AT_ONCE, MOST_AT_ONCE),
        )

    def address(self) -> str:
        """The address of the connection."""
        address = (self._context.connection.address or "").rstrip("/")
        problem = problem_of(address)
        if problem:
            raise ConnectorConfigurationError(
                messages.ADDRESS_NOT_UNDERSTOOD, connector=self._context.connector_name, problem=problem
            )
        return address

    def credentials(self, address: str) -> Credentials:
        """The token or the OAuth2 client in the connection."""
        connection = self._context.connection
        token = (connection.secured_properties or {}).get("token")
        if not connection.user_id and token is None:
            return Credentials()
        if token is not None and connection.user_id:
            raise self.wrong("token", "given together with a userId: the first is a token, the second an OAuth2 client")
        endpoint = self.text("oauth2ServerUri") or (address + self._grants_at if self._grants_at else "")
        if not endpoint and token is None:
            raise self.wrong("oauth2ServerUri", "missing: a userId is the name of an OAuth2 client")
        for url, setting in ((address, "endpoint.address"), (endpoint or address, "oauth2ServerUri")):
            if problem := problem_of(url):
                raise self.wrong(setting, f"not usable: {problem}")
            if not url.startswith("https://") and not is_on_this_machine(url):
                raise self.wrong(setting, "not an https:// address, and credentials are sent over TLS alone")
        if token is not None:
            return Credentials(token=token)
        self._context.require_allowed(*targets_of(endpoint))
        secret = connection.clear_password
        if secret is None:
            raise self.wrong("clearPassword", "missing: it is the secret of the OAuth2 client that userId names")
        return Credentials(None, connection.user_id or "", secret, endpoint, self.text("scope") or self._scope)

    def text(self, name: str) -> str:
        """A text; empty if the setting is absent."""
        return text_setting(self._context, name)

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number of at least 1."""
        return whole_number_setting(self._context, name, default, least=1, most=most)

    def patterns(self, name: str) -> tuple[str, ...]:
        """Shell patterns."""
        return patterns_setting(self._context, name)

    def wrong(self, setting: str, problem: str) -> ConnectorConfigurationError:
        """The error for an invalid setting."""
        return wrong_setting(self._context, setting, problem)
