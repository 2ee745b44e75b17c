"""A connector of a document works for several catalog targets, each of which is operated by itself."""

from pathlib import Path
from typing import Any

from integration_daemon.config.check import check_raw
from integration_daemon.supervision import operations
from integration_daemon.supervision.connector.target_state import TargetState
from services.allowance import Allowance
from tests.integration_daemon.groups.hosted import SCRIPTED, hosted, script
from tests.integration_daemon.rest.platforms import QUIET, served


def document(*targets: dict[str, Any], **connection: Any) -> dict[str, Any]:
    """A daemon of one connector with catalog targets."""
    connector = {
        "connectorName": "monitor",
        "metadataSourceQualifiedName": "Lake",
        "connection": {"connectorType": {"connectorProviderClassName": SCRIPTED}, **connection},
        "catalogTargets": list(targets),
    }
    service = {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": [connector]}
    return {
        "localServerName": "exchangeDL01",
        "integrationServicesConfig": [service],
        "repositoryServicesConfig": QUIET,
    }


def target(name: str, **fields: Any) -> dict[str, Any]:
    return {"catalogTargetName": name, **fields}


def at(address: str, **more: Any) -> dict[str, Any]:
    return {"endpoint": {"address": address}, **more}


async def test_a_catalog_target_has_the_connectors_settings_but_for_what_it_says(tmp_path: Path) -> None:
    for name in ("monitor", "monitor::oak", "monitor::elm"):
        script(name)
    content = document(
        target("oak", connection=at("/oak"), configurationProperties={"depth": 2}),
        target("elm", connection=at("/elm", userId="elm"), metadataSourceQualifiedName="Elm"),
        endpoint={"address": "/lake"}, userId="peter", clearPassword="x",
        configurationProperties={"depth": 1, "all": 1},
    )  # fmt: skip
    async with hosted(tmp_path, content) as running:
        own, oak, elm = (each.config for each in running.daemon.connectors)
        assert running.names == ["monitor", "monitor::oak", "monitor::elm"]
        assert (own.connection.address, oak.connection.address, elm.connection.address) == ("/lake", "/oak", "/elm")
        assert oak.connection.configuration_properties == {"depth": 2, "all": 1}
        assert elm.connection.configuration_properties == {"depth": 1, "all": 1}
        assert (oak.connection.user_id, oak.connection.clear_password) == ("peter", own.connection.clear_password)
        assert (elm.connection.user_id, elm.connection.clear_password) == ("elm", None)
        assert (oak.metadata_source_qualified_name, elm.metadata_source_qualified_name) == ("Lake", "Elm")
        assert len({own.connector_id, oak.connector_id, elm.connector_id}) == 3


async def test_an_operation_on_a_connector_is_one_on_its_catalog_targets(tmp_path: Path) -> None:
    oak, elm = script("monitor::oak"), script("monitor::elm")
    content = document(target("oak", connection=at("/oak")), target("elm", connection=at("/elm")))
    async with hosted(tmp_path, content) as running:
        assert running.names == ["monitor::oak", "monitor::elm"]  # without an address, it does nothing itself
        await operations.refresh(running.daemon, connector="monitor::elm")
        await operations.restart(running.daemon, connector="monitor")
        outcome = await operations.set_target_state(
            running.daemon, "monitor", TargetState.PAUSED, by=operations.Request(user="peter")
        )
        assert (outcome.asked, outcome.done) == (2, 2)
    assert oak.calls == ["initialize", "start", "refresh", "disconnect"] * 2
    assert elm.calls == [
        *("initialize", "start", "refresh", "refresh", "disconnect"),
        *("initialize", "start", "refresh", "disconnect"),
    ]


async def test_a_connector_that_works_for_targets_alone_is_operated_over_rest(tmp_path: Path) -> None:
    for name in ("monitor::oak", "monitor::elm"):
        script(name)
    content = document(target("oak", connection=at("/oak")), target("elm", connection=at("/elm")))
    async with served(tmp_path, content) as platform:
        place = "/api/v1/servers/exchangeDL01/connectors/monitor"
        paused = await platform.post(f"{place}/pause")
        assert (paused["connectorName"], paused["outcome"]["asked"], paused["outcome"]["done"]) == ("monitor", 2, 2)
        refused = await platform.get(place)
        assert refused["messageId"] == "INTEGRATION-DAEMON-SERVICES-400-042"
        assert "monitor::oak, monitor::elm" in refused["title"]
        own = await platform.get(f"{place}::oak")
        assert (own["connectorName"], own["state"]) == ("monitor::oak", "PAUSED")


def test_the_problems_of_catalog_targets_are_reported_with_their_places() -> None:
    content = document(
        target(""), target("oak", connection=at("/oak")), target("oak", connection=at("/etc", clearPassword="x")),
    )  # fmt: skip
    problems = check_raw(content, Allowance(endpoints=("/oak",)))
    place = "$.integrationServicesConfig[0].integrationConnectorConfigs[0].catalogTargets"
    assert [problem.path.removeprefix(place) for problem in problems] == [
        "[2].catalogTargetName",
        "[0].catalogTargetName",
        "[0]",
        "[2].connection.clearPassword",
        "[2].connection.endpoint.address",
    ]
