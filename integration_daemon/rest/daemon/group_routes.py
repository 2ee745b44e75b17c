"""The compatible routes of the integration groups of a daemon."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.groups.group import IntegrationGroup
from integration_daemon.groups.messages import GROUP_NOT_INITIALIZED
from integration_daemon.rest.daemon.state_names import state_name_4x, state_name_6x
from integration_daemon.rest.daemon.status import Listed, Report, full_report, opened, reports, run_id
from integration_daemon.rest.ffdc import FFDCResponse, VoidResponse
from integration_daemon.rest.in_scope import names_in_scope, services_in_scope
from integration_daemon.rest.route import Call, Route, get
from integration_daemon.rest.slices import encoded, sliced
from integration_daemon.rest.times import shown_time
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from integration_daemon.supervision.messages import REGISTRATION_REFUSED
from services.errors import ConnectorConfigurationError, InvalidParameterError


class IntegrationGroupSummary(msgspec.Struct, kw_only=True, rename="camel"):
    """A group; the field `integrationConnectorReports` is appended."""

    integration_group_name: str
    integration_group_guid: str | UnsetType = msgspec.field(name="integrationGroupGUID", default=UNSET)
    integration_group_description: str | UnsetType = UNSET
    integration_group_status: str
    last_refresh_time: str | UnsetType = UNSET
    """The time of the last reading."""


class IdleConnectorReport(msgspec.Struct, kw_only=True, rename="camel"):
    """A registered connector that does not run: its effective time is in the future or over, it has no catalog target,
    or another connector has its name, which is reported as an error.
    """

    connector_name: str
    connector_status: str = "INITIALIZED"
    failing_exception_message: str | UnsetType = UNSET


class IntegrationGroupSummaryResponse(FFDCResponse, kw_only=True, rename="camel"):
    """An integration group; the field `integrationGroupSummary` is appended."""


class IntegrationGroupSummariesResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The integration groups of a daemon; the field `integrationGroupSummaries` is appended if there are any."""


class GroupsInScope:
    """The groups of a daemon, with their connectors in scope."""

    def __init__(
        self, groups: Sequence[IntegrationGroup], listed: Sequence[Listed], has: Callable[[str], bool] | None
    ) -> None:
        self._groups = groups
        self._listed = listed
        self._has = has

    def summaries(self, report: Report) -> Iterator[bytes]:
        """The field `integrationGroupSummaries` as JSON; empty without groups."""
        for number, group in enumerate(self._groups):
            yield b"," if number else b'"integrationGroupSummaries":['
            yield from self.summary(group, report)
        if self._groups:
            yield b"]"

    def summary(self, group: IntegrationGroup, report: Report) -> Iterator[bytes]:
        """A group with its connectors, as JSON."""
        own = [each for each in self._listed if each[0].environment.group == group.name]
        yield opened(_summary(group)) + b',"integrationConnectorReports":['
        yield from reports(own, report)
        idle = [each for each in self._idle(group, own) if self._has is None or self._has(each[0])]
        if idle and any(connectors for _, connectors in own):
            yield b","
        yield from encoded(_idle_report(name, reason) for name, reason in idle)
        yield b"]}"

    def _idle(self, group: IntegrationGroup, own: Sequence[Listed]) -> Sequence[tuple[str, str]]:
        running = {each.target_of or each.name for _, connectors in own for each in connectors}
        return group.idle(running)


def _idle_report(name: str, reason: str) -> IdleConnectorReport:
    if not reason:
        return IdleConnectorReport(connector_name=name)
    error = ConnectorConfigurationError(REGISTRATION_REFUSED, connector=name, problem=reason)
    return IdleConnectorReport(
        connector_name=name, connector_status="CONFIG_FAILED", failing_exception_message=str(error)
    )


def _summary(group: IntegrationGroup) -> IntegrationGroupSummary:
    definition, read = group.definition, group.last_reading
    return IntegrationGroupSummary(
        integration_group_name=group.name,
        integration_group_guid=UNSET if definition is None else definition.guid,
        integration_group_description=UNSET if definition is None else definition.description or UNSET,
        integration_group_status=group.status.value,
        last_refresh_time=UNSET if read is None else shown_time(read),
    )


async def groups_in_scope(call: Call, listed: Sequence[Listed]) -> GroupsInScope:
    """The groups of the daemon, given its services."""
    groups = [] if call.server.groups is None else list(call.server.groups)
    return GroupsInScope(groups, listed, await names_in_scope(call) if groups else None)


def report_for(call: Call) -> Report:
    """The form of connector reports for the generation of Egeria that the request's path has."""
    word_of = state_name_6x if call.is_of_6x else state_name_4x
    return full_report(word_of, run_id(call.server))


async def _group_summaries(call: Call) -> bytes | AsyncIterator[bytes]:
    """Show the integration groups, and their connectors in scope."""
    listed = await services_in_scope(call)
    groups = await groups_in_scope(call, listed)

    def text() -> Iterator[bytes]:
        yield opened(IntegrationGroupSummariesResponse())
        for number, piece in enumerate(groups.summaries(report_for(call))):
            yield piece if number else b"," + piece
        yield b"}"

    return await sliced(text())


async def _group_summary(call: Call) -> bytes | AsyncIterator[bytes]:
    """Show one integration group, and its connectors in scope."""
    group = _group(call)
    listed = await services_in_scope(call)
    groups = await groups_in_scope(call, listed)

    def text() -> Iterator[bytes]:
        yield opened(IntegrationGroupSummaryResponse()) + b',"integrationGroupSummary":'
        yield from groups.summary(group, report_for(call))
        yield b"}"

    return await sliced(text())


async def _refresh_group_config(call: Call) -> VoidResponse:
    """Read an integration group from its metadata server and apply it, without waiting for the next reading."""
    name = _group(call).name
    groups = call.server.groups
    assert groups is not None
    await groups.follower(name).refresh()
    if groups.by_name[name].definition is None:
        raise InvalidParameterError(GROUP_NOT_INITIALIZED, group=name, daemon=call.daemon.name)
    return VoidResponse()


def _group(call: Call) -> IntegrationGroup:
    """The group that the URL names; raises `InvalidParameterError` for an unknown one."""
    _ = call.daemon  # raises for a server of another type
    assert call.server.groups is not None
    return call.server.groups.follower(call.parameters["group"]).group


_ANSWER, _ANSWERS = "IntegrationGroupSummaryResponse", "IntegrationGroupSummariesResponse"
_READ, _ALL = Permission.READ_STATUS, ScopeRule.CONNECTORS


def group_routes(daemons: Sequence[str]) -> tuple[Route, ...]:
    """The routes below these roots."""
    return tuple(
        route
        for root in daemons
        for route in (
            get(root + "/integration-groups/summary", _group_summaries, _READ, _ALL, answer=_ANSWERS),
            get(root + "/integration-groups/{group}/summary", _group_summary, _READ, _ALL, answer=_ANSWER),
            get(
                root + "/integration-groups/{group}/refresh-config",
                _refresh_group_config,
                Permission.OPERATE,
                ScopeRule.SERVER,
            ),
        )
    )
