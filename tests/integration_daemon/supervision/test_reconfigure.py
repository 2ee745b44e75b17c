"""A running daemon applies a changed document: only changed connectors are affected."""

from collections.abc import Sequence

import msgspec
import pytest
import trio
from trio.testing import MockClock

from integration_daemon.config.document import IntegrationConnectorConfig
from integration_daemon.supervision.reconfigure import (
    apply_document,
    configuration_properties,
    update_configuration_properties,
)
from integration_daemon.supervision.reconfigured import Reconfigured
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart
from services.errors import ConnectorConfigurationError, InvalidParameterError
from services.files.messages import DIRECTORY_CHANGED
from tests.integration_daemon.supervision.rig import (
    SCRIPTS,
    Rig,
    Script,
    Scripted,
    running,
    scripted,
    waits,
)

MINUTE = 60.0


async def reconfigure(rig: Rig, *services: Sequence[IntegrationConnectorConfig], marker: str = "") -> Reconfigured:
    """Apply a document whose services have these connectors."""
    first = rig.hosting
    hostings = []
    for number, connectors in enumerate(services):
        changes = {"integration_service_url_marker": f"{marker}{number}"} if number else {}
        config = msgspec.structs.replace(first.config, integration_connector_configs=list(connectors), **changes)
        hostings.append(msgspec.structs.replace(first, config=config))
    return await apply_document(rig.daemon, hostings, user="peter")


def changed(config: IntegrationConnectorConfig, **fields: object) -> IntegrationConnectorConfig:
    return msgspec.structs.replace(config, **fields)


async def test_an_unchanged_connector_is_not_touched_even_during_a_refresh(
    autojump_clock: MockClock,
) -> None:
    same = scripted("same", Script(refresh=waits(60)), refresh_time_interval=2)
    other = scripted("other", refresh_time_interval=1)
    removed = scripted("gone", refresh_time_interval=1)
    async with running(same, other, removed) as rig:
        done = await reconfigure(
            rig, [scripted("new", refresh_time_interval=1), same, changed(other, refresh_time_interval=5)]
        )
        assert (done.added, done.changed, done.removed, done.unchanged) == (["new"], ["other"], ["gone"], 1)
        assert [hosted.name for hosted in rig.daemon.connectors] == ["new", "same", "other"]
        await trio.sleep(10.5 * MINUTE)
        assert SCRIPTS["same"].calls == ["initialize", "start", *["refresh"] * 6]
        assert SCRIPTS["new"].calls == ["initialize", "start", *["refresh"] * 11]
        assert (
            SCRIPTS["other"].calls
            == ["initialize", "start", "refresh", "disconnect", "initialize", "start"] + ["refresh"] * 3
        )
        assert SCRIPTS["gone"].calls == ["initialize", "start", "refresh", "disconnect"]
        with pytest.raises(InvalidParameterError):
            rig.daemon.connector("gone")
        assert len(rig.said("SERVICES-0081")) == 1


async def test_a_corrected_configuration_is_tried_at_once(
    autojump_clock: MockClock,
) -> None:
    async def refresh(connector: Scripted) -> None:
        if connector.context.setting("depth") is None:
            raise ConnectorConfigurationError(DIRECTORY_CHANGED, directory="d", connector="a")

    wrong = scripted("a", Script(refresh=refresh))
    async with running(wrong, recovery=AutomaticRestart) as rig:
        await trio.sleep(10)
        assert rig.state("a") == "FAILED"
        connection = msgspec.structs.replace(wrong.connection, configuration_properties={"depth": 1})
        await reconfigure(rig, [changed(wrong, connection=connection)])
        assert rig.state("a") == "WAITING"
        await trio.sleep(20 * MINUTE)
        assert rig.report("a").restarts == 1  # the retry planned earlier is cancelled


