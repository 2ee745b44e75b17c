"""The states of jobs and data sets, derived from events, and the rules for adding an event.

Events arrive late, twice, in parts and in any order. Therefore each event adds only maxima, minima or unions, keyed by
its time: the same events in another order, or repeated, lead to the same state.

    flows       by data set: the time of the last event that named it
    facets      by name: the content with the latest event time
    runs        by run: the times of its first and last events, and its end

The flows of a job are those named since the start of the last completed run: by that run, or by a later one that is
running or has failed. Therefore a job that reads another file in each run has the flow of one file, and a failed run
removes no flow.

The last `KEPT_RUNS` ended runs are kept separately, and the others are only counted. An event of a counted run changes
no count. This rule bounds the state, at a price: the counts ignore events that arrive after that many later runs.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from services.lineage.openlineage.events import (
    ABORT,
    COMPLETE,
    ENDS,
    FAIL,
    NUL,
    DataSet,
    DataSetFacets,
    EventType,
    Job,
    JobFacets,
    OpenLineageEvent,
    has_nul,
)
from services.lineage.openlineage.events import Run as EventRun
from services.lineage.openlineage.facets import (
    DATA_SET_FACETS,
    JOB_FACETS,
    LARGEST_FACET,
    ColumnLineageFacet,
    FacetT,
    ParentRunFacet,
    decode_facet,
)

KEPT_RUNS = 10
KEPT_OPEN_RUNS = 50
"""Maximum number of runs without a known end; beyond it, the run without events for the longest time is counted."""

_NULL = msgspec.Raw(b"null")
INPUT, OUTPUT = "i", "o"
Key = str
"""Namespace and name of a job or data set; in flows, the direction precedes them."""
TimedFacets = dict[str, tuple[int, msgspec.Raw]]
"""Facets by name, with the time and the content of each."""


def key_of(namespace: str, name: str) -> Key:
    """The key of a job or data set."""
    return f"{namespace}\n{name}"


def names_of(key: Key) -> tuple[str, str]:
    """The namespace and the name in a key."""
    namespace, _, name = key.partition("\n")
    return namespace, name


class Run(msgspec.Struct, array_like=True, gc=False):
    """A run. Times are microseconds since the epoch."""

    first: int
    last: int
    ended: int = 0
    status: str = ""
    """The end of the run; empty while the run continues."""

    def add(self, other: "Run") -> None:
        """Add a state of the same run from other events."""
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.ended, self.status = max((self.ended, self.status), (other.ended, other.status))


class Condensed(msgspec.Struct, array_like=True, gc=False):
    """The counts of the runs that are not kept separately."""

    runs: int = 0
    failed: int = 0
    aborted: int = 0
    last: int = 0
    """The time of their last event: an event of an unknown run up to this time belongs to one of them."""
    completed: int = 0
    """The start time of the last completed run among them."""
    first: int = 0
    """The start time of the first of them."""

    def add(self, run: Run) -> None:
        """Condense a run."""
        self.runs += 1
        self.failed += run.status == FAIL
        self.aborted += run.status == ABORT
        self.last = max(self.last, run.last)
        self.first = min(self.first or run.first, run.first)
        if run.status == COMPLETE:
            self.completed = max(self.completed, run.first)


class Stated(msgspec.Struct, array_like=True, gc=False):
    """The last statement beside the process: relationships are stated again if it changes."""

    digest: str = ""
    columns: list[tuple[Key, str, str]] = []
    """For each column relationship: the data set, the qualified name of the source column, and that of its own."""


class CurrentLineage(NamedTuple):
    """The current lineage of a job."""

    flows: list[tuple[str, Key]]
    """The direction and the data set of each flow."""
    columns: list[tuple[Key, msgspec.Raw]]
    """The facet of each data set that has column lineage."""


class JobState(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """The state of a job."""

    namespace: str
    name: str
    facets: TimedFacets = {}
    parent: tuple[int, str] | None = None
    """The time of the event that named the parent, and the parent's key."""
    flows: dict[Key, int] = {}
    columns: TimedFacets = {}
    """Column lineage, by the key of the data set."""
    runs: dict[str, Run] = {}
    condensed: Condensed = msgspec.field(default_factory=Condensed)
    declared: int = 0
    """The time of the last event of the job without a run, which names all flows."""
    stated: Stated = msgspec.field(default_factory=Stated)

    @property
    def is_empty(self) -> bool:
        """True if events contain only the name of the job."""
        return not (self.facets or self.flows or self.runs or self.parent or self.declared)

    def add(self, other: "JobState") -> None:
        """Add a state of the same job from other events."""
        _add_kept(self.facets, other.facets)
        _add_kept(self.columns, other.columns)
        for flow, time in other.flows.items():
            if self.flows.get(flow, 0) < time:
                self.flows[flow] = time
        if other.parent is not None:
            self.parent = max(self.parent or other.parent, other.parent)
        self.declared = max(self.declared, other.declared)
        for name, run in other.runs.items():
            held = self.runs.get(name)
            if held is not None:
                held.add(run)
            elif run.last > self.condensed.last:
                self.runs[name] = run

    @property
    def current_since(self) -> int:
        """The time since which flows are current."""
        since = max(self.condensed.completed, self.declared)
        for run in self.runs.values():
            if run.status == COMPLETE and run.first > since:
                since = run.first
        return since

    def current(self) -> "CurrentLineage":
        """The current lineage of the job, in order."""
        since = self.current_since
        flows = sorted((flow[0], flow[1:]) for flow, time in self.flows.items() if time >= since)
        columns = sorted(
            (key, content)
            for key, (time, content) in self.columns.items()
            if time >= since and self.flows.get(OUTPUT + key, 0) >= since
        )
        return CurrentLineage(flows, columns)

    def condense(self) -> None:
        """Count the oldest runs instead of keeping them, and remove flows that cannot become current again."""
        ended = sorted((run.last, name) for name, run in self.runs.items() if run.status)
        still = sorted((run.last, name) for name, run in self.runs.items() if not run.status)
        for _, name in (*ended[:-KEPT_RUNS], *still[:-KEPT_OPEN_RUNS]):
            self.condensed.add(self.runs.pop(name))
        since = self.declared  # which no later event makes earlier, as it may the start of a run
        if len(ended) > KEPT_RUNS:
            since = max(since, min([self.current_since, *(run.first for run in self.runs.values())]))
        self.flows = {flow: time for flow, time in self.flows.items() if time >= since}
        self.columns = {key: kept for key, kept in self.columns.items() if kept[0] >= since}


