"""The route from which Prometheus scrapes the metrics of all servers in scope."""

from collections.abc import Iterable, Iterator
from importlib.metadata import version

import trio
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from quart import Response, request

from integration_daemon.rest.monitoring.metric_families import PREFIX, families
from integration_daemon.rest.route import Call, Route, Style, get
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule


class Collected(Collector):
    """A collector of metrics that have been collected already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


async def _metrics(call: Call) -> Response:
    """Return the metrics of the servers in scope in the format that the client accepts: OpenMetrics or plain text."""
    servers = {name: each for name, each in call.servers.items() if call.granted_scopes.has_whole_server(name)}
    registry = CollectorRegistry()
    registry.register(Collected([*families(servers), *_about_the_program()]))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(await trio.to_thread.run_sync(encode, registry), content_type=content_type)


def _about_the_program() -> Iterator[Metric]:
    info = GaugeMetricFamily(PREFIX + "build_info", "The version of the program.", labels=["version"])
    info.add_metric([version("integration-daemon")], 1)
    yield info


ROUTES: tuple[Route, ...] = (
    get(
        "/metrics",
        _metrics,
        Permission.READ_STATUS,
        ScopeRule.SERVERS,
        style=Style.NATIVE,
        answers={200: ("text/plain", "application/openmetrics-text")},
    ),
)
