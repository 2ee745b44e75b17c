"""Automatic recovery, target states, and long work beside quick work."""

import time

import trio
from trio.testing import MockClock

from integration_daemon.supervision import operations
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.recovery.failure import FailureKind
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart
from services.errors import MetadataServerNotRunningError, ThirdPartyUnavailableError
from services.files.messages import DIRECTORY_CHANGED
from services.framework.connection import Connection, Endpoint
from services.metadata.messages import SERVER_NOT_AVAILABLE
from tests.integration_daemon.supervision.rig import (
    SCRIPTS,
    MemoryServer,
    Script,
    Scripted,
    connection_to,
    once,
    running,
    scripted,
    waits,
)

MINUTE = 60.0


def automatic() -> AutomaticRestart:
    return AutomaticRestart(draw=lambda: 1.0)


def down() -> MetadataServerNotRunningError:
    return MetadataServerNotRunningError(
        SERVER_NOT_AVAILABLE, metadata_server="cocoMDS1", server="cocoMDS1", user="exchangeDL01npa"
    )


async def test_an_outage_of_the_metadata_server_is_one_event_and_recovers_automatically(
    autojump_clock: MockClock,
) -> None:
    server = MemoryServer()

    async def refresh(connector: Scripted) -> None:
        await connector.context.apply([])

    names = [f"c{number}" for number in range(1_200)]
    configs = [scripted(name, Script(refresh=refresh), refresh_time_interval=1) for name in names]
    async with running(*configs, server=server, recovery=automatic) as rig:
        await operations.refresh(rig.daemon)
        assert {rig.state(name) for name in names} == {"WAITING"}
        before = len(rig.buffer.entries)
        server.error = down()
        await trio.sleep(3 * MINUTE)
        assert {rig.state(name) for name in names} == {"FAILED"}
        assert rig.report("c7").restart_awaits == "metadata server cocoMDS1"
        failure = rig.report("c7").failure
        assert failure is not None
        assert failure.kind is FailureKind.METADATA_SERVER_UNAVAILABLE

        server.error = None
        await trio.sleep(5)
        assert {rig.state(name) for name in names} == {"WAITING"}
        during = [entry.message.id[-4:] for entry in list(rig.buffer.entries)[before:]]
        assert during.count("0075") == during.count("0076") == 1
        assert during.count("0031") == during.count("0008") == during.count("0072") == 0


class Shop:
    """A third-party server that several connectors use, and that can be closed."""

    def __init__(self) -> None:
        self.is_open = True
        self.visits: list[float] = []

    async def visit(self, connector: Scripted) -> None:
        self.visits.append(trio.current_time())
        await trio.sleep(0.01)
        if not self.is_open:
            raise ThirdPartyUnavailableError(DIRECTORY_CHANGED, directory="shop", connector=connector.connector_name)


def at(address: str) -> Connection:
    connection = connection_to(Scripted)
    connection.endpoint = Endpoint(address=address)
    return connection


async def test_an_outage_of_a_shared_endpoint_is_one_event_and_one_connector_tries_it(
    autojump_clock: MockClock,
) -> None:
    shop, other = Shop(), Shop()
    names = [f"c{number}" for number in range(50)]
    sharing = [
        scripted(
            name, Script(refresh=shop.visit), refresh_time_interval=1, connection=at(f"postgresql://shop:5432/{name}")
        )
        for name in names
    ]
    alone = scripted("alone", Script(refresh=other.visit), refresh_time_interval=1, connection=at("postgresql://other"))
    async with running(*sharing, alone, recovery=automatic) as rig:
        shop.is_open = False
        await trio.sleep(2 * MINUTE)
        assert [rig.state(name) for name in names].count("FAILED") >= 49  # one may be trying the endpoint
        assert rig.state("alone") == "WAITING"
        tries = [when for when in shop.visits if when > MINUTE + 10]
        assert 30 <= len(tries) <= 150  # about one each second, not fifty

        shop.is_open = True
        await trio.sleep(5)
        assert {rig.state(name) for name in names} == {"WAITING"}
        assert len(rig.said("SERVICES-0079")) == len(rig.said("SERVICES-0080")) == 1
        assert rig.said("SERVICES-0031") == rig.said("SERVICES-0072") == []
        assert "postgresql://shop:5432" in rig.said("SERVICES-0079")[0]


