"""No caller learns a secret, causes a server error or exceeds its role, with any request to any route. `make fuzz`
sends more requests."""

import random
import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio

from integration_daemon.config.load import convert
from integration_daemon.rest.route import Route
from integration_daemon.security.permissions import Permission, Role
from integration_daemon.security.scope import scope_of
from integration_daemon.security.tokens import digest
from tests.faults.fuzzing import PATIENCE, how_many, is_not_offered, is_of_defect, seed
from tests.faults.request_mutations import ANSWERED, request_to
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, daemon_document
from tests.integration_daemon.security.guarded import Guarded, guarded
from tests.integration_daemon.security.test_access import ends_something

ROUNDS = how_many(2_000) // 2_000 or 1
"""Requests of each caller to each route, in one of its spellings."""
AT_ONCE = 8
SECRET = "hunter2"
"""The password in the documents of `daemon_document`."""


class Caller:
    """A caller, and what it may do."""

    def __init__(self, name: str, token: str | None, role: Role | None) -> None:
        self.name = name
        self.token = token
        self.role = role

    def may(self, permission: Permission) -> bool:
        """True if its role grants a permission, somewhere."""
        return permission is Permission.PUBLIC or (self.role is not None and permission in self.role.permissions)


class Walk:
    """Requests to a platform, and what was wrong with the answers."""

    def __init__(self, platform: Guarded, callers: list[Caller], document: dict[str, Any], secrets: list[str]) -> None:
        self.platform = platform
        self.document = document
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []
        self._callers = callers
        tokens = [each.token for each in callers if each.token is not None]
        self._secrets = [*secrets, *tokens, *map(digest, tokens)]

    async def everything(self, number: int) -> None:
        """Send one request of each caller to each route."""
        todo = iter([(route, each) for each in self._callers for route in ANSWERED])

        async def some() -> None:
            for route, caller in todo:
                if not (ends_something(route) and caller.may(route.permission)):
                    await self._one(number, route, caller)

        async with trio.open_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(some)

    async def _one(self, number: int, route: Route, caller: Caller) -> None:
        chance = random.Random(f"{seed()}/{number}/{caller.name}/{route.template}")
        path = chance.choice(route.paths)
        asked = request_to(route, path, chance, self.document)
        answer = await self.platform.send(asked.method, asked.target, caller.token, content=asked.body)
        self.statuses[answer.status_code] += 1
        is_of_route = _matches(path, asked.target)
        if problem := self._problem_of(answer, route, caller, is_of_route=is_of_route):
            self.wrong.append(f"{caller.name}, {asked}: {problem}: {answer.status_code} {answer.text[:500]}")

    def _problem_of(self, answer: httpx2.Response, route: Route, caller: Caller, *, is_of_route: bool) -> str:
        if any(each in answer.text for each in self._secrets):
            return "it shows a secret"
        failed = answer.status_code >= 500 and not is_not_offered(answer.status_code, answer.content)
        if failed or is_of_defect(answer.content):
            return "something was at fault"
        if caller.token is None and route.permission is not Permission.PUBLIC and answer.status_code not in (400, 401):
            return "a stranger learns something"
        if is_of_route and not caller.may(route.permission) and answer.status_code < 400:
            return "its role does not grant this"
        return ""


def _matches(template: str, target: str) -> bool:
    """True if a request is to this spelling of a route; a mutation may have made it one to another."""
    return _pattern(template).fullmatch(target.partition("?")[0]) is not None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))


@pytest.mark.timeout(PATIENCE)
async def test_no_caller_learns_a_secret_or_finds_a_fault_with_any_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with guarded(tmp_path) as platform:
        document = daemon_document("victim", tmp_path)
        await platform.platform.start_server(convert({**document, "localServerName": "daemon"}, "test"))
        await platform.platform.start_server(convert({**METADATA_SERVER_DOCUMENT, "localServerName": "metadata"}, "x"))
        scope = scope_of((), ("no-connector",))
        limited = platform.file.create("limited", (Role.ADMINISTRATOR,), user=None, expires=None, scope=scope)
        await platform.until_accepted(limited)
        callers = [Caller(role.value, platform.tokens[role], role) for role in Role]
        callers += [Caller("limited", limited, Role.ADMINISTRATOR), Caller("a stranger", None, None)]
        local = (tmp_path / "data" / "security" / "local-token").read_text()
        walk = Walk(platform, callers, document, [SECRET, local])
        for number in range(ROUNDS):
            await walk.everything(number)
        with capsys.disabled():
            told = ", ".join(f"{status}: {count}" for status, count in sorted(walk.statuses.items()))
            sys.stdout.write(f"\n{walk.statuses.total()} requests of {len(callers)} callers; statuses {told}\n")
        assert not walk.wrong, "\n".join(walk.wrong[:20])
