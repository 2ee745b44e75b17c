"""A dry run: a refresh in which changes to open metadata are counted and none is made.

It belongs to the call that was made for it. A `ContextVar` carries it to the tasks and worker threads that this call
starts; a listener or an `engage` that runs beside it is not part of it, and what it writes is written.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from services.metadata.changes import Batch, Outcome, Purge, Put, Remove


class DryRun:
    """What a refresh would change, as far as what it has read tells."""

    def __init__(self) -> None:
        self.outcome = Outcome()
        self._known: dict[str, set[str]] = {}

    def note_read(self, metadata_source: str, places: Iterable[str]) -> None:
        """Note the places of elements that the metadata server holds."""
        self._known.setdefault(metadata_source, set()).update(places)

    def suppose(self, batch: Batch) -> Outcome:
        """Count what a batch would do."""
        known = self._known.get(batch.metadata_source, set())
        outcome = Outcome()
        for change in batch.changes:
            if isinstance(change, Remove):
                outcome.removed += 1
            elif isinstance(change, Put) and change.place not in known:
                outcome.created += 1
            elif not isinstance(change, Purge):
                outcome.updated += 1
        self.outcome.add(outcome)
        return outcome


_current: ContextVar[DryRun | None] = ContextVar("dry_run", default=None)


def current_dry_run() -> DryRun | None:
    """The dry run that the caller is part of, if it is part of one."""
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
