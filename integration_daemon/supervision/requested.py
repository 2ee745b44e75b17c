"""The operations that callers have requested of a daemon: those in progress and the most recent that have ended."""

import time
from collections.abc import Iterator, Sequence

from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.operation_outcome import Goal
from integration_daemon.supervision.connector.outcomes import Operation
from integration_daemon.supervision.service import ServiceSupervisor

OPERATIONS_KEPT = 200
"""Operations that are kept after their end, at least; those in progress are all kept."""
MOST_IN_PROGRESS = 1_000
"""Operations in progress; more are refused, since any number could wait for a connector that hangs. Pauses, resumes and
stops are accepted in any case: a stop ends the wait."""
MOST_CONNECTORS = 1_000_000
"""Connectors of the operations that are kept after their end, all operations together: each takes some 70 bytes. The
last operation is kept in any case."""
DRY_RUNS_KEPT = 20
"""Dry runs that are kept after their end, at least: each may hold more than a thousand names."""


class RequestedOperation:
    """An operation, from its request until it is forgotten."""

    __slots__ = ("cancelled_by", "operation", "placed", "requested", "user")

    def __init__(
        self, operation: Operation, placed: Sequence[tuple[ServiceSupervisor, ManagedConnector]], user: str
    ) -> None:
        self.operation = operation
        self.placed = placed
        """The connectors, each with its service."""
        self.user = user
        """The user who requested the operation; empty for a request without a user."""
        self.requested = time.time()
        self.cancelled_by = ""
        """The user who cancelled the operation."""


class RequestedOperations:
    """The operations of one daemon by their ids, the newest last."""

    def __init__(self) -> None:
        self._by_id: dict[str, RequestedOperation] = {}

    def add(
        self, operation: Operation, placed: Sequence[tuple[ServiceSupervisor, ManagedConnector]], user: str
    ) -> None:
        """Keep an operation, and forget old ones that have ended."""
        self._by_id[operation.id] = RequestedOperation(operation, placed, user)
        if len(self._by_id) > 2 * OPERATIONS_KEPT:
            self._forget([*self._by_id.values()], len(self._by_id) - OPERATIONS_KEPT)
        self._forget_large()
        if operation.goal is Goal.DRY_RUN:
            known = [each for each in self._by_id.values() if each.operation.goal is Goal.DRY_RUN]
            self._forget(known, len(known) - DRY_RUNS_KEPT)

    @property
    def in_progress(self) -> int:
        """The number of operations in progress."""
        return sum(each.operation.ended is None for each in self._by_id.values())

    def _forget(self, known: list[RequestedOperation], count: int) -> None:
        """Forget up to `count` of these operations, ended ones only."""
        ended = [each.operation.id for each in known if each.operation.ended is not None]
        for key in ended[: max(0, count)]:
            del self._by_id[key]

    def _forget_large(self) -> None:
        """Forget the oldest ended operations until at most `MOST_CONNECTORS` connectors are left."""
        known = [*self._by_id.values()]
        surplus = sum(len(each.placed) for each in known) - MOST_CONNECTORS
        for each in known[:-1]:
            if surplus <= 0:
                break
            if each.operation.ended is not None:
                surplus -= len(each.placed)
                del self._by_id[each.operation.id]

    def __getitem__(self, key: str) -> RequestedOperation:
        """The operation with this id; raises `KeyError` for an unknown or forgotten id."""
        return self._by_id[key]

    def __iter__(self) -> Iterator[RequestedOperation]:
        """All operations, the newest first."""
        return reversed(self._by_id.values())
