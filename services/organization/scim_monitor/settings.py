"""Reading and checking the settings of a connector to a SCIM service provider."""

from typing import NamedTuple
from urllib.parse import urlsplit

from services.allowance import targets_of
from services.framework.context import IntegrationContext
from services.framework.settings import text_setting, whole_number_setting, wrong_setting
from services.loopback import is_on_this_machine
from services.secret import Secret
from services.web_client.addresses import problem_of
from services.web_client.authentication import Credentials

PAGE_SIZE = 200
FULL_SCAN_SECONDS = 3600
MOST_IN_A_PAGE = 10_000
LONGEST_INTERVAL = 31_536_000
"""Maximum interval between complete scans, in seconds."""


class ScimSettings(NamedTuple):
    """The settings of one connector."""

    address: str
    ca_bundle: str
    credentials: Credentials
    user: str
    """The user for Basic authentication (RFC 7617)."""
    password: Secret | None
    page_size: int
    full_scan_seconds: int
    organization: str
    archive: bool


def settings_of(context: IntegrationContext) -> ScimSettings:
    """The settings in a connection; raises `ConnectorConfigurationError` for an invalid setting."""
    return _Reader(context).read()


class _Reader:
    def __init__(self, context: IntegrationContext) -> None:
        self._context = context

    def read(self) -> ScimSettings:
        address = (self._context.connection.address or "").rstrip("/")
        if problem := problem_of(address):
            raise wrong_setting(self._context, "endpoint", problem)
        credentials, user, password = self._credentials(address)
        return ScimSettings(
            address=address,
            ca_bundle=text_setting(self._context, "caBundle"),
            credentials=credentials,
            user=user,
            password=password,
            page_size=whole_number_setting(self._context, "pageSize", PAGE_SIZE, least=2, most=MOST_IN_A_PAGE),
            full_scan_seconds=whole_number_setting(
                self._context, "fullScanSeconds", FULL_SCAN_SECONDS, least=0, most=LONGEST_INTERVAL
            ),
            organization=text_setting(self._context, "organizationName") or (urlsplit(address).hostname or ""),
            archive=self._context.is_set("archiveLeavers"),
        )

    def _credentials(self, address: str) -> tuple[Credentials, str, Secret | None]:
        connection, endpoint = self._context.connection, text_setting(self._context, "tokenEndpoint")
        token = (connection.secured_properties or {}).get("token")
        user, password = connection.user_id or "", connection.clear_password
        if token is not None and user:
            raise wrong_setting(self._context, "token", "it is given together with a userId, which has a password")
        if user and password is None:
            raise wrong_setting(
                self._context, "clearPassword", f"it is missing: it is the password or secret of {user}"
            )
        if endpoint and not user:
            raise wrong_setting(
                self._context, "tokenEndpoint", "it is given without a userId, which names the OAuth2 client"
            )
        for url, setting in ((address, "endpoint"), (endpoint, "tokenEndpoint")):
            if url and (problem := problem_of(url)):
                raise wrong_setting(self._context, setting, problem)
            if url and (token or user) and not url.startswith("https://") and not is_on_this_machine(url):
                raise wrong_setting(
                    self._context, setting, "it is not an https:// address, and credentials are sent over TLS alone"
                )
        if not endpoint:
            return Credentials(token=token), user, password
        self._context.require_allowed(*targets_of(endpoint))
        return Credentials(None, user, password, endpoint, text_setting(self._context, "scope")), "", None
