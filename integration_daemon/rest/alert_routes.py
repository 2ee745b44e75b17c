"""The native route that tries the receivers of alerts."""

from integration_daemon.alerts.messages import NO_RECEIVERS
from integration_daemon.rest.native_answers import AlertsTested
from integration_daemon.rest.native_route import ROOTS, native_post
from integration_daemon.rest.route import Call, Route
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError


async def _test(call: Call) -> AlertsTested:
    """Send a test to every receiver of alerts, and return what each said."""
    alerts = call.server.alerts
    if alerts is None or not alerts.has_receivers:
        raise InvalidParameterError(NO_RECEIVERS, daemon=call.daemon.name)
    return AlertsTested(receivers=await alerts.test(call.user))


ROUTES: tuple[Route, ...] = tuple(native_post(root + "/alerts/test", _test, ScopeRule.SERVER) for root in ROOTS)
