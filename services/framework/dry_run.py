"""A dry run: a refresh that counts and names the changes to open metadata instead of making them.

It belongs to one call. A `ContextVar` carries it to the tasks and worker threads that this call starts. A listener or
an `engage` that runs at the same time is not part of it, and its changes are made.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from services.metadata.changes import Batch, Change, Classify, Declassify, Outcome, Purge, Put, Relate, Remove, Unrelate
from services.metadata.element import ElementRecord
from services.metadata.removal import NAMED
from services.metadata.sorted_diff import PART

SENT = 1_000
"""Maximum number of changes to the third party that a dry run names: an operator reads statements one by one."""


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
    """Names of the changes, or statements, that would be sent to the third party, in order; at most `SENT`."""


class DryRun:
    """Records batches in place of a metadata store, and writes nothing."""

    def __init__(self) -> None:
        self.changes = SupposedChanges()
        self._known: dict[str, dict[str, str]] = {}
        """The fingerprints read from the store, by metadata source and source key."""
        self._scopes: dict[str, set[str]] = {}
        """The scopes whose fingerprints were read, by metadata source."""
        self._found: dict[str, ElementRecord] = {}
        """Elements outside of these scopes, by qualified name."""

    def note_read(self, metadata_source: str, scope: str, fingerprints: Mapping[str, str]) -> None:
        """Record the fingerprints of existing elements, by source key."""
        self._known.setdefault(metadata_source, {}).update(fingerprints)
        self._scopes.setdefault(metadata_source, set()).add(scope)

    def unread(self, batch: Batch) -> list[str]:
        """The names of elements in a batch that may exist although their fingerprints were not read."""
        scopes = tuple(self._scopes.get(batch.metadata_source, ()))
        puts = [each for each in batch.changes if isinstance(each, Put) and not each.source_key.startswith(scopes)]
        return [each.qualified_name for each in puts if each.qualified_name not in self._found]

    def note_found(self, elements: Iterable[ElementRecord]) -> None:
        """Record existing elements."""
        self._found.update((each.qualified_name, each) for each in elements)

    def suppose(self, batch: Batch) -> Outcome:
        """Count and name the changes of a batch, according to the elements read so far."""
        outcome = Outcome()
        for change in batch.changes:
            if isinstance(change, Remove):
                outcome.removed += 1
                _name(change, self.changes.removed)
            elif isinstance(change, Put) and not self._exists(batch.metadata_source, change):
                outcome.created += 1
                _name(change, self.changes.created)
            elif isinstance(change, Put) and self._is_same(batch.metadata_source, change):
                outcome.unchanged += 1
            elif not isinstance(change, Purge):
                outcome.updated += 1
                _name(change, self.changes.updated)
        self.changes.outcome.add(outcome)
        return outcome

    def _exists(self, source: str, put: Put) -> bool:
        found = self._found.get(put.qualified_name)
        return put.source_key in self._known.get(source, {}) or (found is not None and found.metadata_source == source)

    def _is_same(self, source: str, put: Put) -> bool:
        known = self._known.get(source, {}).get(put.source_key)
        if known is not None:
            return known == put.fingerprint
        stated = msgspec.json.decode(put.properties)
        return not put.links and not put.classifications and self._found[put.qualified_name].properties == stated

    def note_sent(self, name: str) -> None:
        """Record a change that would be sent to the third party."""
        self.changes.sent_count += 1
        if len(self.changes.sent) < SENT and name not in self.changes.sent:
            self.changes.sent.append(name)

    def add(self, changes: SupposedChanges) -> None:
        """Add the changes reported by a connector process."""
        mine = self.changes
        mine.outcome.add(changes.outcome)
        mine.sent_count += changes.sent_count
        for names, others, most in (
            (mine.created, changes.created, NAMED),
            (mine.updated, changes.updated, NAMED),
            (mine.removed, changes.removed, NAMED),
            (mine.sent, changes.sent, SENT),
        ):
            names.extend(others[: most - len(names)])


def _name(change: Change, names: list[str]) -> None:
    """Name an element; a part, such as a column, is not named in addition to its element."""
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
    """In this block, calls by this task, its children and its worker threads are a dry run."""
    run = DryRun()
    token = _current.set(run)
    try:
        yield run
    finally:
        _current.reset(token)
