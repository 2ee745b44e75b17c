"""The watchdog names the connector that holds the event loop by the function that called it, not by the latest work."""

import time

import pytest
import trio

from tests.integration_daemon.supervision.rig import Script, Scripted, once, running, scripted, until

HELD = 0.6
"""Seconds; more than the watchdog tolerates."""


async def hold(connector: Scripted) -> None:
    """Hold the event loop, as a blocking call in an `async def` does."""
    time.sleep(HELD)  # noqa: ASYNC251 - that is the fault


async def hold_when_resumed(connector: Scripted) -> None:
    """Hold the loop after other connectors have begun their work."""
    await trio.sleep(0.1)
    time.sleep(HELD)  # noqa: ASYNC251 - that is the fault


async def hold_in_a_task(connector: Scripted) -> None:
    """Hold the loop in a task that the connector started."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hold, connector)


@pytest.mark.parametrize("step", [hold, hold_when_resumed, hold_in_a_task])
@pytest.mark.parametrize("method", ["initialize", "start", "refresh", "engage", "listener"])
async def test_the_watchdog_names_the_connector_that_holds_the_loop_and_its_method(method: str, step: object) -> None:
    script = Script()
    setattr(script, method, once(step))  # type: ignore[arg-type]
    bad = scripted("bad", script, uses_blocking_calls=method == "engage")
    others = [scripted(f"other {number}", refresh_time_interval=0.001) for number in range(3)]
    named = f"by integration connector bad in its {method} method"
    async with running(*others, bad) as rig:
        await until(lambda: any(named in line for line in rig.said("SERVICES-0078")))
