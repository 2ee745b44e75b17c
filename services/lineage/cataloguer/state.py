"""What is known of a job and of a data set from the events that have been seen, and how an event adds to it.

Events arrive late, twice, in parts and in any order. So everything that an event adds is a maximum, a minimum or a
union, keyed by its time: adding the same events in another order, or again, ends in the same state.

    flows       by data set, the time when an event last named it
    facets      by name, the last content by time of its event
    runs        by run, its first and last event and its end

A job's flows are those that were named since the last run that was completed has begun: by that run, or by a later
one that runs still or has failed. So a job that reads another file in each run has the flow of one file, and a run that
failed half-way takes no flow away.

Of the runs that have ended, the last `KEPT_RUNS` are kept one by one, and the others are only counted. An event of an
older run than those changes no count. This is the rule that makes the state bounded, and its price: events that come
later than so many later runs are not counted exactly.
"""

from collections.abc import Iterator, Mapping

import msgspec

from services.lineage.openlineage.events import DataSet, Facets, OpenLineageEvent, RunState
from services.lineage.openlineage.facets import (
    DATA_SET_FACETS,
    JOB_FACETS,
    LARGEST_FACET,
    ColumnLineageFacet,
    ParentRunFacet,
    decode_facet,
)

KEPT_RUNS = 10
KEPT_OPEN_RUNS = 50
"""Runs of which no end is known; one more, and the one that was heard of longest ago counts as one without an end."""

INPUT, OUTPUT = "i", "o"
Key = str
"""Namespace and name of a job or data set; in flows, after the direction."""
Kept = dict[str, tuple[int, msgspec.Raw]]
"""Facets: the time and the content of each."""


def key_of(namespace: str, name: str) -> Key:
    """The key of a job or data set."""
    return f"{namespace}\n{name}"


def names_of(key: Key) -> tuple[str, str]:
    """Namespace and name of a key."""
    namespace, _, name = key.partition("\n")
    return namespace, name


class Run(msgspec.Struct, array_like=True):
    """A run. Times are microseconds since the epoch."""

    first: int
    last: int
    ended: int = 0
    status: str = ""
    """The name of its end; empty while it runs."""

    def add(self, other: "Run") -> None:
        """Add what other events tell of the same run."""
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.ended, self.status = max((self.ended, self.status), (other.ended, other.status))


class Condensed(msgspec.Struct, array_like=True):
    """What is left of the runs that are not kept."""

    runs: int = 0
    failed: int = 0
    aborted: int = 0
    last: int = 0
    """The time of their last event: an event of an unknown run up to this time is of one of them."""
    completed: int = 0
    """The time when the last of them that was completed has begun."""
    first: int = 0
    """The time when the first has begun."""

    def add(self, run: Run) -> None:
        """Condense a run."""
        self.runs += 1
        self.failed += run.status == RunState.FAIL.value
        self.aborted += run.status == RunState.ABORT.value
        self.last = max(self.last, run.last)
        self.first = min(self.first or run.first, run.first)
        if run.status == RunState.COMPLETE.value:
            self.completed = max(self.completed, run.first)


class Stated(msgspec.Struct, array_like=True):
    """What was stated last beside the process: when it differs, relationships are stated anew."""

    digest: str = ""
    columns: list[tuple[Key, str, str]] = []
    """Data set, qualified name of a column that one of its columns is made from, and that of the latter."""


