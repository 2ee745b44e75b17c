"""The native routes for authors of configuration documents: connector classes, and validation."""

from functools import partial

import trio

from integration_daemon.config.check import check_raw, located
from integration_daemon.config.formats import JSON
from integration_daemon.config.load import IN_THE_REQUEST, decode_content
from integration_daemon.config.placeholders import VariableFile, replaced
from integration_daemon.config.problem import Problem
from integration_daemon.rest.native.answers import ConnectorClass, ConnectorClasses, Validation
from integration_daemon.rest.native.document_check_routes import as_sent
from integration_daemon.rest.native.routing import native_get
from integration_daemon.rest.query import FreeQuery
from integration_daemon.rest.route import Call, Route, Style, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.allowance import Allowance
from services.installed import describe_connectors, settings_schema


async def _connector_classes(call: Call) -> ConnectorClasses:
    """List the installed connectors with their settings, the rights that they need, and the metadata they exchange."""
    found = await trio.to_thread.run_sync(describe_connectors)
    return ConnectorClasses(
        connector_classes=[ConnectorClass(connector=each, settings_schema=settings_schema(each)) for each in found]
    )


async def _validate(call: Call) -> Validation:
    """Check a JSON document as the command `check` does. No connection is opened, and nothing is changed."""
    check = partial(_problems, call.body, call.platform.documents.variables, call.platform.settings.allowance)
    problems = await trio.to_thread.run_sync(check)
    return Validation(is_valid=not any(each.is_error for each in problems), problems=problems)


def _problems(content: bytes, variables: VariableFile, allowance: Allowance) -> list[Problem]:
    """The problems of a document, with their lines and the present values of its placeholders.

    Raises `ConfigurationError` if it is not JSON.
    """
    found, unset = replaced(decode_content(content, JSON, IN_THE_REQUEST), variables.load())
    return located([*unset, *check_raw(found, allowance)], content, JSON)


ROUTES: tuple[Route, ...] = (
    native_get("/api/v1/connector-classes", _connector_classes, Permission.READ_STATUS, ScopeRule.NONE, FreeQuery),
    post(
        "/api/v1/validate",
        _validate,
        Permission.ADMINISTER_SERVERS,
        ScopeRule.PLATFORM,
        style=Style.NATIVE,
        body=as_sent,
        body_required=True,
    ),
)
