"""Probes whether the metadata stores of a server answer. A store is probed only when its state is requested."""

from collections.abc import Callable, Mapping

import trio

from integration_daemon.supervision.recovery.failure import message_of, most_telling
from services.metadata.changes import Query
from services.metadata.store import MetadataStore

FRESH = 2.0
"""Seconds for which the answer of a store is reused."""
PATIENCE = 0.5
"""Seconds to wait for an answer; after that, the previous answer is used."""
DEADLINE = 5.0
"""Seconds after which a store that has not answered counts as failed."""


class StoreProbe:
    """Requests one element from a metadata store, with at most one request at a time."""

    def __init__(self, store: MetadataStore) -> None:
        self._store = store
        self._problem = ""
        self._sent: float | None = None
        """The time of the request in progress, if any."""
        self._answered = float("-inf")
        """The time of the last answer."""
        self._done = trio.Event()

    def begin(self, nursery: trio.Nursery, name: str) -> None:
        """Send a request to the store, unless one is in progress or the last answer is fresh."""
        now = trio.current_time()
        if self._sent is None and now - self._answered >= FRESH:
            self._sent, self._done = now, trio.Event()
            nursery.start_soon(self._probe, name=f"probe of metadata server {name}")

    async def wait(self) -> None:
        """Wait for the answer to the request in progress, if any."""
        if self._sent is not None:
            await self._done.wait()

    @property
    def problem(self) -> str:
        """The reason why the store cannot be used; empty if it can, or has never been probed."""
        if self._sent is not None and (seconds := trio.current_time() - self._sent) > DEADLINE:
            return f"it has not answered for {seconds:.0f} seconds"
        return self._problem

    async def _probe(self) -> None:
        problem = ""
        try:
            await self._store.find_page(Query(page_size=1))
        except Exception as error:
            problem = message_of(most_telling(error))
        self._problem, self._answered, self._sent = problem, trio.current_time(), None
        self._done.set()


class StoreProbes:
    """The probes of the metadata stores that a server uses."""

    def __init__(self, stores: Callable[[], Mapping[str, MetadataStore]]) -> None:
        self._stores = stores
        self._probes: dict[str, StoreProbe] = {}
        self._nursery: trio.Nursery | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run the probes that `problems` begins, until cancelled."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            await trio.sleep_forever()

    async def problems(self) -> list[str]:
        """The reasons why metadata stores cannot be used; waits at most `PATIENCE` seconds for their answers."""
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
