"""An integration daemon runs what its integration groups have in metadata, and follows the changes."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import trio
import trio.testing

from integration_daemon.config.load import convert
from integration_daemon.groups import follower
from integration_daemon.groups.group import GroupStatus
from integration_daemon.groups.reading import GroupReader
from integration_daemon.platform import hosted_services
from integration_daemon.supervision import operations, reconfigure
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.environment import ServiceEnvironment
from integration_daemon.supervision.reconfigure import apply_services
from integration_daemon.supervision.reconfigured import Reconfigured
from services.allowance import Allowance
from services.errors import InvalidParameterError
from services.metadata.changes import Remove, Unrelate
from services.metadata.mapping import to_put
from services.metadata.types.connectors import IntegrationGroup
from tests.integration_daemon.groups.elements import GROUP
from tests.integration_daemon.groups.hosted import SCRIPTED, Hosted, document, hosted, script, until
from tests.integration_daemon.supervision.rig import PATIENCE, SCRIPTS, Scripted
from tests.servers.egeria.server import egeria_server


@pytest.fixture
async def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hosted]:
    monkeypatch.setattr(follower, "FEED_PAUSE", 0.02)
    monkeypatch.setattr(follower, "SHARE", 0)
    SCRIPTS.clear()
    async with hosted(tmp_path, document()) as found:
        yield found


async def test_the_connectors_of_a_group_run_as_they_are_registered_and_changed(running: Hosted) -> None:
    first, second = script("first"), script("second")
    await running.author.group()
    await running.author.register("first", provider=SCRIPTED)
    await running.author.register("second", provider=SCRIPTED)
    await until(lambda: "refresh" in first.calls and "refresh" in second.calls)
    assert running.daemon.services[0].environment.group == GROUP

    await running.author.register("first", provider=SCRIPTED, refreshTimeInterval=5)
    await until(lambda: first.calls.count("refresh") == 2)
    assert running.daemon.connector("first").interval == 300
    await running.author.apply(unregistered("second"))
    await until(lambda: running.names == ["first"])
    assert second.calls == ["initialize", "start", "refresh", "disconnect"]
    assert first.calls == ["initialize", "start", "refresh", "disconnect", "initialize", "start", "refresh"]


def unregistered(name: str) -> Unrelate:
    return Unrelate(type_name="RegisteredIntegrationConnector", end1=GROUP, end2=f"Connector:{name}")


async def test_a_catalog_target_is_refreshed_when_it_is_added_and_fails_and_ends_alone(running: Hosted) -> None:
    async def fails(connector: Scripted) -> None:
        raise RuntimeError(connector.connection.address)

    good = script("monitor::good")
    script("monitor::bad", refresh=fails)
    await running.author.group()
    await running.author.register("monitor", provider=SCRIPTED)
    await running.author.target("monitor", "good", "/good", metadataSourceQualifiedName="Good")
    await until(lambda: good.calls == ["initialize", "start", "refresh"])
    await running.author.target("monitor", "bad", "/bad")
    await until(lambda: "/bad" in running.problem_of("monitor::bad"))
    assert running.daemon.connector("monitor::good").config.metadata_source_qualified_name == "Good"
    assert good.calls == ["initialize", "start", "refresh"]

    outcome = await operations.refresh(running.daemon, connector="monitor")
    assert (outcome.asked, outcome.done, outcome.failed) == (2, 1, 1)
    await running.author.untarget("monitor", "/bad")
    await until(lambda: running.names == ["monitor::good"])
    assert good.calls == ["initialize", "start", "refresh", "refresh"]


async def test_what_is_registered_wrongly_fails_with_its_reason_and_harms_nothing_else(running: Hosted) -> None:
    good = script("good")
    await running.author.group()
    await running.author.register("bare", connection={"connectorType": {}})
    await running.author.register("eval", provider="os.path.join")
    await running.author.register("fast", provider=SCRIPTED, refreshTimeInterval=0.01)
    await running.author.register("good", provider=SCRIPTED)
    await running.author.register("secret", provider=SCRIPTED, connection={"clearPassword": "env:HOME"})
    await running.author.register("slow", provider=SCRIPTED, refreshTimeInterval="often")
    await running.author.register("taken", provider=SCRIPTED)
    await running.author.relate("RegisteredIntegrationConnector", GROUP, "Connector:taken", connectorName="good")
    await until(lambda: any(name.startswith("good (") for name in running.names))
    await until(lambda: "refresh" in good.calls)
    twin = next(name for name in running.names if name.startswith("good ("))

    problems = {name: running.problem_of(name).partition("be run: ")[2] for name in running.names}
    assert problems["bare"] == "its connection has no connectorProviderClassName"
    assert problems["eval"].startswith("OCF-CONNECTION-400-020")
    assert problems["fast"] == "its refreshTimeInterval is shorter than a minute"
    assert problems["secret"].startswith("its connection has the secret reference env:HOME, which")
    assert problems["slow"] == "refreshTimeInterval: Expected `float`, got `str`"
    assert problems[twin] == "another connector or catalog target of the group has the name good"
    assert good.calls == ["initialize", "start", "refresh"]

    script("slow")
    await running.author.register("slow", provider=SCRIPTED, refreshTimeInterval=60)
    await until(lambda: "refresh" in SCRIPTS["slow"].calls)
    assert good.calls == ["initialize", "start", "refresh"]


async def test_a_connector_runs_between_its_start_date_and_its_stop_date(running: Hosted) -> None:
    now = datetime.now(UTC)
    past, soon, future = ((now + timedelta(seconds=each)).isoformat() for each in (-60, 1.5, 3600))
    brief, ended, later = script("brief"), script("ended"), script("later")
    await running.author.group()
    await running.author.register("brief", provider=SCRIPTED, startDate=past, stopDate=soon)
    await running.author.register("ended", provider=SCRIPTED, connectorShutdownDate=past)
    await running.author.register("later", provider=SCRIPTED, startDate=future)
    await until(lambda: "refresh" in brief.calls)
    await until(lambda: running.names == [])
    assert (brief.calls[-1], ended.calls, later.calls) == ("disconnect", [], [])
    assert list(running.group.idle(running.names)) == [("brief", ""), ("ended", ""), ("later", "")]


async def test_a_date_at_which_the_group_cannot_be_applied_is_not_missed(
    running: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = trio.Event()

    async def fails_once(daemon: Daemon, services: Sequence[ServiceEnvironment], *, group: str) -> Reconfigured:
        if not failed.is_set():
            failed.set()
            raise OSError("no space left on device")
        return await apply_services(daemon, services, group=group)

    brief, soon = script("brief"), (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat()
    await running.author.group()
    await running.author.register("brief", provider=SCRIPTED, stopDate=soon)
    await until(lambda: "refresh" in brief.calls)
    monkeypatch.setattr(hosted_services, "apply_services", fails_once)
    await until(lambda: running.names == [])
    assert (failed.is_set(), brief.calls[-1]) == (True, "disconnect")


async def test_a_group_that_is_not_there_yet_is_reported_and_runs_once_it_is(running: Hosted) -> None:
    with pytest.raises(InvalidParameterError, match="400-032"):
        await running.refresh_config()
    assert running.group.status is GroupStatus.FAILED
    await running.author.group()
    await until(lambda: running.group.status is GroupStatus.CONFIGURING)
    script("a")
    await running.author.register("a", provider=SCRIPTED)
    await running.refresh_config()
    assert (running.group.status, running.names) == (GroupStatus.RUNNING, ["a"])


async def test_the_connectors_of_a_group_end_when_it_is_deleted_and_start_when_it_is_there_again(
    running: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "FIRST_PAUSE", 0.02)
    calls = script("a").calls
    await running.author.group()
    await running.author.register("a", provider=SCRIPTED)
    await until(lambda: "refresh" in calls)
    await running.author.apply(Remove(source_key=GROUP, delete=True))
    await until(lambda: running.names == [])
    assert (running.group.status, calls[-1]) == (GroupStatus.FAILED, "disconnect")
    with pytest.raises(InvalidParameterError, match="400-032"):
        await running.refresh_config()

    await running.author.group()
    await running.author.register("a", provider=SCRIPTED)
    await until(lambda: running.names == ["a"])


async def test_the_connectors_of_a_group_go_on_if_it_has_only_got_another_name(running: Hosted) -> None:
    calls = script("a").calls
    await running.author.group()
    await running.author.register("a", provider=SCRIPTED)
    await until(lambda: "refresh" in calls)
    renamed = IntegrationGroup(qualified_name="Group:Other")
    await running.author.apply(msgspec.structs.replace(to_put(renamed), source_key=GROUP))
    for _ in range(3):
        with pytest.raises(InvalidParameterError, match="400-032"):
            await running.refresh_config()
    assert (running.names, calls) == (["a"], ["initialize", "start", "refresh"])


async def test_the_connectors_of_a_group_go_on_if_the_group_is_missing_only_once(
    running: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "FIRST_PAUSE", 3600)
    monkeypatch.setattr(follower, "FEED_PAUSE", 3600)  # the group is read on request alone
    calls = script("a").calls
    await running.author.group()
    await running.author.register("a", provider=SCRIPTED)
    await running.refresh_config()
    for _ in range(2):
        await running.author.apply(Remove(source_key=GROUP, delete=True))
        with pytest.raises(InvalidParameterError, match="400-032"):
            await running.refresh_config()
        assert (running.names, calls[-1]) == (["a"], "refresh")
        await running.author.group()
        await running.author.register("a", provider=SCRIPTED)
        await running.refresh_config()


async def test_an_operators_decisions_about_connectors_of_a_group_survive_a_restart(tmp_path: Path) -> None:
    calls = script("a").calls
    async with hosted(tmp_path, document()) as running:
        await running.author.group()
        await running.author.register("a", provider=SCRIPTED)
        await running.refresh_config()
        await operations.set_target_state(
            running.daemon, "a", TargetState.STOPPED, by=operations.Request(user="garygeeke")
        )
    calls.clear()
    async with hosted(tmp_path, document()) as running:
        await running.refresh_config()
        assert running.daemon.connector("a").target_state is TargetState.STOPPED
        assert calls == []


async def test_a_group_and_a_document_have_no_connector_of_the_same_name(tmp_path: Path) -> None:
    script("a")
    connector = {"connectorName": "a", "connection": {"connectorType": {"connectorProviderClassName": SCRIPTED}}}
    service = {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": [connector]}
    content = document(integrationServicesConfig=[service])
    async with hosted(tmp_path, content) as running:
        await running.author.group()
        await running.author.register("a", provider=SCRIPTED)
        await running.refresh_config()
        mine, other = running.names
        assert (mine, running.problem_of(mine)) == ("a", "")
        assert "another connector of the daemon has the name a" in running.problem_of(other)

        assert running.server.apply_document is not None
        await running.server.apply_document(convert(document(), "test"), "garygeeke")
        await running.refresh_config()
        assert (running.names, running.problem_of("a")) == (["a"], "")
        await running.server.apply_document(
            convert({**content, "dynamicIntegrationGroupsConfig": []}, "test"), "garygeeke"
        )
        assert (running.names, SCRIPTS["a"].calls[-1]) == (["a"], "refresh")


async def test_a_group_gets_a_name_that_another_group_has_no_longer(tmp_path: Path) -> None:
    script("a")
    groups = [{"integrationGroupQualifiedName": name} for name in (GROUP, "Group:Other")]
    async with hosted(tmp_path, document(dynamicIntegrationGroupsConfig=groups)) as running:
        for group, connector in ((GROUP, "a"), ("Group:Other", "far")):
            await running.author.group(group)
            await running.author.register(connector, provider=SCRIPTED, group=group)
            await running.author.relate(
                "RegisteredIntegrationConnector", group, f"Connector:{connector}", connectorName="a"
            )
            await running.refresh_config(group)
        assert "another connector of the daemon has the name a" in running.problem_of(running.names[1])
        await running.author.apply(Unrelate(type_name="RegisteredIntegrationConnector", end1=GROUP, end2="Connector:a"))
        await running.refresh_config()
        await until(lambda: running.names == ["a"] and not running.problem_of("a"))


async def test_connectors_that_work_for_their_targets_alone_have_names_of_their_own(tmp_path: Path) -> None:
    groups = [{"integrationGroupQualifiedName": name} for name in (GROUP, "Group:Other")]
    for name in ("a::one", "a::two", "a::three"):
        script(name)
    async with hosted(tmp_path, document(dynamicIntegrationGroupsConfig=groups)) as running:
        for group, connector, target in ((GROUP, "a", "one"), (GROUP, "twin", "two"), ("Group:Other", "far", "three")):
            await running.author.group(group)
            await running.author.register(connector, provider=SCRIPTED, group=group)
            await running.author.relate(
                "RegisteredIntegrationConnector", group, f"Connector:{connector}", connectorName="a"
            )
            await running.author.target(connector, target, f"/{target}")
            await running.refresh_config(group)

        assert [name for name in running.names if not running.problem_of(name)] == ["a::one"]
        outcome = await operations.refresh(running.daemon, connector="a")
        assert (outcome.done, SCRIPTS["a::one"].calls) == (1, ["initialize", "start", "refresh", "refresh"])


async def test_nobody_waits_for_the_reading_of_a_group_that_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = trio.Event()

    async def never_ends(*_: object) -> None:
        begun.set()
        await trio.sleep_forever()

    async def is_refused(group: follower.Follower) -> None:
        with pytest.raises(InvalidParameterError, match="INTEGRATION-DAEMON-SERVICES-400-034"):
            await group.refresh()

    async with hosted(tmp_path, document()) as running:
        assert running.server.groups is not None
        removed = running.server.groups.follower(GROUP)
        monkeypatch.setattr(GroupReader, "read", never_ends)
        with trio.fail_after(PATIENCE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(is_refused, removed)
                await begun.wait()
                nursery.start_soon(is_refused, removed)
                await trio.testing.wait_all_tasks_blocked()
                assert running.server.apply_document is not None
                service = {"integrationServiceURLMarker": "files-integrator"}
                content = document(dynamicIntegrationGroupsConfig=[], integrationServicesConfig=[service])
                await running.server.apply_document(convert(content, "test"), "garygeeke")
            await is_refused(removed)


async def test_a_change_of_a_group_touches_no_other_connector(tmp_path: Path) -> None:
    connection = {"connectorType": {"connectorProviderClassName": SCRIPTED}, "endpoint": {"address": "/old"}}
    service = {
        "integrationServiceURLMarker": "files-integrator",
        "integrationConnectorConfigs": [{"connectorName": "a", "connection": connection}],
    }
    groups = [{"integrationGroupQualifiedName": name} for name in (GROUP, "Group:Other")]
    content = document(integrationServicesConfig=[service], dynamicIntegrationGroupsConfig=groups)
    for name in "abc":
        script(name)
    async with hosted(tmp_path, content) as running:
        await reconfigure.update_endpoint(running.daemon, "a", "/new", user="peter")
        await running.author.group("Group:Other")
        await running.author.register("c", provider=SCRIPTED, group="Group:Other")
        await running.refresh_config("Group:Other")
        calls = {name: list(SCRIPTS[name].calls) for name in "ac"}
        await running.author.group()
        await running.author.register("b", provider=SCRIPTED)
        await running.author.register("c", provider=SCRIPTED)
        await running.refresh_config()
        assert running.daemon.connector("a").config.connection.address == "/new"  # as an operator has set it
        assert {name: SCRIPTS[name].calls for name in "ac"} == calls
        assert [name.partition(" ")[0] for name in running.names] == ["a", "c", "b", "c"]


async def test_the_platform_file_bounds_what_metadata_configures(tmp_path: Path) -> None:
    bounded = Allowance(connectors=("data-files-monitor",), endpoints=(str(tmp_path / "landing"),))
    (tmp_path / "landing").mkdir()
    async with hosted(tmp_path / "data", document(), bounded) as running:
        await running.author.group()
        await running.author.register("inside", str(tmp_path / "landing"))
        await running.author.register("outside", "/etc")
        await running.author.register("other", provider=SCRIPTED)
        await running.author.target("inside", "etc", "/etc")
        await running.refresh_config()
        assert running.problem_of("inside") == ""
        assert "OMAG-PLATFORM-400-102" in running.problem_of("outside")
        assert "OMAG-PLATFORM-400-102" in running.problem_of("inside::etc")
        assert "OCF-CONNECTION-400-020" in running.problem_of("other")


async def test_a_group_at_a_metadata_server_that_tells_of_no_changes_is_read_at_an_interval(tmp_path: Path) -> None:
    script("a")
    async with egeria_server() as server:
        group = {
            "integrationGroupQualifiedName": GROUP,
            "omagserverPlatformRootURL": server.url,
            "omagserverName": "cocoMDS1",
            "refreshTimeInterval": 0.001,
        }
        async with hosted(tmp_path, document(dynamicIntegrationGroupsConfig=[group])) as running:
            await running.author.group()
            await running.author.register("a", provider=SCRIPTED)
            await until(lambda: "refresh" in SCRIPTS["a"].calls)
            await running.author.apply(unregistered("a"))
            await until(lambda: running.names == [])
