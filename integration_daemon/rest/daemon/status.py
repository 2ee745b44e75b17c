"""The status of a daemon in the forms of Egeria's generations.

The reports at the top level have the fields of 2.x, as in the reference page; those inside `integrationDaemonStatus`
also have the fields of later generations. No answer is complete in memory: its pieces are encoded while it is sent.
"""

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.platform.server import Server
from integration_daemon.rest.daemon.beans import shown_connection
from integration_daemon.rest.daemon.state_names import state_name_2x, state_name_4x, state_name_6x
from integration_daemon.rest.ffdc import FFDCResponse
from integration_daemon.rest.slices import encoded
from integration_daemon.rest.times import shown_time
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.service import ServiceSupervisor

Listed = tuple[ServiceSupervisor, Sequence[ManagedConnector]]
"""A service, and its connectors to report."""
MOST_REPORT_CACHES = 2
"""The largest number of answers that keep encoded reports for reuse; those of 100,000 connectors take 40 MB."""
_KEEPING = threading.Semaphore(MOST_REPORT_CACHES)
_THIS_PROCESS = secrets.token_bytes(16)

Report = Callable[[ManagedConnector], msgspec.Struct]
"""Makes the report of a connector."""
Groups = Callable[[Report], Iterator[bytes]]
"""Makes the summaries of the integration groups as JSON, with reports of this kind; empty without groups."""


def no_groups(report: Report) -> Iterator[bytes]:
    """The summaries of a daemon without groups."""
    return iter(())


