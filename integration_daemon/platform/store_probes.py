"""Whether the metadata stores of a server answer. Nobody is asked unless somebody wants to know."""

from collections.abc import Callable, Mapping

import trio

from integration_daemon.supervision.recovery.failure import message_of, most_telling
from services.metadata.changes import Query
from services.metadata.store import MetadataStore

FRESH = 2.0
"""Seconds for which the answer of a store counts, however often somebody wants to know."""
PATIENCE = 0.5
"""Seconds to wait for an answer; after that, the answer before it counts."""
DEADLINE = 5.0
"""Seconds after which a store that has not answered counts as failed."""


class StoreProbe:
    """Asks one metadata store for one element, at most one request at a time."""

    def __init__(self, store: MetadataStore) -> None:
        self._store = store
        self._problem = ""
        self._asked: float | None = None
        self._answered = float("-inf")
        self._done = trio.Event()

    def begin(self, nursery: trio.Nursery, name: str) -> None:
        """Ask the store, unless its last answer is fresh or yet to come."""
        now = trio.current_time()
        if self._asked is None and now - self._answered >= FRESH:
            self._asked, self._done = now, trio.Event()
            nursery.start_soon(self._ask, name=f"probe of metadata server {name}")

    async def wait(self) -> None:
        """Wait for the answer to the last request, if there was one."""
        if self._asked is not None:
            await self._done.wait()

    @property
    def problem(self) -> str:
        """Why the store cannot be used; empty if it can, or has never been asked."""
        if self._asked is not None and (seconds := trio.current_time() - self._asked) > DEADLINE:
            return f"it has not answered for {seconds:.0f} seconds"
        return self._problem

    async def _ask(self) -> None:
        problem = ""
        try:
            await self._store.find_page(Query(page_size=1))
        except Exception as error:
            problem = message_of(most_telling(error))
        self._problem, self._answered, self._asked = problem, trio.current_time(), None
        self._done.set()


class StoreProbes:
    """The probes of the metadata stores that a server uses."""

    def __init__(self, stores: Callable[[], Mapping[str, MetadataStore]]) -> None:
        self._stores = stores
        self._probes: dict[str, StoreProbe] = {}
        self._nursery: trio.Nursery | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Ask the stores when somebody wants to know, until cancelled."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            await trio.sleep_forever()

    async def problems(self) -> list[str]:
        """Why metadata stores cannot be used; waits at most `PATIENCE` seconds for their answers."""
        if self._nursery is None or self._nursery.cancel_scope.cancel_called:
            return []
        stores = self._stores()
        self._probes = {name: self._probes.get(name) or StoreProbe(store) for name, store in stores.items()}
        for name, probe in self._probes.items():
            probe.begin(self._nursery, name)
        with trio.move_on_after(PATIENCE):
            for probe in self._probes.values():
                await probe.wait()
        return [f"metadata server {name}: {each.problem}" for name, each in self._probes.items() if each.problem]
