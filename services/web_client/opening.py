"""Opening an HTTP client for a third party."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import trio

from services.errors import ConnectorConfigurationError, InvalidParameterError
from services.loopback import is_on_this_machine
from services.metadata.remote.bounded import HEADERS, bound
from services.metadata.remote.trust import Trust
from services.web_client.messages import CA_BUNDLE_NOT_USABLE

TIMEOUTS = httpx2.Timeout(connect=5.0, read=60.0, write=30.0, pool=None)


@asynccontextmanager
async def open_http(
    address: str, *, ca_bundle: str = "", at_once: int | None = None, timeouts: httpx2.Timeout = TIMEOUTS
) -> AsyncIterator[httpx2.AsyncClient]:
    """Open an HTTP client for the server at an address, until the block ends.

    A server on this machine is reached without a proxy, which would receive the token. Redirects are not followed, and
    the size of responses is bounded. `at_once` limits the number of concurrent requests. Raises
    `ConnectorConfigurationError` for invalid certificates.
    """
    bundle = Path(ca_bundle) if ca_bundle else None
    try:
        trust = await trio.to_thread.run_sync(Trust, bundle, None)
    except InvalidParameterError as error:
        raise ConnectorConfigurationError(
            CA_BUNDLE_NOT_USABLE, path=ca_bundle, cause=error.parameters["cause"]
        ) from None
    async with httpx2.AsyncClient(
        verify=trust.context,
        timeout=timeouts,
        limits=httpx2.Limits(max_connections=at_once, max_keepalive_connections=at_once, keepalive_expiry=30.0),
        headers=HEADERS,
        trust_env=not is_on_this_machine(address),
        event_hooks={"response": [bound]},
    ) as http:
        yield http