class IntegrationConnectorReport(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """A connector's status, with the fields and in the order of the reference page."""

    connector_name: str
    connector_status: str
    last_status_change: str
    last_refresh_time: str | UnsetType = UNSET
    min_minutes_between_refresh: int | float
    failing_exception_message: str | UnsetType = UNSET


class FullConnectorReport(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """A connector's status, with the fields and in the order of 3.x and later."""

    connector_id: str
    connector_name: str
    connection: Any
    """The connection, without its secrets."""
    connector_instance_id: str | UnsetType = UNSET
    """The identifier of this run of the connector."""
    connector_status: str
    last_status_change: str
    last_refresh_time: str | UnsetType = UNSET
    min_minutes_between_refresh: int | float
    failing_exception_message: str | UnsetType = UNSET
    statistics: dict[str, int] | UnsetType = UNSET
    """The numbers of elements that the last refresh with a change examined and changed."""


class IntegrationServiceSummary(msgspec.Struct, kw_only=True, rename="camel"):
    """A service; the field `integrationConnectorReports` is appended."""

    integration_service_id: int
    integration_service_full_name: str
    integration_service_url_marker: str = msgspec.field(name="integrationServiceURLMarker")
    integration_service_description: str
    integration_service_wiki: str


class IntegrationDaemonStatusResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The status of a daemon: at the top level for clients of 2.x, nested for later clients. See `status_of`."""


def status_of(listed: Sequence[Listed], run: str, groups: Groups = no_groups) -> Iterator[bytes]:
    """The status in the form of 2.x and in that of 4.x: the text of an `IntegrationDaemonStatusResponse`.

    `run` identifies this run of the server, see `run_id`. Services of groups are not in the list of services. The
    reports of 4.x occur twice. They are encoded once and kept until the answer is sent; if `MOST_REPORT_CACHES` other
    answers keep theirs, they are encoded twice instead.
    """
    of_document = [each for each in listed if not each[0].environment.group]
    full = full_report(state_name_4x, run)
    keeps = _KEEPING.acquire(blocking=False)
    try:
        texts = _ReportTexts(full, keeps=keeps)
        yield opened(IntegrationDaemonStatusResponse()) + b',"integrationServiceSummaries":['
        yield from _summaries(of_document, _reports_of_2x)
        yield b'],"integrationDaemonStatus":{"integrationServiceSummaries":['
        yield from _summaries(of_document, texts.of)
        yield b"]"
        yield from _with_comma(groups(full))
        yield b',"integrationConnectorReports":['
        yield from _joined(texts.of(each) for each in listed)
        yield b"]}}"
    finally:
        if keeps:
            _KEEPING.release()


def status_of_6x(listed: Sequence[Listed], run: str, groups: Groups = no_groups) -> Iterator[bytes]:
    """The status in the form and with the names of 6.x, which has no integration services."""
    full = full_report(state_name_6x, run)
    yield opened(IntegrationDaemonStatusResponse()) + b',"integrationDaemonStatus":{"integrationConnectorReports":['
    yield from reports(listed, full)
    yield b"]"
    yield from _with_comma(groups(full))
    yield b"}}"


class _ReportTexts:
    """The reports of services as JSON, which occur twice in an answer."""

    def __init__(self, report: Report, *, keeps: bool) -> None:
        self._report = report
        self._keeps = keeps
        self._kept: dict[ServiceSupervisor, list[bytes]] = {}

    def of(self, listed: Listed) -> Iterator[bytes]:
        """The reports of a service: kept ones, or else newly encoded ones."""
        service, connectors = listed
        kept = self._kept.get(service)
        if kept is not None:
            yield from kept
            return
        pieces: list[bytes] = []
        for piece in encoded(map(self._report, connectors)):
            if self._keeps:
                pieces.append(piece)
            yield piece
        if self._keeps:
            self._kept[service] = pieces


def _joined(lists: Iterable[Iterator[bytes]]) -> Iterator[bytes]:
    """Join the items of several arrays to one array."""
    is_first = True
    for pieces in lists:
        for number, piece in enumerate(pieces):
            yield piece if number or is_first else b"," + piece
            is_first = False


def _with_comma(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for number, piece in enumerate(pieces):
        yield piece if number else b"," + piece


def run_id(server: Server) -> str:
    """The common prefix of the identifiers of all runs of connectors in this run of the server."""
    text = blake2b(f"{server.name}/{server.start_time}".encode(), digest_size=8, key=_THIS_PROCESS).hexdigest()
    return f"{text[:8]}-{text[8:12]}-{text[12:]}"


def _summaries(listed: Sequence[Listed], reports_of: Callable[[Listed], Iterator[bytes]]) -> Iterator[bytes]:
    for number, each in enumerate(listed):
        yield (b"," if number else b"") + opened(_summary(each[0])) + b',"integrationConnectorReports":['
        yield from reports_of(each)
        yield b"]}"


def _summary(service: ServiceSupervisor) -> IntegrationServiceSummary:
    config, registered = service.environment.config, service.environment.service
    return IntegrationServiceSummary(
        integration_service_id=config.integration_service_id or registered.id,
        integration_service_full_name=config.integration_service_full_name or registered.full_name,
        integration_service_url_marker=registered.url_marker,
        integration_service_description=config.integration_service_description or registered.description,
        integration_service_wiki=config.integration_service_wiki or registered.wiki,
    )


def reports(listed: Sequence[Listed], report: Report) -> Iterator[bytes]:
    """The reports of all services."""
    return encoded(report(connector) for _, connectors in listed for connector in connectors)


def opened(struct: msgspec.Struct) -> bytes:
    """A Struct as JSON, without its closing brace."""
    return msgspec.json.encode(struct)[:-1]


def _reports_of_2x(listed: Listed) -> Iterator[bytes]:
    return encoded(map(_report_of_2x, listed[1]))


def _report_of_2x(connector: ManagedConnector) -> IntegrationConnectorReport:
    refreshed, failure = connector.last_refresh_time, connector.failure
    return IntegrationConnectorReport(
        connector_name=connector.name,
        connector_status=state_name_2x(connector),
        last_status_change=shown_time(connector.last_status_change),
        last_refresh_time=UNSET if refreshed is None else shown_time(refreshed),
        min_minutes_between_refresh=_minutes(connector),
        failing_exception_message=UNSET if failure is None else failure.message,
    )


def full_report(word_of: Callable[[ManagedConnector], str], run: str) -> Report:
    """Makes reports in the form of 3.x and later."""

    def report(connector: ManagedConnector) -> FullConnectorReport:
        refreshed, failure = connector.last_refresh_time, connector.failure
        return FullConnectorReport(
            connector_id=connector.config.connector_id or "",
            connector_name=connector.name,
            connection=shown_connection(connector),
            connector_instance_id=_instance_id(connector, run),
            connector_status=word_of(connector),
            last_status_change=shown_time(connector.last_status_change),
            last_refresh_time=UNSET if refreshed is None else shown_time(refreshed),
            min_minutes_between_refresh=_minutes(connector),
            failing_exception_message=UNSET if failure is None else failure.message,
            statistics=_statistics(connector),
        )

    return report


def _instance_id(connector: ManagedConnector, run: str) -> str | UnsetType:
    """An identifier in the form of a GUID. It is computed, so that a waiting connector need not store it."""
    if connector.incarnation is None:
        return UNSET
    number = f"{hash((connector.name, connector.incarnations)) & 0xFFFF_FFFF_FFFF_FFFF:016x}"
    return f"{run}-{number[:4]}-{number[4:]}"


def _minutes(connector: ManagedConnector) -> int | float:
    minutes = connector.config.refresh_time_interval
    return int(minutes) if minutes == int(minutes) else minutes


def _statistics(connector: ManagedConnector) -> dict[str, int] | UnsetType:
    last = next((each for each in connector.recent if not each.failure), None)
    if last is None:
        return UNSET
    figures = {name: getattr(last, name) for name in _FIGURES}
    return {name: figure for name, figure in figures.items() if figure}


_FIGURES = ("seen", "created", "updated", "removed", "held", "rejected")