class ChangedJob(NamedTuple):
    """A job that events change."""

    state: JobState
    current: CurrentLineage


class DataSetState(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """The state of a data set."""

    namespace: str
    name: str
    facets: TimedFacets = {}
    fields: dict[str, None] = {}
    """Fields in column lineage."""
    columns: list[str] = []
    """The columns that were stated last."""

    def add(self, other: "DataSetState") -> bool:
        """Add a state of the same data set from other events; true if the statement of the data set changes."""
        is_changed = _add_kept(self.facets, other.facets)
        if not other.fields.keys() <= self.fields.keys():
            self.fields = dict.fromkeys(sorted({*self.fields, *other.fields}))
            is_changed = True
        return is_changed


def _add_kept(kept: TimedFacets, other: TimedFacets) -> bool:
    """Keep the last content of each facet; true if one has changed."""
    is_changed = False
    for name, (time, content) in other.items():
        held = kept.get(name)
        if held is not None and held[1] == content:
            kept[name] = max(held[0], time), held[1]
        elif _is_later(time, content, held):
            is_changed = True
            kept[name] = time, content
    return is_changed


def _is_later(time: int, content: msgspec.Raw, held: tuple[int, msgspec.Raw] | None) -> bool:
    """True if a facet is later than the held one; at equal times, the contents decide, independently of the order."""
    return held is None or time > held[0] or (time == held[0] and bytes(content) > bytes(held[1]))


class Merge:
    """The combined states of jobs and data sets from a number of events."""

    def __init__(self, problems: dict[str, str], aliases: Mapping[str, str]) -> None:
        self._problems = problems
        self._aliases = aliases
        self.jobs: dict[Key, JobState] = {}
        self.data_sets: dict[Key, DataSetState] = {}
        self._parents: dict[bytes, tuple[Key, Key | None]] = {}
        """The parent and the job at the top of the hierarchy, by facet."""
        self._subject: Job | DataSet | None = None
        """The job or data set of the event that is being added."""

    def add(self, event: OpenLineageEvent) -> None:
        """Add an event."""
        time = event.microseconds
        if event.job is None:
            if event.dataset is not None:
                self._subject = event.dataset
                self._add_data_set(event.dataset, "$.dataset.facets", time)
            return
        key = f"{event.job.namespace}\n{event.job.name}"
        self._subject = event.job
        job = self.jobs.get(key) or self._job(key)
        if event.job.facets:
            self._take(job.facets, event.job.facets, JOB_FACETS, time, "$.job.facets")
        if event.run is None:
            job.declared = max(job.declared, time)
        else:
            self._add_run(job, event.run, event.event_type, time)
        for each in event.inputs or ():
            self._add_flow(job, INPUT, each, "$.inputs[...].facets", time)
        for each in event.outputs or ():
            output = self._add_flow(job, OUTPUT, each, "$.outputs[...].facets", time)
            if each.facets is not None and each.facets.column_lineage is not UNSET:
                self._add_columns(job, output, each.facets.column_lineage, time)

    def _add_run(self, job: JobState, run: EventRun, event_type: EventType | None, time: int) -> None:
        seen = Run(time, time, time, event_type) if event_type in ENDS and event_type is not None else Run(time, time)
        held = job.runs.setdefault(run.run_id, seen)
        if held is not seen:
            held.add(seen)
        if run.facets is not None and run.facets.parent is not UNSET:
            self._add_parent(job, run.facets.parent, time)

    def _add_parent(self, job: JobState, content: msgspec.Raw, time: int) -> None:
        known = self._parents.get(bytes(content))
        if known is None:
            facet = self._decoded(content, ParentRunFacet, "$.run.facets.parent")
            if facet is None:
                return
            top = key_of(facet.root.job.namespace, facet.root.job.name) if facet.root is not None else None
            known = key_of(facet.job.namespace, facet.job.name), top
            self._parents[bytes(content)] = known
        parent, root = known
        held, own = self._job(parent), key_of(job.namespace, job.name)
        if parent != own and (job.parent is None or job.parent < (time, parent)):
            job.parent = time, parent
        if root is not None:
            self._job(root)
            if root not in (parent, own) and parent != own:  # unless the parent itself names one
                held.parent = max(held.parent or (0, ""), (0, root))

    def _add_flow(self, job: JobState, direction: str, data_set: DataSet, place: str, time: int) -> Key:
        key = self._add_data_set(data_set, place, time)
        flow = direction + key
        if job.flows.get(flow, 0) < time:
            job.flows[flow] = time
        return key

    def _add_data_set(self, data_set: DataSet, place: str, time: int) -> Key:
        namespace, facets = data_set.namespace, data_set.facets
        key = f"{self._aliases.get(namespace, namespace) if self._aliases else namespace}\n{data_set.name}"
        state = self.data_sets.get(key) or self._data_set(key)
        if facets:
            self._take(state.facets, facets, DATA_SET_FACETS, time, place)
        return key

    def _key(self, namespace: str, name: str) -> Key:
        return key_of(self._aliases.get(namespace, namespace), name)

    def _job(self, key: Key) -> JobState:
        state = self.jobs.get(key)
        if state is None:
            namespace, name = names_of(key)
            state = self.jobs[key] = JobState(namespace=namespace, name=name)
        return state

    def _data_set(self, key: Key) -> DataSetState:
        state = self.data_sets.get(key)
        if state is None:
            namespace, name = names_of(key)
            state = self.data_sets[key] = DataSetState(namespace=namespace, name=name)
        return state

    def _add_columns(self, job: JobState, key: Key, content: msgspec.Raw, time: int) -> None:
        held = job.columns.get(key)
        if held is not None and held[1] == content:
            if held[0] < time:
                job.columns[key] = time, held[1]
            return
        facet = self._decoded(content, ColumnLineageFacet, "$.outputs[...].facets.columnLineage")
        if facet is None:
            return
        for field, sources in facet.fields.items():
            for source in sources.input_fields:
                self._data_set(self._key(source.namespace, source.name)).fields[source.field] = None
                self._data_set(key).fields[field] = None
        if _is_later(time, content, held):
            job.columns[key] = time, content.copy()

    def _take(
        self,
        kept: TimedFacets,
        facets: JobFacets | DataSetFacets,
        known: Mapping[str, type[FacetT]],
        time: int,
        place: str,
    ) -> None:
        for name, kind in known.items():
            content = getattr(facets, name)
            if content is UNSET:
                continue
            held = kept.get(name)
            if held is not None and held[1] == content:
                if held[0] < time:
                    kept[name] = time, held[1]
                continue
            in_event = facets.__struct_encode_fields__[facets.__struct_fields__.index(name)]
            if _is_later(time, content, held) and self._decoded(content, kind, f"{place}.{in_event}") is not None:
                kept[name] = time, content.copy()  # without a copy, it would keep the whole event in memory

    def _decoded(self, content: msgspec.Raw, kind: type[FacetT], place: str) -> FacetT | None:
        if content == _NULL:
            return None
        if len(bytes(content)) > LARGEST_FACET:
            problem = f"it has more than {LARGEST_FACET:,} bytes"
        elif has_nul(bytes(content)):
            problem = NUL
        else:
            try:
                return decode_facet(content, kind)
            except (msgspec.MsgspecError, RecursionError) as error:
                problem = str(error)
        subject = self._subject
        of_event = f" (in an event of {subject.namespace} {subject.name})" if subject is not None else ""
        self._problems.setdefault(place, problem + of_event)
        return None
