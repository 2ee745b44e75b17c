"""The native routes for authors of configuration documents: connector classes, and validation."""

from functools import partial
from typing import Any

import trio

from integration_daemon.config.check import check_raw
from integration_daemon.config.formats import JSON
from integration_daemon.config.load import IN_THE_REQUEST, decode_content
from integration_daemon.config.placeholders import VariableFile, replaced
from integration_daemon.config.problem import Problem
from integration_daemon.rest.native.answers import ConnectorClass, ConnectorClasses, Validation
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
    """Check a configuration document as the command `check` does. No connection is opened, and nothing is changed."""
    check = partial(_problems, call.body, call.platform.documents.variables, call.platform.settings.allowance)
    problems = await trio.to_thread.run_sync(check)
    return Validation(is_valid=not any(each.is_error for each in problems), problems=problems)


def _problems(content: Any, variables: VariableFile, allowance: Allowance) -> list[Problem]:
    """The problems of a document's plain content, with the present values of its placeholders."""
    found, unset = replaced(content, variables.load())
    return [*unset, *check_raw(found, allowance)]


def plain_document(content: bytes) -> Any:
    """The unchecked content of a document; raises `ConfigurationError` for a body that is not JSON."""
    return decode_content(content, JSON, IN_THE_REQUEST)


ROUTES: tuple[Route, ...] = (
    native_get("/api/v1/connector-classes", _connector_classes, Permission.READ_STATUS, ScopeRule.NONE, FreeQuery),
    post(
        "/api/v1/validate",
        _validate,
        Permission.ADMINISTER_SERVERS,
        ScopeRule.PLATFORM,
        style=Style.NATIVE,
        body=plain_document,
        body_required=True,
    ),
)
