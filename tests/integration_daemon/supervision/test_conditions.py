"""The condition of a connector: whether its metadata can be relied on."""

import time

import trio
from trio.testing import MockClock

from integration_daemon.supervision import operations
from integration_daemon.supervision.connector.condition import health_of
from integration_daemon.supervision.connector.finding import Condition, Reason
from integration_daemon.supervision.connector.roster import Listing
from integration_daemon.supervision.connector.selection import Selection
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart, BackOff
from services.errors import RefreshPostponedError
from services.files.messages import DIRECTORY_AWAITED
from tests.integration_daemon.supervision.rig import Rig, Script, Scripted, running, scripted, until, waits

MINUTE = 60.0


async def _fail(connector: Scripted) -> None:
    raise ValueError("not today")


async def _wait_for_directory(connector: Scripted) -> None:
    raise RefreshPostponedError(DIRECTORY_AWAITED, directory="/mnt/wards", connector=connector.connector_name)


def _reasons(rig: Rig, name: str, *, after: float = 0.0) -> list[Reason]:
    connector = rig.daemon.connector(name)
    return [finding.reason for finding in health_of(connector, time.time() + after).findings]


def _condition(rig: Rig, name: str, *, after: float = 0.0) -> Condition:
    return health_of(rig.daemon.connector(name), time.time() + after).condition


async def test_a_refreshed_connector_is_healthy_until_it_has_missed_three_refreshes(autojump_clock: MockClock) -> None:
    async with running(scripted("Wards", refresh_time_interval=10)) as rig:
        assert rig.daemon.connector("Wards").condition is Condition.HEALTHY
        assert _condition(rig, "Wards", after=29 * MINUTE) is Condition.HEALTHY
        assert _condition(rig, "Wards", after=31 * MINUTE) is Condition.STALE
        assert _reasons(rig, "Wards", after=31 * MINUTE) == [Reason.NO_RECENT_SUCCESS]


async def test_a_connector_that_is_refreshed_on_request_alone_is_never_stale(autojump_clock: MockClock) -> None:
    async with running(scripted("Wards", refresh_time_interval=0)) as rig:
        assert _condition(rig, "Wards", after=1_000_000 * MINUTE) is Condition.HEALTHY


async def test_a_failed_connector_is_degraded_and_later_stale_with_its_failure(autojump_clock: MockClock) -> None:
    async with running(scripted("Wards", Script(refresh=_fail), refresh_time_interval=10)) as rig:
        connector = rig.daemon.connector("Wards")
        assert connector.condition is Condition.DEGRADED
        (finding,) = health_of(connector).findings
        assert (finding.reason, "not today" in finding.text) == (Reason.FAILED, True)
        assert finding.since == connector.last_failure
        assert _reasons(rig, "Wards", after=31 * MINUTE) == [Reason.NO_RECENT_SUCCESS, Reason.FAILED]


async def test_a_failure_lasts_since_the_first_attempt_that_was_no_success(autojump_clock: MockClock) -> None:
    async with running(scripted("Wards", Script(refresh=_fail), refresh_time_interval=10)) as rig:
        first = rig.daemon.connector("Wards").last_failure
        await operations.restart(rig.daemon)
        connector = rig.daemon.connector("Wards")
        assert (connector.consecutive_failures, health_of(connector).since) == (2, first)
        assert connector.last_failure != first


async def test_a_connector_that_waits_for_its_directory_is_degraded(autojump_clock: MockClock) -> None:
    script = Script(refresh=_wait_for_directory)
    async with running(scripted("Wards", script, refresh_time_interval=10)) as rig:
        connector = rig.daemon.connector("Wards")
        assert (connector.state, connector.condition) == (ConnectorState.WAITING, Condition.DEGRADED)
        (finding,) = health_of(connector).findings
        assert (finding.reason, "/mnt/wards" in finding.text) == (Reason.REFRESH_WITHOUT_SUCCESS, True)
        script.refresh = None
        await operations.refresh(rig.daemon)
        assert connector.condition is Condition.HEALTHY


