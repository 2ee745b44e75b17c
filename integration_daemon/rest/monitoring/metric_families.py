"""The metrics of the servers of a platform, as families of the Prometheus client.

Every figure is a counter that the working code or the daemon's census maintains, so that reading all of them takes the
same short time for ten connectors as for 100,000. No label names a connector.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from audit.severity import Severity
from integration_daemon.platform.server import Server
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.dispatch.histogram import EDGES, Histogram
from integration_daemon.supervision.service import ServiceSupervisor

PREFIX = "integration_daemon_"
EVERY = 4
"""The distance of the edges that a histogram shows: each is about two and a half times the previous one."""

_SHOWN = range(EVERY - 1, len(EDGES), EVERY)


def families(servers: Mapping[str, Server]) -> Iterator[Metric]:
    """Every metric of these servers."""
    daemons = [(server.name, server.daemon) for server in servers.values() if server.daemon is not None]
    services = [(name, service) for name, daemon in daemons for service in daemon.services]
    yield from _of_connectors(daemons)
    yield from _of_work(services)
    yield from _of_stores(servers.values())
    yield from _of_audit_logs(servers.values())
    yield _loop(daemons)


def _of_connectors(daemons: Iterable[tuple[str, Daemon]]) -> Iterator[Metric]:
    by_condition = _gauge("connectors", "Connectors by state and condition.", "server", "service", "state", "condition")
    by_failure = _gauge("failed_connectors", "FAILED connectors by the kind of failure.", "server", "service", "kind")
    held = _gauge("held_deletions", "Elements whose removal waits for an operator.", "server")
    taken = _gauge("census_timestamp_seconds", "When the connectors were counted last.", "server")
    for server, daemon in daemons:
        count = daemon.census.last
        for (service, state, condition), number in count.by_condition.items():
            by_condition.add_metric([server, service, state.label, condition.value], number)
        for (service, kind), number in count.by_failure.items():
            by_failure.add_metric([server, service, kind.value], number)
        held.add_metric([server], count.held)
        taken.add_metric([server], count.taken)
    yield from (by_condition, by_failure, held, taken)


def _of_work(services: Iterable[tuple[str, ServiceSupervisor]]) -> Iterator[Metric]:
    refreshes = _counter("refreshes", "Refreshes that returned, by their outcome.", "server", "service", "outcome")
    failures = _counter("failures", "Failures of connectors in any method.", "server", "service", "kind")
    restarts = _counter("restarts", "Restarts of connectors.", "server", "service", "by")
    elements = _counter("elements", "Elements that refreshes changed.", "server", "service", "change")
    took = _histogram("refresh_duration_seconds", "Durations of refreshes that returned.", "server", "service")
    late = _histogram("refresh_lateness_seconds", "Delays of refreshes on schedule.", "server", "service")
    waiting = _gauge("queue_length", "Connectors that wait for a worker.", "server", "service")
    working = _gauge("work_in_progress", "Connectors that workers are at.", "server", "service")
    for server, service in services:
        marker, meters, load = service.environment.service.url_marker, service.environment.meters, service.load
        names = [server, marker]
        successes = meters.durations.count - meters.without_success
        refreshes.add_metric([*names, "success"], successes)
        refreshes.add_metric([*names, "without_success"], meters.without_success)
        for kind, number in meters.failures.items():
            failures.add_metric([*names, kind.value], number)
        restarts.add_metric([*names, "operator"], meters.restarts_by_operator)
        restarts.add_metric([*names, "policy"], meters.restarts_by_policy)
        for change, number in meters.elements.items():
            elements.add_metric([*names, change], number)
        _add(took, names, meters.durations)
        _add(late, names, meters.lateness)
        waiting.add_metric(names, load.waiting)
        working.add_metric(names, load.in_progress)
    yield from (refreshes, failures, restarts, elements, took, late, waiting, working)


def _of_stores(servers: Iterable[Server]) -> Iterator[Metric]:
    labels = ("server", "metadata_server", "operation")
    took = _histogram("metadata_request_duration_seconds", "Durations of requests to a metadata server.", *labels)
    errors = _counter("metadata_request_errors", "Requests to a metadata server that failed.", *labels)
    for server in servers:
        for metadata_server, store in server.measured.items():
            for operation, durations in store.durations.items():
                _add(took, [server.name, metadata_server, operation], durations)
                errors.add_metric([server.name, metadata_server, operation], store.errors[operation])
    yield from (took, errors)


def _of_audit_logs(servers: Iterable[Server]) -> Iterator[Metric]:
    records = _counter("audit_records", "Audit log records by severity.", "server", "severity")
    dropped = _counter("audit_records_dropped", "Records that a full queue dropped.", "server", "destination")
    for server in servers:
        for severity in Severity:
            records.add_metric([server.name, severity.label], server.counts.totals[severity.ordinal])
        for destination in ("buffer", *server.counts.dropped.keys() - {"buffer"}):
            dropped.add_metric([server.name, destination], server.counts.dropped[destination])
    yield from (records, dropped)


def _loop(daemons: Iterable[tuple[str, Daemon]]) -> Metric:
    held = _histogram("loop_hold_seconds", "Delays of the event loop, looked at ten times a second.", "server")
    for server, daemon in daemons:
        _add(held, [server], daemon.loop_holds)
    return held


def _gauge(name: str, description: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, description, labels=labels)


def _counter(name: str, description: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(PREFIX + name, description, labels=labels)


def _histogram(name: str, description: str, *labels: str) -> HistogramMetricFamily:
    return HistogramMetricFamily(PREFIX + name, description, labels=labels)


def _add(family: HistogramMetricFamily, labels: list[str], histogram: Histogram) -> None:
    counts = list(accumulate(histogram.classes))
    buckets = [(f"{EDGES[at]:.6g}", counts[at]) for at in _SHOWN]
    family.add_metric(labels, [*buckets, ("+Inf", histogram.count)], sum_value=histogram.total)
