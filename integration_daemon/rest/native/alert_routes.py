"""The native routes of alerts: the incidents that alerts have reported, and a test of the receivers."""

from integration_daemon.alerts.incidents import Incident
from integration_daemon.alerts.messages import NO_RECEIVERS
from integration_daemon.rest.native.answers import AlertsTested, IncidentsAnswer, ShownIncident
from integration_daemon.rest.native.routing import ROOTS, native_get, native_post
from integration_daemon.rest.route import Call, Route
from integration_daemon.rest.times import shown_time
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError


async def _incidents(call: Call) -> IncidentsAnswer:
    """List the incidents of a daemon that have been reported by an alert and are not over."""
    alerts = call.server.alerts
    if alerts is None or not alerts.has_receivers:
        return IncidentsAnswer(is_watched=False, incidents=[])
    found = sorted(alerts.incidents, key=lambda each: -each.since)
    return IncidentsAnswer(is_watched=True, incidents=[_shown(each) for each in found])


def _shown(incident: Incident) -> ShownIncident:
    return ShownIncident(
        incident=incident.id,
        title=incident.title,
        text=incident.text,
        action=incident.action,
        condition=incident.condition,
        since=shown_time(incident.since),
        connectors=incident.connectors,
        names=incident.names,
    )


async def _test(call: Call) -> AlertsTested:
    """Send a test to every receiver of alerts, and return the response of each."""
    alerts = call.server.alerts
    if alerts is None or not alerts.has_receivers:
        raise InvalidParameterError(NO_RECEIVERS, daemon=call.daemon.name)
    return AlertsTested(receivers=await alerts.test(call.user))


ROUTES: tuple[Route, ...] = (
    *(native_get(root + "/incidents", _incidents, Permission.READ_STATUS, ScopeRule.SERVER) for root in ROOTS),
    *(native_post(root + "/alerts/test", _test, ScopeRule.SERVER) for root in ROOTS),
)
