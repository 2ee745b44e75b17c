"""Decisions of a server's security connector, made within a time limit; a missing or malformed decision is a refusal.

Each server has its own few threads for the decisions, so that a connector that hangs does not affect other servers.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from inspect import iscoroutinefunction
from typing import TypeVar

import msgspec
import trio

from audit.log import AuditLog
from audit.safe_text import safe_text
from integration_daemon.security.messages import REFUSED_BY_CONNECTOR, SECURITY_CONNECTOR_FAILED
from services.errors import UserNotAuthorizedError
from services.framework.server_security import RequestedChange, SecuredAction, ServerSecurityConnector
from services.metadata.element import ElementRecord

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds that a security connector may take for one decision."""
THREADS = 8
"""Decisions of one security connector that may run on threads at the same time, including hanging ones."""
QUIET = 60.0
"""Seconds between two records of failures."""


class _Failed(msgspec.Struct, frozen=True):
    """The problem of a security connector that made no decision."""

    problem: str


class ServerGuard:
    """The security connector of one server."""

    def __init__(self, connector: ServerSecurityConnector, server: str, log: AuditLog) -> None:
        self.server = server
        self._connector = connector
        self._log = log
        self._threads = trio.CapacityLimiter(THREADS)
        self._failures = 0
        self._recorded = -QUIET
        self.decides_on_connectors = self._overrides("allowed_connectors")
        self.decides_on_elements = self._overrides("readable_elements") or self._overrides("allowed_changes")

    def _overrides(self, method: str) -> bool:
        return getattr(type(self._connector), method) is not getattr(ServerSecurityConnector, method)

    def for_user(self, user: str) -> "UserGuard":
        """The guard for one user."""
        return UserGuard(self, user)

    async def allows_server(self, user: str, action: SecuredAction) -> bool:
        """True if the connector allows a user an action on the server within the time limit."""
        answer = await self._answer("allows_server", user, action)
        if not isinstance(answer, bool):
            return self._failed("allows_server", answer)
        return answer

    async def of_each(self, method: str, number: int, *arguments: object) -> Sequence[bool]:
        """The connector's decisions on `number` objects; refusals if it does not decide on all of them in time."""
        answer = await self._answer(method, *arguments)
        if (
            not isinstance(answer, list | tuple)
            or len(answer) != number
            or not all(type(each) is bool for each in answer)
        ):
            self._failed(method, answer)
            return [False] * number
        return answer

    async def _answer(self, name: str, *arguments: object) -> object:
        method = getattr(self._connector, name)
        with trio.move_on_after(PATIENCE):
            if iscoroutinefunction(method):
                return await _awaited(method(*arguments))
            return await trio.to_thread.run_sync(
                partial(_called, method, *arguments), limiter=self._threads, abandon_on_cancel=True
            )
        return _Failed(f"it did not answer within {PATIENCE:g} seconds")

    def _failed(self, method: str, answer: object) -> bool:
        """Count a failure, and log it at most once in `QUIET` seconds; returns false."""
        self._failures += 1
        now = time.monotonic()
        if now - self._recorded >= QUIET:
            problem = answer.problem if isinstance(answer, _Failed) else f"it answered {safe_text(answer, 100)}"
            self._log.record(
                SECURITY_CONNECTOR_FAILED, server=self.server, method=method, problem=problem, count=self._failures
            )
            self._recorded, self._failures = now, 0
        return False


class UserGuard:
    """The decisions of a server's security connector about one user."""

    def __init__(self, guard: ServerGuard, user: str) -> None:
        self._guard = guard
        self._user = user
        self.decides_on_connectors = guard.decides_on_connectors
        self.decides_on_elements = guard.decides_on_elements

    async def require_server(self, action: SecuredAction) -> None:
        """Raise `UserNotAuthorizedError` unless the user may perform an action on the server."""
        if not await self._guard.allows_server(self._user, action):
            raise self._refusal(action, f"the server {self._guard.server}")

    async def require_connector(self, action: SecuredAction, name: str) -> None:
        """Raise `UserNotAuthorizedError` unless the user may perform an action on the integration connector."""
        if self.decides_on_connectors and not await self.allowed_connectors(action, [name]):
            raise self._refusal(action, f"the connector {name} of the server {self._guard.server}")

    async def may_synchronize(self) -> bool:
        """True if the user may change elements by source keys."""
        return await self._guard.allows_server(self._user, SecuredAction.SYNCHRONIZE_METADATA)

    async def allowed_connectors(self, action: SecuredAction, names: Sequence[str]) -> list[str]:
        """The integration connectors among `names` on which the user may perform an action."""
        allowed = await self._guard.of_each("allowed_connectors", len(names), self._user, action, names)
        return [name for name, is_allowed in zip(names, allowed, strict=True) if is_allowed]

    async def readable(self, elements: Sequence[ElementRecord]) -> list[ElementRecord]:
        """The elements that the user may see."""
        if not elements:
            return []
        allowed = await self._guard.of_each("readable_elements", len(elements), self._user, elements)
        return [each for each, is_allowed in zip(elements, allowed, strict=True) if is_allowed]

    async def allowed_changes(self, changes: Sequence[RequestedChange]) -> Sequence[bool]:
        """For each of the changes, true if the user may make it."""
        return await self._guard.of_each("allowed_changes", len(changes), self._user, changes)

    def refusal_of_change(self) -> UserNotAuthorizedError:
        """The error for changes that the user may not make."""
        return self._refusal(SecuredAction.CHANGE_METADATA, f"these elements of the server {self._guard.server}")

    def _refusal(self, action: SecuredAction, what: str) -> UserNotAuthorizedError:
        return UserNotAuthorizedError(REFUSED_BY_CONNECTOR, user=self._user, action=action.value, what=what)


def _called(method: Callable[..., object], *arguments: object) -> object:
    try:
        return method(*arguments)
    except BaseException as error:  # foreign code may raise anything
        return _Failed(f"it raised {type(error).__name__}")


async def _awaited(answer: Awaitable[T]) -> T | _Failed:
    try:
        return await answer
    except trio.Cancelled:
        raise
    except BaseException as error:  # foreign code may raise anything
        if isinstance(error, BaseExceptionGroup) and error.split(trio.Cancelled)[0] is not None:
            raise
        return _Failed(f"it raised {type(error).__name__}")
