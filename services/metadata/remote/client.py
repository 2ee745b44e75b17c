"""The HTTP client that a daemon's remote stores share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import trio

from audit.log import AuditLog
from audit.masking import masked_text
from services.allowance import Allowance, targets_of
from services.client_certificate import ClientCertificate
from services.errors import InvalidParameterError
from services.loopback import is_on_this_machine
from services.messages import ENDPOINT_NOT_ALLOWED
from services.metadata.remote.bounded import HEADERS, bound
from services.metadata.remote.trust import Trust

TIMEOUTS = httpx2.Timeout(connect=5.0, read=30.0, write=30.0, pool=60.0)
LONGEST_EXCHANGE = 300.0
"""Time limit, in seconds, of a request with its complete response: a slow trickle of bytes keeps all other limits."""
LIMITS = httpx2.Limits(max_connections=32, max_keepalive_connections=32, keepalive_expiry=15.0)
"""Egeria's platforms close a connection that is idle for 20 seconds: a request on it would be lost."""


@asynccontextmanager
async def open_metadata_client(
    platform_url: str,
    ca_bundle: Path | None,
    auth: httpx2.Auth | None = None,
    log: AuditLog | None = None,
    *,
    certificate: ClientCertificate | None = None,
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client for one platform, which trusts the system's certificates and those of the bundle, presents its own
    certificate, and authenticates itself.

    Platforms on this machine are reached without a proxy, because a proxy would receive the token.

    Raises `InvalidParameterError` for certificates that cannot be used.
    """
    trust = await trio.to_thread.run_sync(Trust, ca_bundle, log, certificate)
    async with _ImpatientClient(
        verify=trust.context,
        timeout=TIMEOUTS,
        limits=LIMITS,
        auth=auth,
        headers=HEADERS,
        trust_env=not is_on_this_machine(platform_url),
        event_hooks={"request": [trust.renew], "response": [bound]},
    ) as client:
        yield client


class _ImpatientClient(httpx2.AsyncClient):
    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request as httpx2 does; raises `ReadTimeout` if the complete response takes too long."""
        with trio.move_on_after(LONGEST_EXCHANGE):
            return await super().send(request, **options)
        raise httpx2.ReadTimeout(f"no whole answer within {LONGEST_EXCHANGE:g} seconds", request=request)


def require_allowed_server(platform_url: str, server: str, allowance: Allowance) -> None:
    """Raise `InvalidParameterError` for a server that the platform does not allow. The client follows no redirects."""
    if allowance.endpoints is None:
        return
    try:
        targets = targets_of(platform_url)
    except ValueError:
        targets = []
    if not targets or not all(target.host and allowance.allows(target) for target in targets):
        raise InvalidParameterError(
            ENDPOINT_NOT_ALLOWED, user=f"metadata server {server}", endpoint=masked_text(platform_url)
        )
