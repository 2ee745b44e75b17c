"""The removal policy: which elements missing from a complete scan may be removed. It does no I/O.

    missing elements ─▶ more than the safety allows? ─▶ nothing is removed; an operator approves or rejects
                        │ no
                      confirmed by a second scan, if that is configured ─▶ removed

A faulty scan (a missing mount, a changed filter, a server that returned half of its objects) looks the same as a mass
deletion. Removals above the limits therefore always need the approval of an operator.
"""

import time
from collections.abc import Sequence
from typing import Protocol

import msgspec

from audit.safe_text import safe_text

SAMPLE = 100
"""The number of source keys that an operator can see."""
NAMED = 20
"""Maximum number of names that a dry run shows for each kind of change."""


class DeletionSafety(msgspec.Struct, frozen=True, kw_only=True):
    """The limits on removals that one scan may make without approval, counted on the scanned scope."""

    few: int = 20
    """This number of elements is always removed without approval."""
    percent: float = 25.0
    """Above `few`, the maximum percentage of the scope's catalogued elements."""
    most: int = 10_000
    """Above `few`, the maximum number of elements."""
    confirm: bool = False
    """Remove only elements that two complete scans in a row did not find."""

    def allows(self, missing: int, known: int) -> bool:
        """True if removing `gone` of `known` elements needs no approval."""
        return missing <= self.few or (missing <= self.most and missing * 100 <= self.percent * known)


class CompletedScan(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a complete scan."""

    scope: str
    seen: int
    """Number of elements that the connector stated."""
    known: int
    """Number of elements that the catalogue held in the scope before the scan."""
    missing_count: int
    missing: list[str]
    """Source keys of the missing elements, in order and without their parts; shortened if there are more than may be
    removed."""
    refused: int = 0
    """Number of stated elements that the metadata store refused."""


class HeldRemoval(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A removal that awaits an operator's approval."""

    scope: str
    count: int
    known: int
    sample: list[str]
    """The first source keys, at most `SAMPLE`."""
    since: float
    """Seconds since the epoch."""
    rejected: bool = False
    """True if an operator has rejected the removal. Approval is requested again if the number of elements grows."""


class RemovalPolicy(Protocol):
    """Decides on removals."""

    async def scan_completed(self, scan: CompletedScan) -> Sequence[str] | None:
        """The source keys that may be removed now, or `None` for all missing elements."""


class RemovalGate:
    """The held, approved and rejected removals of one connector, by scope."""

    __slots__ = ("_approved", "_held", "_missed", "rejected")

    def __init__(self, rejected: dict[str, int] | None = None) -> None:
        self.rejected = rejected or {}
        """Number of elements in the removal that an operator rejected, by scope."""
        self._approved: dict[str, int] = {}
        self._held: dict[str, HeldRemoval] = {}
        self._missed: dict[str, frozenset[str]] = {}

    @property
    def held(self) -> Sequence[HeldRemoval]:
        """Removals that wait for an operator."""
        return list(self._held.values())

    def decide(self, scan: CompletedScan, safety: DeletionSafety) -> Sequence[str] | None:
        """The source keys that may be removed now, or `None` for all missing elements."""
        scope, held = scan.scope, self._held.get(scan.scope)
        if scan.missing_count <= self._approved.pop(scope, 0) or scan.missing_count == 0:
            self._forget(scope)
            return None
        if not safety.allows(scan.missing_count, scan.known):
            self._held[scope] = HeldRemoval(
                scope=scope,
                count=scan.missing_count,
                known=scan.known,
                sample=[safe_text(source_key) for source_key in scan.missing[:SAMPLE]],
                since=held.since if held is not None else time.time(),
                rejected=scan.missing_count <= self.rejected.get(scope, 0),
            )
            return ()
        self._held.pop(scope, None)
        self.rejected.pop(scope, None)
        if not safety.confirm:
            return None
        missed = self._missed.get(scope, frozenset())
        self._missed[scope] = frozenset(scan.missing)
        return [source_key for source_key in scan.missing if source_key in missed]

    def approve(self, scope: str) -> HeldRemoval:
        """Allow the next scan to remove as many elements as are held; raises `KeyError` if no removal is held."""
        held = self._held[scope]
        self._approved[scope] = held.count
        return held

    def reject(self, scope: str) -> HeldRemoval:
        """Reject the removal held in the scope; raises `KeyError` if no removal is held."""
        held = self._held[scope]
        self.rejected[scope] = held.count
        self._held[scope] = msgspec.structs.replace(held, rejected=True)
        return held

    def _forget(self, scope: str) -> None:
        self._held.pop(scope, None)
        self._missed.pop(scope, None)
        self.rejected.pop(scope, None)


class DefaultRemovalPolicy(RemovalPolicy):
    """The default removal policy, used outside a daemon."""

    def __init__(self, safety: DeletionSafety) -> None:
        self.gate = RemovalGate()
        self._safety = safety

    async def scan_completed(self, scan: CompletedScan) -> Sequence[str] | None:
        return self.gate.decide(scan, self._safety)