async def test_a_refresh_that_waits_long_for_its_turn_is_late(autojump_clock: MockClock) -> None:
    slow = [scripted(f"Slow {number}", refresh_time_interval=1) for number in range(2)]
    async with running(*slow, at_once=1) as rig:
        for each in slow:
            assert _condition(rig, each.connector_name) is Condition.HEALTHY
        connector = rig.daemon.connector("Slow 1")
        connector.due = trio.current_time() - 31
        assert _reasons(rig, "Slow 1") == [Reason.REFRESH_LATE]


async def test_no_refresh_of_a_failed_connector_is_late(autojump_clock: MockClock) -> None:
    async with running(scripted("Wards", Script(refresh=_fail), refresh_time_interval=1)) as rig:
        await trio.sleep(1.7 * 60)
        connector = rig.daemon.connector("Wards")
        assert (connector.state, connector.due) == (ConnectorState.FAILED, None)
        assert _reasons(rig, "Wards") == [Reason.FAILED]


async def test_a_refresh_that_runs_longer_than_its_interval_is_behind_it(autojump_clock: MockClock) -> None:
    async with running(scripted("Wards", Script(refresh=waits(3_600)), refresh_time_interval=10)) as rig:
        assert _condition(rig, "Wards", after=9 * MINUTE) is Condition.UNKNOWN  # it has never succeeded
        assert _reasons(rig, "Wards", after=11 * MINUTE) == [Reason.BEHIND_INTERVAL]


async def test_a_connector_that_the_policy_restarts_again_and_again_is_flapping(autojump_clock: MockClock) -> None:
    failures = 3

    async def fail_sometimes(connector: Scripted) -> None:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise ValueError("not yet")

    at_once = BackOff(first=0.001, longest=0.001)
    config = scripted("Wards", Script(refresh=fail_sometimes), refresh_time_interval=10)
    async with running(config, recovery=lambda: AutomaticRestart(at_once)) as rig:
        await until(lambda: rig.daemon.connector("Wards").last_success is not None)
        assert _reasons(rig, "Wards") == [Reason.FLAPPING]


async def test_a_paused_connector_is_not_judged(autojump_clock: MockClock) -> None:
    async with running(scripted("Wards", refresh_time_interval=10)) as rig:
        await operations.set_target_state(
            rig.daemon, "Wards", TargetState.PAUSED, by=operations.Request(user="erinoverview")
        )
        assert rig.daemon.connector("Wards").condition is Condition.UNKNOWN
        assert _condition(rig, "Wards", after=31 * MINUTE) is Condition.UNKNOWN
        await operations.set_target_state(
            rig.daemon, "Wards", TargetState.RUNNING, by=operations.Request(user="erinoverview")
        )
        assert rig.daemon.connector("Wards").condition is Condition.HEALTHY


async def test_connectors_are_selected_and_counted_by_condition(autojump_clock: MockClock) -> None:
    configs = [scripted(f"Ward {number}", Script(refresh=_fail if number % 4 == 3 else None)) for number in range(12)]
    async with running(*configs) as rig:
        found = await rig.daemon.roster.page(Selection(condition=Condition.DEGRADED), Listing(limit=20))
        assert [each.name for each in found.connectors] == ["Ward 3", "Ward 7", "Ward 11"]
        assert found.counts == {ConnectorState.FAILED: 3}
        everything = await rig.daemon.roster.page(Selection(), Listing(limit=0))
        assert everything.conditions == {Condition.DEGRADED: 3, Condition.HEALTHY: 9}


async def test_the_census_counts_connectors_and_notices_conditions_that_come_with_time(
    autojump_clock: MockClock,
) -> None:
    configs = [scripted("Wards", refresh_time_interval=10), scripted("Beds", Script(refresh=_fail))]
    async with running(*configs) as rig:
        await rig.daemon.census.count()
        assert rig.daemon.census.last.by_condition == {
            ("files-integrator", ConnectorState.WAITING, Condition.HEALTHY): 1,
            ("files-integrator", ConnectorState.FAILED, Condition.DEGRADED): 1,
        }
        rig.daemon.connector("Wards").last_success = time.time() - 31 * MINUTE
        await trio.sleep(60)
        assert rig.daemon.connector("Wards").condition is Condition.STALE
        assert rig.daemon.census.last.by_condition["files-integrator", ConnectorState.WAITING, Condition.STALE] == 1
