"""The settings of a connector to a SCIM service provider, checked."""

from typing import NamedTuple
from urllib.parse import urlsplit

from services.allowance import targets_of
from services.errors import ConnectorConfigurationError
from services.framework.context import IntegrationContext
from services.loopback import is_on_this_machine
from services.organization import messages
from services.secret import Secret
from services.web_client.addresses import problem_of
from services.web_client.authentication import Credentials

PAGE_SIZE = 200
FULL_SCAN_SECONDS = 3600
MOST_IN_A_PAGE = 10_000
LONGEST_INTERVAL = 31_536_000
"""Seconds."""


class ScimSettings(NamedTuple):
    """The settings of one connector."""

    address: str
    ca_bundle: str
    credentials: Credentials
    user: str
    """Of Basic authentication (RFC 7617)."""
    password: Secret | None
    page_size: int
    full_scan_seconds: int
    organization: str
    archive: bool


def settings_of(context: IntegrationContext) -> ScimSettings:
    """The settings in a connection; raises `ConnectorConfigurationError` for a wrong one."""
    return _Reader(context).read()


class _Reader:
    def __init__(self, context: IntegrationContext) -> None:
        self._context = context

    def read(self) -> ScimSettings:
        address = (self._context.connection.address or "").rstrip("/")
        if problem := problem_of(address):
            raise self._wrong("endpoint", problem)
        credentials, user, password = self._credentials(address)
        return ScimSettings(
            address=address,
            ca_bundle=self._text("caBundle"),
            credentials=credentials,
            user=user,
            password=password,
            page_size=self._number("pageSize", PAGE_SIZE, 2, MOST_IN_A_PAGE),
            full_scan_seconds=self._number("fullScanSeconds", FULL_SCAN_SECONDS, 0, LONGEST_INTERVAL),
            organization=self._text("organizationName") or (urlsplit(address).hostname or ""),
            archive=self._context.is_set("archiveLeavers"),
        )

    def _credentials(self, address: str) -> tuple[Credentials, str, Secret | None]:
        connection, endpoint = self._context.connection, self._text("tokenEndpoint")
        token = (connection.secured_properties or {}).get("token")
        user, password = connection.user_id or "", connection.clear_password
        if token is not None and user:
            raise self._wrong("token", "it is given together with a userId, which has a password")
        if user and password is None:
            raise self._wrong("clearPassword", f"it is missing: it is the password or secret of {user}")
        if endpoint and not user:
            raise self._wrong("tokenEndpoint", "it is given without a userId, which names the OAuth2 client")
        for url, setting in ((address, "endpoint"), (endpoint, "tokenEndpoint")):
            if url and (problem := problem_of(url)):
                raise self._wrong(setting, problem)
            if url and (token or user) and not url.startswith("https://") and not is_on_this_machine(url):
                raise self._wrong(setting, "it is not an https:// address, and credentials are sent over TLS alone")
        if not endpoint:
            return Credentials(token=token), user, password
        self._context.require_allowed(*targets_of(endpoint))
        return Credentials(None, user, password, endpoint, self._text("scope")), "", None

    def _text(self, name: str) -> str:
        value = self._context.setting(name, "")
        if not isinstance(value, str):
            raise self._wrong(name, "it is not a text")
        return value.strip()

    def _number(self, name: str, default: int, least: int, most: int) -> int:
        value = self._context.setting(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(name, f"it is not a whole number from {least} to {most}")
        return value

    def _wrong(self, setting: str, problem: str) -> ConnectorConfigurationError:
        return ConnectorConfigurationError(
            messages.SETTING_NOT_UNDERSTOOD, connector=self._context.connector_name, setting=setting, problem=problem
        )
