"""The number of requests that a metadata server of Egeria gets at once, which follows how it answers."""

import pytest
import trio
from trio.testing import MockClock

from services.errors import MetadataServerUnavailableError
from services.metadata.remote.answers import Counterpart
from services.metadata.remote.egeria.concurrency_limit import ConcurrencyLimit


async def answers(bound: ConcurrencyLimit, seconds: float, count: int = 400) -> None:
    """Requests as many as there may be at once, each answered after this time."""

    async def slot() -> None:
        async with bound.slot("POST new"):
            await trio.sleep(seconds)

    for _ in range(count // 40):
        async with trio.open_nursery() as nursery:
            for _ in range(40):
                nursery.start_soon(slot)


async def test_a_server_that_slows_down_gets_fewer_requests_at_once_and_more_again(autojump_clock: MockClock) -> None:
    bound = ConcurrencyLimit()
    await answers(bound, 0.02)
    at_best = bound.current
    assert at_best > 8
    await answers(bound, 0.2, 120)
    slowed = bound.current
    assert slowed < at_best
    await answers(bound, 0.02)
    assert bound.current > slowed


async def test_a_server_that_has_too_much_to_do_gets_half_the_requests(autojump_clock: MockClock) -> None:
    bound = ConcurrencyLimit()
    with pytest.raises(MetadataServerUnavailableError):
        async with bound.slot("GET"):
            raise Counterpart("http://localhost", "cocoMDS1").unavailable("HTTP status 503")
    assert bound.current == 4
