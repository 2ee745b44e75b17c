"""Adds events to the catalogue, many at once.

    events ─▶ merged (thread) ─▶ joined with the known states of their jobs ─▶ the elements of data sets are found
           ─▶ data sets are put ─▶ columns are related ─▶ processes are put, with the new states of their jobs

A limited number of changes is one transaction. If there are more, the processes are last: if the daemon is killed
earlier, the same events are added again, which changes nothing.

The states of jobs are kept in memory, and discarded after any error: they are then read from the catalogue again.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import trio

from services.framework.context import IntegrationContext
from services.framework.dry_run import current_dry_run
from services.lineage.cataloguer.columns import ColumnRelationships
from services.lineage.cataloguer.data_sets import NAMES_AT_ONCE, DataSets
from services.lineage.cataloguer.state import (
    INPUT,
    ChangedJob,
    CurrentLineage,
    DataSetState,
    JobState,
    Key,
    Merge,
    key_of,
    names_of,
)
from services.lineage.cataloguer.statements import (
    data_set_changes,
    data_set_removal,
    job_name,
    process_put,
    state_in,
)
from services.lineage.openlineage.events import OpenLineageEvent
from services.metadata.changes import Change, Link, Outcome, Query
from services.metadata.element import ElementRecord

CHANGES_AT_ONCE = 2_000
DATA_SETS_AT_ONCE = 1_000
JOBS_REMEMBERED = 20_000
Changed = Mapping[Key, ChangedJob]
"""The jobs that events change."""


class Cataloguing:
    """The lineage in the catalogue, for one incarnation of a connector."""

    def __init__(self, context: IntegrationContext, aliases: Mapping[str, str]) -> None:
        self._context = context
        self._aliases = aliases
        self._jobs: OrderedDict[Key, JobState] = OrderedDict()
        self._data_sets = DataSets(context)

    def forget(self) -> None:
        """Read everything from the catalogue again."""
        self._jobs.clear()
        self._data_sets.forget()

    async def add(self, events: Sequence[OpenLineageEvent], problems: dict[str, str]) -> Outcome:
        """Add events. The problems of facets that are left out are added to `problems`, by place."""
        merged = Merge(problems, self._aliases)
        await trio.to_thread.run_sync(_add_all, merged, events)
        return await self._apply(merged, {})

    async def can_move_lineage(self) -> bool:
        """True if other connectors have catalogued data sets that were new to the catalogue in this incarnation."""
        return bool(await self._data_sets.claimed_by_others(sorted(self._data_sets.unclaimed)))

    async def move_lineage(self) -> tuple[Outcome, int]:
        """Move lineage from the connector's own data sets to the elements that other connectors have catalogued.

        Returns the outcome, and the number of the replaced data sets.
        """
        outcome, moved = Outcome(), 0
        self._data_sets.forget()
        self._data_sets.unclaimed.clear()
        own = Query(type_name="DataSet", metadata_source=self._context.settings.metadata_source)
        ahead: dict[str, DataSetState] = {}
        async for element in self._context.find_each(own):
            state = state_in(element, DataSetState)
            if state is not None:
                ahead[element.guid] = state
            if len(ahead) == DATA_SETS_AT_ONCE:
                moved += await self._move(ahead, outcome)
                ahead = {}
        moved += await self._move(ahead, outcome)
        return outcome, moved

    async def _move(self, own: Mapping[str, DataSetState], outcome: Outcome) -> int:
        standing = await self._data_sets.claimed_by_others(key_of(each.namespace, each.name) for each in own.values())
        relocated = {guid: state for guid, state in own.items() if key_of(state.namespace, state.name) in standing}
        if not relocated:
            return 0
        merged = Merge({}, {})
        for each in await self._processes_of(list(relocated)):
            job = state_in(each, JobState)
            if job is not None:
                merged.jobs[key_of(job.namespace, job.name)] = JobState(namespace=job.namespace, name=job.name)
        outcome.add(await self._apply(merged, relocated))
        return len(relocated)

    async def _processes_of(self, guids: Sequence[str]) -> list[ElementRecord]:
        """The processes that data sets flow to or from."""
        flows = await self._context.relationships(guids, type_name="DataFlow")
        ends = {guid for each in flows for guid in (each.end1_guid, each.end2_guid)} - set(guids)
        return await self._context.get(sorted(ends))

    async def _apply(self, merged: Merge, relocated: Mapping[str, DataSetState]) -> Outcome:
        """Apply merged events, or move the lineage of these jobs away from data sets that are to be removed."""
        try:
            outcome, is_outdated = await self._applied(merged, relocated)
            if is_outdated:
                self.forget()
                again, _ = await self._applied(merged, relocated)
                outcome.rejected.clear()
                outcome.add(again)
        except BaseException:
            self.forget()
            raise
        if outcome.rejected:
            self._data_sets.forget()
        return outcome

    async def _applied(self, merged: Merge, relocated: Mapping[str, DataSetState]) -> tuple[Outcome, bool]:
        """The outcome, and whether a change was rejected because a known data set has been removed."""
        self._data_sets.begin()
        changed = await self._join(merged, is_move=bool(relocated))
        await self._data_sets.find(_data_sets(merged, changed))
        changes = await trio.to_thread.run_sync(self._data_set_changes, merged, changed)
        relationships = ColumnRelationships(self._context, self._data_sets, changed, self._aliases)
        changes += await relationships.changes(self._with_new_lineage(changed))
        changes += await trio.to_thread.run_sync(self._process_puts, changed)
        changes += [each for state in relocated.values() for each in data_set_removal(state)]
        outcome = await self._put(changes)
        while len(self._jobs) > JOBS_REMEMBERED:
            self._jobs.popitem(last=False)
        is_outdated = bool(outcome.rejected) and await self._data_sets.any_removed(_data_sets(merged, changed))
        return outcome, is_outdated and current_dry_run() is None

    async def _join(self, merged: Merge, *, is_move: bool) -> dict[Key, ChangedJob]:
        """The jobs that are new or that events change, with their complete states."""
        unknown = {job_name(key): key for key in merged.jobs if key not in self._jobs}
        new, names = set(unknown.values()), list(unknown)
        for first in range(0, len(names), NAMES_AT_ONCE):
            for each in await self._context.store.named(names[first : first + NAMES_AT_ONCE]):
                key, state = unknown[each.qualified_name], state_in(each, JobState)
                if state is not None:
                    self._jobs[key] = state
                    new.discard(key)
        return await trio.to_thread.run_sync(self._joined, merged, new, is_move)

    def _joined(self, merged: Merge, new: set[Key], is_move: bool) -> dict[Key, ChangedJob]:
        changed: dict[Key, ChangedJob] = {}
        for key, more in merged.jobs.items():
            namespace, name = names_of(key)
            job = self._jobs.setdefault(key, JobState(namespace=namespace, name=name))
            self._jobs.move_to_end(key)
            if is_move or key in new or not more.is_empty:
                job.add(more)
                job.condense()
                changed[key] = ChangedJob(job, job.current())
        return changed

    def _data_set_changes(self, merged: Merge, changed: Changed) -> list[Change]:
        changes: list[Change] = []
        for key in _data_sets(merged, changed):
            found, more = self._data_sets[key], merged.data_sets.get(key)
            if found.state is None:
                continue
            has_changed = more is not None and found.state.add(more)
            if has_changed or not found.is_stated:
                found.is_stated = True
                changes += data_set_changes(found.state)
                found.own_columns = frozenset(found.state.columns)
        return changes

    def _with_new_lineage(self, changed: Changed) -> list[Key]:
        """The jobs whose flows or columns differ from the last statement."""
        new = []
        for key, (job, current) in changed.items():
            digest = self._digest(current)
            if digest != job.stated.digest:
                job.stated.digest = digest
                new.append(key)
        return new

    def _digest(self, current: CurrentLineage) -> str:
        """Digest of the lineage's elements and of the column lineage. It differs if an element was created again."""
        digest = blake2b(digest_size=12)
        for direction, key in current.flows:
            found = self._data_sets[key]
            digest.update(f"{direction}{found.name}\n{found.guid}\n".encode())
        for key, content in current.columns:
            digest.update(key.encode() + bytes(content))
        return digest.hexdigest()

    def _process_puts(self, changed: Changed) -> list[Change]:
        """The processes, each after its parent, which may not be in the catalogue yet, or in an earlier transaction."""
        ordered: dict[Key, None] = {}
        for key in changed:
            line: dict[Key, None] = {}
            while key in changed and key not in ordered and key not in line:
                line[key] = None
                parent = changed[key].state.parent
                key = parent[1] if parent is not None else ""
            ordered.update(dict.fromkeys(reversed(line)))
        return [process_put(changed[key].state, self._links(*changed[key])) for key in ordered]

    def _links(self, job: JobState, current: CurrentLineage) -> list[Link]:
        links = [
            Link("DataFlow", self._data_sets[key].name, at_end1=direction == INPUT) for direction, key in current.flows
        ]
        if job.parent is not None:
            parent = job_name(job.parent[1])
            links += [Link("ProcessHierarchy", parent), Link("ProcessCall", parent)]
        return links

    async def _put(self, changes: Sequence[Change]) -> Outcome:
        outcome = Outcome()
        for first in range(0, len(changes), CHANGES_AT_ONCE):
            outcome.add(await self._context.apply(changes[first : first + CHANGES_AT_ONCE]))
        return outcome


def _add_all(merged: Merge, events: Sequence[OpenLineageEvent]) -> None:
    for event in events:
        merged.add(event)


def _data_sets(merged: Merge, changed: Changed) -> list[Key]:
    """The data sets in events, and those of the flows and columns of jobs."""
    keys = dict.fromkeys(merged.data_sets)
    for job, current in changed.values():
        keys.update((key, None) for _, key in current.flows)
        keys.update((column[0], None) for column in job.stated.columns)
    return list(keys)
