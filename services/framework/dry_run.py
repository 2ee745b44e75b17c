"""A dry run: a refresh in which changes to open metadata are counted and named, and none is made.

It belongs to the call that was made for it. A `ContextVar` carries it to the tasks and worker threads that this call
starts; a listener or an `engage` that runs beside it is not part of it, and what it writes is written.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from services.metadata.changes import Batch, Change, Classify, Declassify, Outcome, Purge, Put, Relate, Remove, Unrelate
from services.metadata.removal import NAMED
from services.metadata.sorted_diff import PART


class SupposedChanges(msgspec.Struct):
    """The changes that a dry run would make: their numbers, and the first names of each kind, at most `NAMED`."""

    outcome: Outcome = msgspec.field(default_factory=Outcome)
    created: list[str] = []
    """Qualified names."""
    updated: list[str] = []
    """Qualified names."""
    removed: list[str] = []
    """Source keys."""
    sent_count: int = 0
    sent: list[str] = []
    """Names of what would be sent to the third party."""


class DryRun:
    """Takes batches in place of a metadata store, and writes nothing."""

    def __init__(self) -> None:
        self.changes = SupposedChanges()
        self._known: dict[str, set[str]] = {}
        """Source keys that the store holds, as far as they were read, by metadata source."""

    def note_read(self, metadata_source: str, source_keys: Iterable[str]) -> None:
        """Note the source keys of elements that the metadata server holds."""
        self._known.setdefault(metadata_source, set()).update(source_keys)

    def suppose(self, batch: Batch) -> Outcome:
        """Count and name what a batch would do, as far as what was read tells."""
        known = self._known.get(batch.metadata_source, set())
        outcome = Outcome()
        for change in batch.changes:
            if isinstance(change, Remove):
                outcome.removed += 1
                _name(change, self.changes.removed)
            elif isinstance(change, Put) and change.source_key not in known:
                outcome.created += 1
                _name(change, self.changes.created)
            elif not isinstance(change, Purge):
                outcome.updated += 1
                _name(change, self.changes.updated)
        self.changes.outcome.add(outcome)
        return outcome

    def note_sent(self, name: str) -> None:
        """Note something that would be sent to the third party."""
        self.changes.sent_count += 1
        if len(self.changes.sent) < NAMED and name not in self.changes.sent:
            self.changes.sent.append(name)

    def add(self, changes: SupposedChanges) -> None:
        """Add the changes reported by a connector process."""
        mine = self.changes
        mine.outcome.add(changes.outcome)
        mine.sent_count += changes.sent_count
        for names, others in (
            (mine.created, changes.created),
            (mine.updated, changes.updated),
            (mine.removed, changes.removed),
            (mine.sent, changes.sent),
        ):
            names.extend(others[: NAMED - len(names)])


def _name(change: Change, names: list[str]) -> None:
    """Name an element; a part, such as a column, is not named beside the element that it is a part of."""
    if len(names) >= NAMED or (isinstance(change, Put | Remove) and PART in change.source_key):
        return
    if (name := _subject(change)) not in names:
        names.append(name)


def _subject(change: Change) -> str:
    match change:
        case Put() | Classify() | Declassify():
            return change.qualified_name
        case Remove():
            return change.source_key
        case Purge():
            return change.scope
        case Relate() | Unrelate():
            return f"{change.end1} - {change.end2}"


_current: ContextVar[DryRun | None] = ContextVar("dry_run", default=None)


def current_dry_run() -> DryRun | None:
    """The caller's dry run, or `None` outside a dry run."""
    return _current.get()


@contextmanager
def dry_run() -> Iterator[DryRun]:
    """Inside, calls by this task, its children and its worker threads are a dry run."""
    run = DryRun()
    token = _current.set(run)
    try:
        yield run
    finally:
        _current.reset(token)
