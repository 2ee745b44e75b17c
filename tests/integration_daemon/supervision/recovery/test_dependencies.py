"""Outages: a shared dependency is probed once for all its connectors, which are restarted once it is available."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from audit.log import AuditLog, Buffer, Component
from integration_daemon.supervision.recovery.dependencies import (
    Dependency,
    DependencyWatch,
    EndpointWatches,
    MetadataServer,
    SharedEndpoint,
    Waiter,
    endpoint_of,
)
from services.errors import MetadataServerNotRunningError
from services.framework.connection import Connection, Endpoint
from services.metadata.changes import ElementPage, Query
from services.metadata.messages import SERVER_NOT_AVAILABLE
from tests.integration_daemon.supervision.rig import MemoryServer

REFUSED = ConnectionError("refused")


class Server(Dependency):
    """A dependency that can be down, and records when it was probed and what was logged."""

    description = "server"

    def __init__(self) -> None:
        self.is_up = False
        self.probes: list[float] = []
        self.log: list[str | tuple[float, int]] = []

    def log_down(self, error: Exception) -> None:
        self.log.append(str(error))

    def log_back(self, seconds: float, waiting: int) -> None:
        self.log.append((seconds, waiting))

    async def is_available(self, watch: DependencyWatch) -> bool:
        self.probes.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        return self.is_up


class Waiting(Waiter):
    """A waiting connector that records when it was restarted."""

    def __init__(self, name: str = "a") -> None:
        self.name = name
        self.gave_up = False
        self.restarts: list[float] = []
        self.alone: Callable[[Waiting], bool] = lambda _: True
        """What comes of a restart to try the dependency."""

    @property
    def is_waiting(self) -> bool:
        return not self.gave_up

    def restart(self) -> None:
        self.restarts.append(trio.current_time())

    async def restart_alone(self) -> bool:
        await trio.lowlevel.checkpoint()
        self.restart()
        return self.alone(self)


@asynccontextmanager
async def watching(server: Server) -> AsyncIterator[DependencyWatch]:
    """A running watch of the server; the clock starts at 0."""
    watch = DependencyWatch(server)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch.run)
        yield watch
        nursery.cancel_scope.cancel()


async def seconds_until_probed(server: Server, watch: DependencyWatch) -> float:
    """Let the server fail and recover; return how long the watch waits before it probes."""
    began, before = trio.current_time(), len(server.probes)
    server.is_up = True
    watch.note_failure(Waiting(), REFUSED)
    while watch.error is not None:  # noqa: ASYNC110 - the watch tells nobody but its server
        await trio.sleep(0.5)
    assert len(server.probes) == before + 1
    return server.probes[-1] - began


async def test_an_outage_is_logged_when_it_begins_and_when_it_ends(autojump_clock: MockClock) -> None:
    server, (first, second, stopped) = Server(), map(Waiting, "abc")
    async with watching(server) as watch:
        await trio.sleep(100)
        assert watch.error is None
        for waiter in (first, second, stopped, first):
            watch.note_failure(waiter, ConnectionError(waiter.name))
        await trio.sleep(30.2)
        assert str(watch.error) == "a"
        assert len(server.log) == 1
        stopped.gave_up = True
        server.is_up = True
        await trio.sleep(2)
        assert watch.error is None

    assert server.log == ["a", (server.probes[-1] - 100, 2)]
    assert [first.restarts, second.restarts, stopped.restarts] == [[server.probes[-1]]] * 2 + [[]]


async def test_an_outage_counts_only_its_own_connectors(autojump_clock: MockClock) -> None:
    server, (first, second) = Server(), map(Waiting, "ab")
    server.is_up = True
    async with watching(server) as watch:
        for waiter in (first, second):
            watch.note_failure(waiter, REFUSED)
            await trio.sleep(100)
    assert [len(first.restarts), len(second.restarts)] == [1, 1]
    assert server.log == ["refused", (0, 1)] * 2


async def test_probes_are_about_a_second_apart_with_jitter(autojump_clock: MockClock) -> None:
    server = Server()
    async with watching(server) as watch:
        watch.note_failure(Waiting(), REFUSED)
        await trio.sleep(300)
    pauses = [later - earlier for earlier, later in zip(server.probes, server.probes[1:], strict=False)]
    assert server.probes[0] == 0
    assert all(0.49 < pause < 1.51 for pause in pauses)
    assert min(pauses) < 0.7
    assert max(pauses) > 1.3


async def test_the_wait_before_a_probe_doubles_when_a_dependency_soon_fails_again(
    autojump_clock: MockClock,
) -> None:
    server = Server()
    async with watching(server) as watch:
        waits = []
        for _ in range(11):
            waits.append(await seconds_until_probed(server, watch))
            await trio.sleep(50)
    assert waits == [0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


async def test_a_dependency_that_was_up_for_a_minute_is_probed_at_once(autojump_clock: MockClock) -> None:
    server = Server()
    async with watching(server) as watch:
        assert await seconds_until_probed(server, watch) == 0
        assert await seconds_until_probed(server, watch) == 2
        await trio.sleep_until(server.probes[-1] + 60)
        assert await seconds_until_probed(server, watch) == 0
        assert await seconds_until_probed(server, watch) == 2


async def test_connectors_are_restarted_500_at_a_time(autojump_clock: MockClock) -> None:
    server, waiters = Server(), [Waiting(f"c{number}") for number in range(1_200)]
    async with watching(server) as watch:
        for waiter in waiters:
            watch.note_failure(waiter, REFUSED)
        server.is_up = True
        await trio.sleep(0.05)
        assert sum(bool(waiter.restarts) for waiter in waiters) == 500
        waiters[600].gave_up = True  # somebody else restarted it in the meantime
        await trio.sleep(0.1)
        assert sum(bool(waiter.restarts) for waiter in waiters) == 999
        await trio.sleep(0.1)
    assert [waiter.name for waiter in waiters if len(waiter.restarts) != 1] == ["c600"]


async def test_one_connector_tries_the_endpoint_on_behalf_of_all(autojump_clock: MockClock) -> None:
    watch, first, second = DependencyWatch(Server()), Waiting("a"), Waiting("b")

    def fails_again(waiter: Waiting) -> bool:
        watch.note_failure(waiter, REFUSED)
        return False

    first.alone = fails_again
    for waiter in (first, second):
        watch.note_failure(waiter, REFUSED)
    assert not await watch.restart_one()
    assert await watch.restart_one()  # the next connector, whose try succeeds
    assert (len(first.restarts), len(second.restarts)) == (1, 1)


async def test_the_outage_ends_when_every_waiting_connector_failed_for_another_reason(
    autojump_clock: MockClock,
) -> None:
    watch, waiters = DependencyWatch(Server()), [Waiting(name) for name in "abc"]
    waiters[1].gave_up = True
    for waiter in waiters:
        waiter.alone = lambda _: False
        watch.note_failure(waiter, REFUSED)
    assert await watch.restart_one()
    assert [len(waiter.restarts) for waiter in waiters] == [1, 0, 1]


class Answers(MemoryServer):
    """A slow metadata server that records its queries."""

    def __init__(self, error: Exception | None, seconds: float) -> None:
        super().__init__()
        self.error = error
        self.queries: list[Query] = []
        self._seconds = seconds

    async def find_page(self, query: Query) -> ElementPage:
        self.queries.append(query)
        await trio.sleep(self._seconds)
        return await super().find_page(query)


def logged() -> tuple[AuditLog, Buffer]:
    buffer = Buffer(1_000)
    return AuditLog(buffer, Component(component_id=1, component_name="test")), buffer


def texts(buffer: Buffer) -> list[str]:
    return [entry.message.render(entry.parameters) for entry in buffer.entries]


NOT_RUNNING = MetadataServerNotRunningError(SERVER_NOT_AVAILABLE, metadata_server="m", server="m", user="u")


@pytest.mark.parametrize(
    ("error", "seconds", "available"),
    [(None, 0, True), (NOT_RUNNING, 0, False), (PermissionError(), 0, True), (None, 4, True), (None, 6, False)],
    ids=["it answers", "it is not running", "it refuses", "it is slow", "it is too slow"],
)
async def test_a_metadata_server_is_probed_with_a_small_query(
    error: Exception | None, seconds: float, available: bool, autojump_clock: MockClock
) -> None:
    server = Answers(error, seconds)
    dependency = MetadataServer("mds", "https://localhost:9444", server, logged()[0])
    assert await dependency.is_available(DependencyWatch(dependency)) is available
    assert server.queries == [Query(page_size=1)]
    assert trio.current_time() <= 5


def test_the_log_names_the_metadata_server_and_its_platform() -> None:
    log, buffer = logged()
    server = MetadataServer("mds", "https://localhost:9444", MemoryServer(), log)
    server.log_down(ConnectionError("refused"))
    server.log_back(61.25, 7)
    assert server.description == "metadata server mds"
    assert texts(buffer) == [
        "The metadata server mds on platform https://localhost:9444 is unavailable: refused",
        "The metadata server mds on platform https://localhost:9444 is available again after 61.2 seconds; "
        "7 connectors waited for it",
    ]


def test_the_log_names_the_endpoint() -> None:
    log, buffer = logged()
    endpoint = SharedEndpoint("https://shop", log)
    endpoint.log_down(ConnectionError("refused"))
    endpoint.log_back(61.25, 7)
    assert endpoint.description == "endpoint https://shop"
    assert texts(buffer) == [
        "The endpoint https://shop, which several connectors use, is unavailable: ConnectionError: refused",
        "The endpoint https://shop is available again after 61.2 seconds; 7 more connectors waited for it",
    ]


def at(address: str) -> Connection:
    return Connection(endpoint=Endpoint(address=address))


@asynccontextmanager
async def endpoints() -> AsyncIterator[EndpointWatches]:
    watches = EndpointWatches(logged()[0])
    async with trio.open_nursery() as nursery:
        await nursery.start(watches.run)
        yield watches
        nursery.cancel_scope.cancel()


async def test_an_endpoint_is_watched_while_more_than_one_connector_uses_it(autojump_clock: MockClock) -> None:
    one, other = at("https://shop/one"), at("https://shop/other")
    async with endpoints() as watches:
        watches.add_user(one)
        assert watches.watch_of(one) is None  # a single user has its own restart policy
        watches.add_user(other)
        assert watches.watch_of(one) is watches.watch_of(other) is not None
        assert watches.some_failed
        watches.add_user(other)
        watches.remove_user(other)
        assert watches.watch_of(one) is not None
        watches.remove_user(other)
        assert watches.watch_of(one) is None
        watches.remove_user(one)
        watches.add_user(one)
        assert watches.watch_of(one) is None


async def test_connectors_without_an_address_share_nothing(autojump_clock: MockClock) -> None:
    async with endpoints() as watches:
        for _ in range(2):
            watches.add_user(Connection())
        assert watches.watch_of(Connection()) is None
        assert watches.outage_of(Connection()) is None
        assert not watches.some_failed


async def test_an_endpoint_is_unavailable_until_a_restarted_connector_succeeds(autojump_clock: MockClock) -> None:
    one, other, elsewhere = at("https://shop/one"), at("https://shop/other"), at("https://elsewhere/one")

    def unavailable(watches: EndpointWatches) -> list[bool]:
        return [watches.outage_of(connection) is not None for connection in (one, other, elsewhere)]

    async with endpoints() as watches:
        for connection in (one, other, elsewhere, elsewhere):
            watches.add_user(connection)
        assert unavailable(watches) == [False, False, False]
        watch, _ = watches.watch_of(one), watches.watch_of(elsewhere)
        assert watch is not None
        assert unavailable(watches) == [False, False, False]
        watch.note_failure(Waiting(), REFUSED)
        assert unavailable(watches) == [True, True, False]
        await wait_all_tasks_blocked()
        assert unavailable(watches) == [False, False, False]


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("postgresql://user@shop:5432/orders", "postgresql://shop:5432"),
        ("https://shop/api?page=1", "https://shop"),
        ("landing-area/files", "landing-area/files"),
        ("//shop/share", "//shop/share"),  # a file path
        ("file:///data/landing-area", "file:///data/landing-area"),  # names no server
        ("https://[shop/api", "https://[shop/api"),  # is not a URL
        ("", ""),
    ],
)
def test_connectors_share_the_server_of_their_address_or_the_whole_address(address: str, endpoint: str) -> None:
    assert endpoint_of(at(address)) == endpoint


def test_a_connection_without_an_endpoint_shares_nothing() -> None:
    assert endpoint_of(Connection()) == endpoint_of(Connection(endpoint=Endpoint())) == ""
