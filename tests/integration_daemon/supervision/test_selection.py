"""Selecting connectors by state and text."""

import trio

from integration_daemon.supervision.connector.roster import Listing
from integration_daemon.supervision.connector.selection import SLICE, Order, Selection, select
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.recovery.failure import FailureKind
from tests.integration_daemon.supervision.rig import Script, Scripted, running, scripted, until

ALL = Listing(limit=100)


async def _fail(connector: Scripted) -> None:
    raise ValueError("not today")


async def test_failed_connectors_come_first_and_every_state_is_counted() -> None:
    configs = [scripted(f"Ward {number}", Script(refresh=_fail if number % 4 == 3 else None)) for number in range(12)]
    async with running(*configs) as rig:
        await until(lambda: rig.state("Ward 11") == "FAILED")
        page = rig.daemon.roster.page
        everything = await page(Selection(), Listing(order=Order.FAILED_FIRST, limit=4))
        assert [each.name for each in everything.connectors] == ["Ward 3", "Ward 7", "Ward 11", "Ward 0"]
        assert everything.total == 12
        assert everything.counts == {ConnectorState.FAILED: 3, ConnectorState.WAITING: 9}

        ones = await page(Selection(text="wARD 1", states=frozenset({ConnectorState.FAILED})), ALL)
        assert [each.name for each in ones.connectors] == ["Ward 11"]
        assert ones.counts == {
            ConnectorState.FAILED: 1,
            ConnectorState.WAITING: 2,
        }  # the counts ignore the filter by state

        defects = await page(Selection(failure_kind=FailureKind.DEFECT), ALL)
        assert [each.name for each in defects.connectors] == ["Ward 3", "Ward 7", "Ward 11"]
        assert (await page(Selection(service="database-integrator"), ALL)).connectors == []


async def test_other_tasks_run_while_many_connectors_are_searched() -> None:
    async with running(scripted("one")) as rig:
        many = list(rig.daemon.connectors) * (20 * SLICE)
        turns = 0

        async def take_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(take_turns)
            found = await select(many, Selection(text="n"))
            nursery.cancel_scope.cancel()
        assert found == many
        assert turns >= 19