class JobState(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A job."""

    namespace: str
    name: str
    facets: Kept = {}
    parent: tuple[int, str] | None = None
    """The time of the event that named its parent, and the key of that."""
    flows: dict[Key, int] = {}
    columns: Kept = {}
    """Column lineage, by the key of the data set."""
    runs: dict[str, Run] = {}
    condensed: Condensed = msgspec.field(default_factory=Condensed)
    declared: int = 0
    """The time of the last event of the job itself, without a run: it names all flows."""
    stated: Stated = msgspec.field(default_factory=Stated)

    @property
    def is_empty(self) -> bool:
        """True if events do no more than name the job."""
        return not (self.facets or self.flows or self.runs or self.parent or self.declared)

    def add(self, other: "JobState") -> None:
        """Add what other events tell of the same job."""
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
        """The time from which on flows are current."""
        completed = [run.first for run in self.runs.values() if run.status == RunState.COMPLETE.value]
        return max(self.condensed.completed, self.declared, *completed)

    def current_flows(self) -> Iterator[tuple[str, Key]]:
        """The direction and the data set of each flow that is current."""
        since = self.current_since
        return ((flow[0], flow[1:]) for flow, time in self.flows.items() if time >= since)

    def current_columns(self) -> Iterator[tuple[Key, msgspec.Raw]]:
        """The column lineage of each data set that is current."""
        since = self.current_since
        for key, (time, content) in self.columns.items():
            if time >= since and self.flows.get(OUTPUT + key, 0) >= since:
                yield key, content

    def condense(self) -> None:
        """Count the oldest runs instead of keeping them, and forget flows that cannot become current again."""
        ended = sorted((run.last, name) for name, run in self.runs.items() if run.status)
        still = sorted((run.last, name) for name, run in self.runs.items() if not run.status)
        for _, name in (*ended[:-KEPT_RUNS], *still[:-KEPT_OPEN_RUNS]):
            self.condensed.add(self.runs.pop(name))
        if len(ended) <= KEPT_RUNS:
            return  # nothing is old enough to be forgotten
        since = min([self.current_since, *(run.first for run in self.runs.values())])
        self.flows = {flow: time for flow, time in self.flows.items() if time >= since}
        self.columns = {key: kept for key, kept in self.columns.items() if kept[0] >= since}


class DataSetState(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A data set, as far as events describe it."""

    namespace: str
    name: str
    facets: Kept = {}
    fields: dict[str, None] = {}
    """Fields that column lineage names."""
    columns: list[str] = []
    """The columns that were stated last."""

    def add(self, other: "DataSetState") -> bool:
        """Add what other events tell of the same data set; true if that changes anything to be seen."""
        is_changed = _add_kept(self.facets, other.facets)
        if not other.fields.keys() <= self.fields.keys():
            self.fields = dict.fromkeys(sorted({*self.fields, *other.fields}))
            is_changed = True
        return is_changed


def _add_kept(kept: Kept, other: Kept) -> bool:
    """Keep the last content of each facet; true if one has changed."""
    is_changed = False
    for name, (time, content) in other.items():
        held = kept.get(name)
        if held is None or (time, bytes(content)) > (held[0], bytes(held[1])):
            is_changed = is_changed or held is None or bytes(held[1]) != bytes(content)
            kept[name] = time, content
    return is_changed


class Merge:
    """What some events tell of jobs and data sets."""

    def __init__(self, problems: dict[str, str], aliases: Mapping[str, str]) -> None:
        self._problems = problems
        self._aliases = aliases
        self.jobs: dict[Key, JobState] = {}
        self.data_sets: dict[Key, DataSetState] = {}

    def add(self, event: OpenLineageEvent) -> None:
        """Add an event."""
        time = event.microseconds
        if event.job is None:
            if event.dataset is not None:
                self._add_data_set(event.dataset, "$.dataset", time)
            return
        job = self._job(key_of(event.job.namespace, event.job.name))
        self._take(job.facets, event.job.facets, JOB_FACETS, time, "$.job.facets")
        if event.run is None:
            job.declared = max(job.declared, time)
        else:
            self._add_run(job, event, time)
        for index, each in enumerate(event.inputs or ()):
            self._add_flow(job, INPUT, each, f"$.inputs[{index}]", time)
        for index, each in enumerate(event.outputs or ()):
            place = f"$.outputs[{index}]"
            key = self._add_flow(job, OUTPUT, each, place, time)
            if each.facets is not None and "columnLineage" in each.facets:
                self._add_columns(job, key, each.facets["columnLineage"], place + ".facets.columnLineage", time)

    def _add_run(self, job: JobState, event: OpenLineageEvent, time: int) -> None:
        assert event.run is not None
        state = event.event_type
        seen = Run(time, time, time, state.value) if state is not None and state.is_end else Run(time, time)
        run = job.runs.setdefault(event.run.run_id, seen)
        if run is not seen:
            run.add(seen)
        content = (event.run.facets or {}).get("parent")
        if content is not None and bytes(content) != b"null":
            self._add_parent(job, content, time)

    def _add_parent(self, job: JobState, content: msgspec.Raw, time: int) -> None:
        try:
            facet = decode_facet(content, ParentRunFacet)
        except msgspec.MsgspecError as error:
            self._problems.setdefault("$.run.facets.parent", str(error))
            return
        parent = key_of(facet.job.namespace, facet.job.name)
        own = key_of(job.namespace, job.name)
        held = self._job(parent)
        if parent != own:
            job.parent = max(job.parent or (0, ""), (time, parent))
        if facet.root is not None:
            root = key_of(facet.root.job.namespace, facet.root.job.name)
            self._job(root)
            if root not in (parent, own) and parent != own:  # as long as the parent itself names none
                held.parent = max(held.parent or (0, ""), (0, root))

    def _add_flow(self, job: JobState, direction: str, data_set: DataSet, place: str, time: int) -> Key:
        key = self._add_data_set(data_set, place, time)
        flow = direction + key
        if job.flows.get(flow, 0) < time:
            job.flows[flow] = time
        return key

    def _add_data_set(self, data_set: DataSet, place: str, time: int) -> Key:
        key = self._key(data_set.namespace, data_set.name)
        state = self._data_set(key)
        self._take(state.facets, data_set.facets, DATA_SET_FACETS, time, place + ".facets")
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

    def _add_columns(self, job: JobState, key: Key, content: msgspec.Raw, place: str, time: int) -> None:
        held = job.columns.get(key)
        if held is None or bytes(held[1]) != bytes(content):
            facet = self._decoded(content, ColumnLineageFacet, place)
            if facet is None:
                return
            assert isinstance(facet, ColumnLineageFacet)
            for field, sources in facet.fields.items():
                for source in sources.input_fields:
                    self._data_set(self._key(source.namespace, source.name)).fields[source.field] = None
                    self._data_set(key).fields[field] = None
        if held is None or (time, bytes(content)) > (held[0], bytes(held[1])):
            job.columns[key] = time, content.copy() if held is None or held[1] != content else held[1]

    def _take(self, kept: Kept, facets: Facets | None, known: dict[str, type], time: int, place: str) -> None:
        for name in facets.keys() & known.keys() if facets else ():
            assert facets is not None
            content, held = facets[name], kept.get(name)
            if held is not None and bytes(held[1]) == bytes(content):
                if held[0] < time:
                    kept[name] = time, held[1]
            elif (held is None or (time, bytes(content)) > (held[0], bytes(held[1]))) and (
                self._decoded(content, known[name], f"{place}.{name}") is not None
            ):
                kept[name] = time, content.copy()  # else it would keep the whole event in memory

    def _decoded(self, content: msgspec.Raw, kind: type, place: str) -> object | None:
        if bytes(content) == b"null":
            return None
        if len(bytes(content)) > LARGEST_FACET:
            self._problems.setdefault(place, f"it has more than {LARGEST_FACET:,} bytes")
            return None
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.MsgspecError, RecursionError) as error:
            self._problems.setdefault(place, str(error))
            return None
