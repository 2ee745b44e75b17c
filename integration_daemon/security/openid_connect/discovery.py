"""Retrieval of an issuer's keys from the URL in its configuration (OpenID Connect Discovery 1.0).

An issuer may be compromised, or its name resolved to another server. So the size of its answers is limited, redirects
are not followed, and compression is not accepted.
"""

import ssl
from http import HTTPStatus
from pathlib import Path

import httpx2
import msgspec
import trio

from integration_daemon.security.openid_connect.key_set import KeySet
from integration_daemon.security.openid_connect.settings import OpenIdConnect, require_safe_url
from services.loopback import is_on_this_machine

MOST_BYTES = 256 * 1024
"""Bytes of one answer of the issuer."""
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


class _Configuration(msgspec.Struct):
    issuer: str
    jwks_uri: str


def issuer_client(settings: OpenIdConnect, trust: ssl.SSLContext) -> httpx2.AsyncClient:
    """An HTTP client for an issuer, which uses no proxy for an issuer on this machine."""
    limits = httpx2.Limits(max_connections=1, max_keepalive_connections=0)
    return httpx2.AsyncClient(
        verify=trust, limits=limits, follow_redirects=False, trust_env=not is_on_this_machine(settings.issuer)
    )


def trusted(settings: OpenIdConnect) -> ssl.SSLContext:
    """A TLS context with the certificates to trust for an issuer. Raises `OSError` for an unreadable bundle. Blocks."""
    context = ssl.create_default_context()
    if settings.ca_bundle is not None:
        context.load_verify_locations(Path(settings.ca_bundle))
    return context


async def fetch_keys(client: httpx2.AsyncClient, settings: OpenIdConnect) -> KeySet:
    """Fetch the current keys of an issuer.

    Raises `ValueError` for an answer that is not accepted, `httpx2.HTTPError` or `httpx2.InvalidURL` without one.
    """
    url = f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        configuration = msgspec.json.decode(await _get(client, url), type=_Configuration)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ValueError(f"{url} is not the configuration of an issuer") from None
    if configuration.issuer != settings.issuer:
        raise ValueError(f"{url} is the configuration of another issuer: {configuration.issuer!r}")
    require_safe_url(configuration.jwks_uri)
    if is_on_this_machine(configuration.jwks_uri) and not is_on_this_machine(settings.issuer):
        raise ValueError(f"{configuration.jwks_uri} is on this machine, which its issuer is not")
    content = await _get(client, configuration.jwks_uri)
    try:
        return await trio.to_thread.run_sync(KeySet, content, settings.algorithms)
    except ValueError as error:
        raise ValueError(f"{configuration.jwks_uri} cannot be used: {error}") from None


async def _get(client: httpx2.AsyncClient, url: str) -> bytes:
    async with client.stream("GET", url, headers=_HEADERS) as response:
        if response.status_code != HTTPStatus.OK:
            raise ValueError(f"{url} answered with the HTTP status {response.status_code}")
        content = bytearray()
        with trio.CancelScope() as scope:
            async for part in response.aiter_raw():
                content += part
                if len(content) > MOST_BYTES:
                    scope.cancel()  # leaving the loop would leave the generators of the client to the garbage collector
        if len(content) > MOST_BYTES:
            raise ValueError(f"{url} answered with more than {MOST_BYTES} bytes")
        return bytes(content)
