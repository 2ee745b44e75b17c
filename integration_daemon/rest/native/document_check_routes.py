"""The native route that checks a changed document before it is applied."""

import re
from collections.abc import Iterator, Mapping

import trio

from integration_daemon.config.check import check_raw, located
from integration_daemon.config.complete import complete
from integration_daemon.config.difference import differences
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.encode import for_showing
from integration_daemon.config.formats import JSON, NotWellFormedError
from integration_daemon.config.load import IN_THE_REQUEST, convert
from integration_daemon.config.placeholders import replaced
from integration_daemon.config.plain import ContentError
from integration_daemon.config.problem import Problem
from integration_daemon.config.stored_secrets import concealed, mask_problems, plain, with_stored_secrets
from integration_daemon.rest.native.answers import DocumentChecked
from integration_daemon.rest.native.queries import ServerQuery
from integration_daemon.rest.native.routing import SERVER
from integration_daemon.rest.route import Call, Route, Style, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.allowance import Allowance

_LINE = re.compile(r"\(line (\d+)")


async def _check(call: Call) -> DocumentChecked:
    """Check a JSON document for a running server, as if it were applied, and compare it with the stored one.

    Asterisks that mask a secret in a shown document stand for the stored secret.
    """
    name, platform = call.server.name, call.platform
    stored = await platform.documents.load(name)
    variables = await trio.to_thread.run_sync(platform.documents.variables.load)
    return await trio.to_thread.run_sync(_checked, call.body, name, stored, variables, platform.settings.allowance)


def _checked(
    content: bytes, server: str, stored: OMAGServerConfig, variables: Mapping[str, str], allowance: Allowance
) -> DocumentChecked:
    try:
        sent = JSON.decode(content)
    except NotWellFormedError as error:
        line = _LINE.search(str(error))
        return _only(Problem("$", str(error), "correct the JSON", line=int(line[1]) if line else None))
    except ContentError as error:
        return _only(*located([Problem(error.place, error.problem)], content, JSON))
    kept, unknown = with_stored_secrets(sent, plain(stored), for_showing(stored))
    effective, unset = replaced(kept, variables)
    found = [*mask_problems(unknown), *unset, *_another_server(kept, server), *check_raw(effective, allowance)]
    found = concealed(found, stored)
    problems = located({each.path: each for each in reversed(found)}.values(), content, JSON)
    problems.sort(key=lambda each: each.line or 0)
    if any(each.is_error for each in problems):
        return _only(*problems)
    new = complete(convert(kept, IN_THE_REQUEST))
    changed = differences(plain(stored), plain(new), for_showing(stored), for_showing(new))
    return DocumentChecked(problems=problems, differences=changed)


def _only(*problems: Problem) -> DocumentChecked:
    return DocumentChecked(problems=list(problems), differences=[])


def _another_server(content: object, server: str) -> Iterator[Problem]:
    named = content.get("localServerName") if isinstance(content, dict) else None
    if isinstance(named, str) and named != server:
        yield Problem("$.localServerName", f"this is the document of another server than {server}", f"write {server}")


def as_sent(content: bytes) -> bytes:
    """The body unchanged: the answer names its problems."""
    return content


ROUTES: tuple[Route, ...] = (
    post(
        SERVER + "/documents/check",
        _check,
        Permission.ADMINISTER_SERVERS,
        ScopeRule.SERVER,
        body=as_sent,
        body_required=True,
        only_reads=True,
        style=Style.NATIVE,
        query=ServerQuery,
    ),
)
