"""A limit on the request rate of each client, by token buckets."""

import ipaddress
from typing import Any

import trio

from integration_daemon.config.address_range import address_of
from integration_daemon.config.limits import Limits
from integration_daemon.rest.messages import REQUESTS_TOO_MANY, TOO_MANY_REQUESTS
from integration_daemon.rest.serving.incidents import Incidents
from integration_daemon.rest.serving.memory import Application, Receive, Send
from integration_daemon.rest.serving.refusal import refuse
from services.errors import InvalidParameterError

USUAL_RATE = 500
"""The default limit in requests a second."""
BURST = 2
"""The capacity of a bucket, in seconds of the rate."""
RETRY_AFTER = 1
"""Seconds after which a refused client may try again."""
MOST_CLIENTS = 10_000
"""The largest number of buckets; that of the client whose last request is the oldest is dropped first."""
_LIVENESS = "/livez"


class RequestRate:
    """The token buckets of the clients of one kind, addresses or callers."""

    def __init__(self, limits: Limits) -> None:
        self._is_usual = limits.requests_per_second is None
        self._rate = limits.requests_per_second or USUAL_RATE
        self._buckets: dict[str, tuple[float, float]] = {}
        """The tokens left and the time of the last request, by client in the order of these times."""

    def allows(self, client: str, address: str) -> bool:
        """Take a token from the bucket of a client at an address; returns false if the bucket is empty."""
        if not address or (self._is_usual and _is_loopback(address)):
            return True
        now, most = trio.current_time(), float(self._rate * BURST)
        left, then = self._buckets.pop(client, (most, now))
        left = min(most, left + (now - then) * self._rate)
        self._buckets[client] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > MOST_CLIENTS:
            del self._buckets[next(iter(self._buckets))]
        return left >= 1


class BoundedRequestRate:
    """ASGI middleware that answers 429 to an address that exceeds the limit."""

    def __init__(self, app: Application, incidents: Incidents, limits: Limits) -> None:
        self._app = app
        self._incidents = incidents
        self._rate = RequestRate(limits)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != _LIVENESS:
            address = (scope.get("client") or ("",))[0]
            if not self._rate.allows(network_of(address), address):
                self._incidents.add(REQUESTS_TOO_MANY, client=address)
                error = InvalidParameterError(TOO_MANY_REQUESTS, client=address, seconds=RETRY_AFTER)
                await refuse(scope, receive, send, error, [(b"retry-after", b"%d" % RETRY_AFTER)])
                return
        await self._app(scope, receive, send)


def network_of(address: str) -> str:
    """The key that identifies a client; all addresses of an IPv6 /64 network share one key."""
    found = address_of(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address


def _is_loopback(address: str) -> bool:
    found = address_of(address)
    return found is not None and found.is_loopback
