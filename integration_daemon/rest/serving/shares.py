"""Limits the share of each client in all connections, so that no client can take all of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from integration_daemon.config.address_range import AddressRange, address_of
from integration_daemon.rest.serving.request_rate import network_of

PART = 2
"""A client may have one of this many connections."""


class Shares:
    """The open connections of each client. Programs of this machine and proxies may have all connections."""

    def __init__(self, most: int, proxies: Sequence[AddressRange]) -> None:
        self._most = max(1, most // PART)
        self._proxies = proxies
        self._open: Counter[str] = Counter()

    def has_room_for(self, address: str) -> bool:
        """True if the client at an address may open another connection."""
        return self._open[network_of(address)] < self._most or self._is_exempt(address)

    @contextmanager
    def counted(self, address: str) -> Iterator[None]:
        """Count a connection of the client until the end of the block."""
        network = network_of(address)
        self._open[network] += 1
        try:
            yield
        finally:
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]

    def _is_exempt(self, address: str) -> bool:
        found = address_of(address)
        return found is None or found.is_loopback or any(found in each for each in self._proxies)
