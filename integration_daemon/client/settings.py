"""The settings of a client: the address of the platform, and the credentials of the caller."""

import os
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import msgspec

from integration_daemon.client.address import DEFAULT_PORT, UNIX, platform_address
from integration_daemon.client.errors import WrongSettingError
from integration_daemon.client.local import ENVIRONMENT, local_address, local_socket, local_token
from services.client_certificate import ClientCertificate
from services.loopback import is_loopback

DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}"
PATIENCE = httpx2.Timeout(30.0, connect=5.0)
"""Time-outs in seconds. The platform answers an operation after 20 seconds at the latest."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a client; the default of each is an environment variable `INTEGRATION_DAEMON_...`."""

    url: str | None = None
    user: str | None = None
    token: str | None = None
    ca_bundle: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={self.url!r})"


class Place(msgspec.Struct, frozen=True):
    """The address of a platform, and the HTTP client for it."""

    url: str
    """The address, as errors show it."""
    root: str
    """The scheme, host and port of the URLs of requests."""
    user: str
    http: httpx2.AsyncClient


def find_platform(settings: Settings) -> Place:
    """The platform, with an HTTP client that has the caller's credentials. Blocks; raises `WrongSettingError`."""
    setting = "url" if settings.url else ENVIRONMENT + "URL"
    url = platform_address(or_environment(settings.url, "URL") or _own_address() or DEFAULT_URL, setting=setting)
    socket = url.removeprefix(UNIX) if url.startswith(UNIX) else None
    root = url if socket is None else "http://localhost"
    is_local = is_loopback(urlsplit(root).hostname or "")
    certificate = _certificate(settings)
    needs_no_token = socket is not None or certificate is not None
    found = local_token(url) if is_local and not needs_no_token else None
    token = _usable_token(or_environment(settings.token, "TOKEN") or found)
    if token and not is_local and not url.startswith("https:"):
        problem = f"it is not sent to {url} without TLS, where others could read it: use https://"
        raise WrongSettingError("token", problem)
    http = httpx2.AsyncClient(
        headers={"Authorization": f"Bearer {token}"} if token else {},
        timeout=PATIENCE,
        transport=httpx2.AsyncHTTPTransport(uds=socket) if socket else None,
        verify=_trust(_path(settings.ca_bundle, "CA_BUNDLE"), certificate),
        trust_env=not is_local,  # a proxy would receive the token, and cannot reach loopback addresses
    )
    return Place(url, root, or_environment(settings.user, "USER") or "", http)


def or_environment(given: str | None, name: str) -> str | None:
    """The given setting, or else the value of its environment variable."""
    return given or os.environ.get(ENVIRONMENT + name) or None


def _own_address() -> str | None:
    """The address of the daemon that was started in this directory, if it can be reached on this machine alone."""
    if (socket := local_socket()) is not None:
        return socket
    url = local_address()
    return url if url is not None and is_loopback(urlsplit(url).hostname or "") else None


def _path(given: Path | None, name: str) -> Path | None:
    found = given or os.environ.get(ENVIRONMENT + name)
    return Path(found) if found else None


def _usable_token(token: str | None) -> str | None:
    token = token.strip() if token else None
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise WrongSettingError("token", "it has characters that cannot be part of a token")
    return token


def _certificate(settings: Settings) -> ClientCertificate | None:
    certificate, key = _path(settings.client_cert, "CLIENT_CERT"), _path(settings.client_key, "CLIENT_KEY")
    if (certificate is None) != (key is None):
        missing = "client_cert" if certificate is None else "client_key"
        raise WrongSettingError(missing, "a certificate and its key belong together: give both or none")
    return None if certificate is None or key is None else ClientCertificate(certificate, key)


def _trust(ca_bundle: Path | None, certificate: ClientCertificate | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        if ca_bundle is not None:
            context.load_verify_locations(ca_bundle)
    except (OSError, ssl.SSLError) as error:
        raise WrongSettingError("ca_bundle", f"the certificates in {ca_bundle} cannot be read: {error}") from None
    if certificate is None:
        return context
    try:
        certificate.load_into(context)
    except (OSError, ssl.SSLError) as error:
        problem = f"the certificate {certificate.certificate} with the key {certificate.key} cannot be used: {error}"
        raise WrongSettingError("client_cert", problem) from None
    return context
