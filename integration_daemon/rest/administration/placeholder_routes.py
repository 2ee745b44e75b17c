"""The compatible routes of the placeholder variables, which documents name as `~{name}~`."""

from collections.abc import Callable

import msgspec
import trio

from audit.masking import MASK
from integration_daemon.config.encode import for_showing
from integration_daemon.config.formats import JSON
from integration_daemon.config.load import IN_THE_REQUEST, decode
from integration_daemon.config.messages import PART_NOT_VALID
from integration_daemon.config.placeholders import VariableFile, name_problems
from integration_daemon.config.problem import Problem, problems_error
from integration_daemon.rest.ffdc import FFDCResponse, StringRequestBody, VoidResponse
from integration_daemon.rest.route import Call, Route, delete, get, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule

Variables = dict[str, str]


class StringMapResponse(FFDCResponse, kw_only=True, rename="camel"):
    """Texts by name, without secrets."""

    string_map: Variables


async def _placeholder_variables(call: Call) -> StringMapResponse:
    """Show the placeholder variables; the values of those whose names suggest secrets are masked."""
    variables = await trio.to_thread.run_sync(call.platform.documents.variables.load)
    return StringMapResponse(string_map=for_showing(variables))


async def _set_placeholder_variables(call: Call) -> VoidResponse:
    """Replace all placeholder variables. The body has texts by name.

    They take effect in each document when its server is started, or reloaded.
    """
    return await _store(call, lambda stored: _unmasked(call.body, stored))


async def _set_placeholder_variable(call: Call) -> VoidResponse:
    """Set one placeholder variable; the others stay."""
    changed = {call.parameters["variable"]: call.body.string}
    return await _store(call, lambda stored: {**stored, **_unmasked(changed, stored)})


async def _clear_placeholder_variable(call: Call) -> VoidResponse:
    """Remove one placeholder variable; the others stay."""
    variable = call.parameters["variable"]
    return await _store(call, lambda stored: {name: value for name, value in stored.items() if name != variable})


async def _clear_placeholder_variables(call: Call) -> VoidResponse:
    """Remove all placeholder variables."""
    return await _store(call, lambda _: {})


def _unmasked(given: Variables, stored: Variables) -> Variables:
    """The given values, with stored values for their masks; raises `ProblemsError` for masks without a stored value."""
    shown, problems, found = for_showing(stored), [*name_problems(given)], dict(given)
    for name, value in given.items():
        if MASK in value and shown.get(name) == value:
            found[name] = stored[name]
        elif MASK in value:
            problems.append(Problem(f"$.{name}", "this is the mask of a secret"))
    if problems:
        raise problems_error(PART_NOT_VALID, problems)
    return found


async def _store(call: Call, change: Callable[[Variables], Variables]) -> VoidResponse:
    call.platform.require_directory()
    documents = call.platform.documents
    async with documents.changing_variables:
        await trio.to_thread.run_sync(_changed, documents.variables, change)
    return VoidResponse()


def _changed(file: VariableFile, change: Callable[[Variables], Variables]) -> None:
    file.save(change(file.load()))


def texts_by_name(content: bytes) -> Variables:
    """Decode texts by name."""
    return msgspec.convert(decode(content, JSON, IN_THE_REQUEST), Variables)


_VARIABLES = "/open-metadata/admin-services{users}/stores/placeholder-variables"
_VARIABLE = _VARIABLES + "/{variable}"
_ADMINISTER, _PLATFORM = Permission.ADMINISTER_SERVERS, ScopeRule.PLATFORM

ROUTES: tuple[Route, ...] = (
    get(_VARIABLES, _placeholder_variables, _ADMINISTER, _PLATFORM, answer="StringMapResponse"),
    post(_VARIABLES, _set_placeholder_variables, _ADMINISTER, _PLATFORM, body=texts_by_name, body_required=True),
    post(_VARIABLE, _set_placeholder_variable, _ADMINISTER, _PLATFORM, body=StringRequestBody, body_required=True),
    delete(_VARIABLE, _clear_placeholder_variable, _ADMINISTER, _PLATFORM),
    delete(_VARIABLES, _clear_placeholder_variables, _ADMINISTER, _PLATFORM),
)
