"""Metadata stores are asked whether they answer when somebody wants to know, and seldom."""

import trio
from trio.testing import MockClock

from integration_daemon.platform.store_probes import DEADLINE, FRESH, PATIENCE, StoreProbes
from services.metadata.changes import ElementPage, Query
from tests.integration_daemon.supervision.rig import MemoryServer


class CountingStore(MemoryServer):
    """A store that counts the requests, and can leave them without an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0
        self.silent = False

    async def find_page(self, query: Query) -> ElementPage:
        self.requests += 1
        if self.silent:
            await trio.sleep_forever()
        return await super().find_page(query)


async def test_a_store_is_asked_only_when_its_last_answer_is_old(autojump_clock: MockClock) -> None:
    store = CountingStore()
    probes = StoreProbes(lambda: {"cocoMDS1": store})
    async with trio.open_nursery() as nursery:
        await nursery.start(probes.run)
        async with trio.open_nursery() as callers:
            for _ in range(100):
                callers.start_soon(probes.problems)
        assert store.requests == 1
        await trio.sleep(FRESH + 1)
        assert store.requests == 1  # nobody wants to know
        store.error = OSError("the disk is gone")
        assert await probes.problems() == ["metadata server cocoMDS1: OSError: the disk is gone"]
        store.error = None
        assert len(await probes.problems()) == 1  # the answer is fresh
        await trio.sleep(FRESH)
        assert (await probes.problems(), store.requests) == ([], 3)
        nursery.cancel_scope.cancel()


async def test_a_store_that_does_not_answer_is_not_asked_again_and_fails_after_its_deadline(
    autojump_clock: MockClock,
) -> None:
    store = CountingStore()
    store.silent = True
    probes = StoreProbes(lambda: {"cocoMDS1": store})
    async with trio.open_nursery() as nursery:
        await nursery.start(probes.run)
        began = trio.current_time()
        assert await probes.problems() == []  # it is only slow, as far as anybody knows
        assert trio.current_time() - began == PATIENCE
        await trio.sleep(DEADLINE)
        assert await probes.problems() == ["metadata server cocoMDS1: it has not answered for 6 seconds"]
        assert store.requests == 1
        nursery.cancel_scope.cancel()
    assert await probes.problems() == []  # the server has stopped