async def test_a_flapping_shared_endpoint_is_tried_less_often(autojump_clock: MockClock) -> None:
    shop = Shop()

    async def flutters(connector: Scripted) -> None:
        shop.is_open = not shop.is_open
        await shop.visit(connector)

    configs = [scripted(name, Script(refresh=flutters), connection=at("https://shop/api")) for name in "ab"]
    async with running(*configs, recovery=automatic) as rig:
        await trio.sleep(60 * MINUTE)
        assert len(rig.said("SERVICES-0079")) < 30


async def test_another_kind_of_failure_does_not_end_an_endpoint_outage(autojump_clock: MockClock) -> None:
    shop = Shop()
    shop.is_open = False

    async def then_is_defect(connector: Scripted) -> None:
        if connector.script.calls.count("refresh") == 1:
            await shop.visit(connector)
        raise ValueError("broken")

    configs = [scripted("odd", Script(refresh=then_is_defect), connection=at("shop"))]
    configs += [scripted(name, Script(refresh=shop.visit), connection=at("shop")) for name in "abc"]
    async with running(*configs, recovery=automatic) as rig:
        await trio.sleep(30)
        assert rig.said("SERVICES-0080") == []
        await operations.set_target_state(rig.daemon, "a", TargetState.STOPPED, by=operations.Request(user="peter"))
        shop.is_open = True
        await trio.sleep(10)
        assert [rig.state(name) for name in "abc"] == ["STOPPED", "WAITING", "WAITING"]


async def test_a_crash_loop_is_logged_once_with_a_count(autojump_clock: MockClock) -> None:
    failures = 6

    async def refresh(connector: Scripted) -> None:
        if len(script.calls) < failures * 4:
            raise ConnectionError("refused")

    script = Script(refresh=refresh)
    async with running(scripted("a", script), recovery=automatic) as rig:
        await trio.sleep(10 * MINUTE)
        assert rig.state("a") == "WAITING"
        assert len(rig.said("SERVICES-0031")) == 1
        assert len(rig.said("SERVICES-0008")) == 1
        assert len(rig.said("SERVICES-0072")) == 1
        (recovered,) = rig.said("SERVICES-0074")
        assert "connector a works again after it failed 6 times in a row" in recovered


async def test_a_paused_connector_rests_until_it_is_resumed(autojump_clock: MockClock) -> None:
    async with running(scripted("a", refresh_time_interval=1), scripted("b", refresh_time_interval=1)) as rig:
        await operations.set_target_state(rig.daemon, "a", TargetState.PAUSED, by=operations.Request(user="peter"))
        await trio.sleep(5.5 * MINUTE)
        assert rig.state("a") == "PAUSED"
        assert SCRIPTS["a"].calls == ["initialize", "start", "refresh"]
        assert SCRIPTS["b"].calls.count("refresh") == 6
        await operations.refresh(rig.daemon, connector="a")
        await operations.restart(rig.daemon, connector="a")
        assert SCRIPTS["a"].calls.count("refresh") == 1  # the target state is PAUSED

        await operations.set_target_state(rig.daemon, "a", TargetState.RUNNING, by=operations.Request(user="peter"))
        assert rig.state("a") == "WAITING"
        assert SCRIPTS["a"].calls.count("refresh") == 2


async def test_a_stopped_connector_disconnects_and_starts_anew_when_resumed(autojump_clock: MockClock) -> None:
    async with running(scripted("a", Script(refresh=once(waits(1e4))), refresh_time_interval=1)) as rig:
        await operations.set_target_state(rig.daemon, "a", TargetState.STOPPED, by=operations.Request(user="peter"))
        assert rig.state("a") == "STOPPED"
        assert SCRIPTS["a"].calls[-1] == "disconnect"
        await trio.sleep(5 * MINUTE)
        assert SCRIPTS["a"].calls[-1] == "disconnect"

        await operations.set_target_state(rig.daemon, "a", TargetState.RUNNING, by=operations.Request(user="peter"))
        report = rig.report("a")
        assert (report.state.label, report.incarnation) == ("WAITING", 2)


async def test_a_connector_that_holds_the_loop_is_named() -> None:
    async def refresh(connector: Scripted) -> None:
        time.sleep(0.6)  # noqa: ASYNC251 - that is what it is about

    async with running(scripted("culprit", Script(refresh=refresh)), scripted("other")) as rig:
        with trio.fail_after(20):
            while not rig.said("SERVICES-0078"):  # noqa: ASYNC110 - a thread says it
                await trio.sleep(0.05)
    (said, *_) = rig.said("SERVICES-0078")
    assert "integration connector culprit in its refresh method" in said
    assert "time.sleep(0.6)" in said