async def test_services_are_added_and_removed_and_a_connector_moves_between_them(autojump_clock: MockClock) -> None:
    moving, staying = scripted("moving", refresh_time_interval=1), scripted("staying", refresh_time_interval=1)
    async with running(moving, staying) as rig:
        done = await reconfigure(rig, [staying], [moving], marker="second")
        assert (done.added, done.changed, done.removed, done.unchanged) == ([], ["moving"], [], 1)
        await trio.sleep(2.5 * MINUTE)
        assert SCRIPTS["moving"].calls.count("refresh") == 4
        assert len(rig.daemon.services) == 2

        await reconfigure(rig, [staying])
        assert len(rig.daemon.services) == 1
        await trio.sleep(5 * MINUTE)
        assert SCRIPTS["moving"].calls[-1] == "disconnect"
        assert SCRIPTS["moving"].calls.count("refresh") == 4
        assert SCRIPTS["staying"].calls == ["initialize", "start", *["refresh"] * 8]


async def test_a_connector_that_moves_to_another_service_keeps_its_last_success(autojump_clock: MockClock) -> None:
    script = Script()
    moving, staying = scripted("moving", script), scripted("staying")
    async with running(moving, staying) as rig:
        before = rig.report("moving").last_success
        assert before is not None
        script.refresh = waits(3_600)
        await reconfigure(rig, [staying], [moving], marker="second")
        assert (rig.state("moving"), rig.report("moving").last_success) == ("REFRESHING", before)


async def test_a_connector_that_does_not_stop_is_removed_within_the_stop_deadline(autojump_clock: MockClock) -> None:
    async def never_lets_go(connector: Scripted) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(120)

    bad = scripted("bad", Script(refresh=never_lets_go), disconnect_deadline_seconds=50)
    good = scripted("good", refresh_time_interval=1)
    async with running(bad, good, stop_deadline=20) as rig:
        with trio.fail_after(21):
            await reconfigure(rig, [good])
        await trio.sleep(5 * MINUTE)
        assert [hosted.name for hosted in rig.daemon.connectors] == ["good"]
        assert SCRIPTS["good"].calls == ["initialize", "start", *["refresh"] * 6]


async def test_a_stopping_daemon_applies_no_document(autojump_clock: MockClock) -> None:
    async with running(scripted("a", Script(disconnect=waits(5)))) as rig:
        rig.stop.set()
        await trio.sleep(1)
        with pytest.raises(InvalidParameterError, match="is stopping"):
            await reconfigure(rig, [scripted("b")])


async def test_a_daemon_that_stops_during_a_change_lets_every_connector_go(autojump_clock: MockClock) -> None:
    slow = scripted("slow")
    async with running(scripted("a"), slow, stop_deadline=20) as rig:
        SCRIPTS["slow"].start = waits(120)
        refused = trio.Event()

        async def change() -> None:
            with pytest.raises(InvalidParameterError, match="is stopping"):
                await reconfigure(rig, [scripted("new"), changed(slow, refresh_time_interval=5)])
            refused.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(change)
            await trio.sleep(1)
            rig.stop.set()
            with trio.fail_after(5):
                await refused.wait()
    assert SCRIPTS["new"].calls == []
    assert SCRIPTS["slow"].calls[-2:] == ["start", "disconnect"]
    assert rig.said("SERVICES-0071") == []


async def test_changed_configuration_properties_restart_the_connector(autojump_clock: MockClock) -> None:
    seen: list[object] = []

    async def refresh(connector: Scripted) -> None:
        seen.append(connector.context.setting("depth"))

    async with running(scripted("a", Script(refresh=refresh))) as rig:
        await update_configuration_properties(rig.daemon, "a", {"depth": 3}, merge=True, user="peter")
        await update_configuration_properties(rig.daemon, "a", {"width": 1}, merge=True, user="peter")
        assert configuration_properties(rig.daemon, "a") == {"depth": 3, "width": 1}
        await update_configuration_properties(rig.daemon, "a", {}, merge=False, user="peter")

    assert seen == [None, 3, 3, None]
    assert "User peter changed" in rig.said("SERVICES-0015")[0]
    assert len(rig.said("SERVICES-0016")) == 1
