"""Creates the events about changed elements.

A process is a job with the data sets that flow to and from it. An element that receives data without a process, such as
a view that reads tables, is the output of a job with the element's name. The data sets of jobs have separate events, so
that a new column of a table causes one event, whichever jobs read the table.

Processes that were catalogued from OpenLineage events are left out, and so are data sets known only from such events:
receivers of events know them already.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from services.framework.context import IntegrationContext
from services.lineage.cataloguer.statements import DATA_SET, JOB
from services.lineage.publisher.catalogued import Catalogued, Column, Field, is_column
from services.lineage.publisher.data_set_names import OTHERS, DataSetName, data_set_name, database_of
from services.lineage.publisher.events import Kind, LineageEvent, Subject, data_set_event, facet, job_event
from services.metadata.changes import ElementChange
from services.metadata.element import ElementRecord, ElementStatus, RelationshipRecord
from services.metadata.types.registry import subtypes_of

_PROCESSES = frozenset(subtypes_of("Process"))


class BuiltEvents(msgspec.Struct):
    """The events about some elements."""

    events: list[LineageEvent]
    elements: set[str]
    """The qualified names of all examined elements: those without an event have nothing to publish."""
    removed: set[str]
    """The names of those that are no longer in the catalogue."""


class Neighbourhood(msgspec.Struct):
    """The catalogue around some elements."""

    inputs: Mapping[str, Sequence[str]]
    """GUIDs of the elements that data flows from, by GUID of the element."""
    outputs: Mapping[str, Sequence[str]]
    """GUIDs of the elements that data flows to, by GUID of the element."""
    elements: Mapping[str, ElementRecord]
    """The elements at the ends of the flows, by GUID."""
    columns: Mapping[str, Sequence[Field]]
    """The columns of data sets, by GUID of the data set."""
    sources: Mapping[str, Sequence[tuple[str, Column]]]
    """The fields of a data set with their source columns, by GUID of the data set."""
    technologies: Mapping[str, str]

    def name(self, guid: str) -> DataSetName:
        """The name of a data set."""
        return data_set_name(self.elements[guid], self.technologies)


class EventBuilder:
    """Creates the events about changed elements."""

    def __init__(self, context: IntegrationContext, namespace: str) -> None:
        self._context = context
        self._catalogued = Catalogued(context)
        self._namespace = namespace or OTHERS

    async def build(self, changes: Sequence[ElementChange]) -> BuiltEvents:
        """The events about changes."""
        active = {each.guid: each.element for each in changes if _is_active(each) and each.element is not None}
        removed = {each.guid: each.qualified_name for each in changes if not _is_active(each)}
        elements = await self._concerned(active, removed)
        neighbourhood = await self._neighbourhood(elements)
        events = [event for each in elements.values() for event in self._events(each, neighbourhood)]
        names = {each.qualified_name for each in elements.values()}
        missing = set(removed.values()) - names
        again = await self._context.store.named(sorted(missing)) if missing else []
        missing -= {each.qualified_name for each in again}  # their latest change is in a later page
        return BuiltEvents(events, names | missing, missing)

    async def _concerned(self, active: Mapping[str, ElementRecord], removed: Iterable[str]) -> dict[str, ElementRecord]:
        """Changed elements, the data sets of changed columns, their writers, and the neighbours of removed elements."""
        found = {guid: each for guid, each in active.items() if not is_column(each.type_name)}
        columns = await self._catalogued.data_sets_of(active.keys() - found.keys())
        found.update(await self._catalogued.get({each.data_set for each in columns.values()} - found.keys()))
        flows = await self._catalogued.related([*found, *removed], "DataFlow")
        makers = {each.end1_guid for each in flows if each.end2_guid in found}
        lost = {
            end
            for each in flows
            for end in (each.end1_guid, each.end2_guid)
            if {*removed} & {each.end1_guid, each.end2_guid}
        }
        found.update(await self._catalogued.get((makers | lost) - found.keys()))
        return {guid: each for guid, each in found.items() if each.status is ElementStatus.ACTIVE}

    async def _neighbourhood(self, elements: Mapping[str, ElementRecord]) -> Neighbourhood:
        flows = [each for each in await self._catalogued.related(elements, "DataFlow") if elements.keys() & _ends(each)]
        ends = {end for each in flows for end in _ends(each)}
        known = {**elements, **await self._catalogued.get(ends - elements.keys())}
        flows = [
            each for each in flows if all(end in known and not _is_from_openlineage(known[end]) for end in _ends(each))
        ]
        made = {each.end2_guid for each in flows if known[each.end2_guid].type_name not in _PROCESSES}
        described = {guid for guid, each in elements.items() if each.type_name not in _PROCESSES} | made
        columns = await self._catalogued.columns_of(described & ends)
        sources = await self._sources({guid: columns[guid] for guid in made if guid in columns})
        inputs, outputs = defaultdict(list), defaultdict(list)
        for each in flows:
            inputs[each.end2_guid].append(each.end1_guid)
            outputs[each.end1_guid].append(each.end2_guid)
        return Neighbourhood(inputs, outputs, known, columns, sources, await self._technologies(known.values()))

    async def _sources(self, columns: Mapping[str, Sequence[Field]]) -> dict[str, list[tuple[str, Column]]]:
        """The source columns of the columns of data sets."""
        names = {guid: Column(data_set, name) for data_set, fields in columns.items() for guid, name in _names(fields)}
        mappings = [each for each in await self._catalogued.related(names, "LineageMapping") if each.end2_guid in names]
        places = await self._catalogued.data_sets_of({each.end1_guid for each in mappings})
        found: dict[str, list[tuple[str, Column]]] = {}
        for each in mappings:
            if each.end1_guid in places:
                target = names[each.end2_guid]
                found.setdefault(target.data_set, []).append((target.name, places[each.end1_guid]))
        return found

    async def _technologies(self, elements: Iterable[ElementRecord]) -> dict[str, str]:
        names = sorted({name for each in elements if (name := database_of(each)) is not None})
        found = await self._context.store.named(names) if names else []
        return {each.qualified_name: str(each.properties.get("deployedImplementationType", "")) for each in found}

    def _events(self, element: ElementRecord, neighbourhood: Neighbourhood) -> Iterable[LineageEvent]:
        inputs, outputs = neighbourhood.inputs.get(element.guid, ()), neighbourhood.outputs.get(element.guid, ())
        if not inputs and not outputs:
            return
        if element.type_name in _PROCESSES:
            subject = Subject(Kind.JOB, element.qualified_name, self._namespace, element.qualified_name)
            yield _job(subject, element, inputs, outputs, neighbourhood)
            return
        name = neighbourhood.name(element.guid)
        if not element.qualified_name.startswith(DATA_SET + "::"):
            subject = Subject(Kind.DATA_SET, element.qualified_name, *name)
            yield data_set_event(subject, element, neighbourhood.columns.get(element.guid, ()))
        inputs = [each for each in inputs if neighbourhood.elements[each].type_name not in _PROCESSES]
        if inputs:
            yield _job(Subject(Kind.JOB, element.qualified_name, *name), element, inputs, [element.guid], neighbourhood)


def _job(
    subject: Subject,
    element: ElementRecord,
    inputs: Sequence[str],
    outputs: Sequence[str],
    neighbourhood: Neighbourhood,
) -> LineageEvent:
    return job_event(
        subject,
        element,
        [neighbourhood.name(each)._asdict() for each in inputs],
        [
            {**neighbourhood.name(each)._asdict(), **_column_lineage(each, set(inputs), neighbourhood)}
            for each in outputs
        ],
    )


def _column_lineage(output: str, inputs: set[str], neighbourhood: Neighbourhood) -> dict[str, Any]:
    fields: dict[str, list[dict[str, str]]] = {}
    for name, source in neighbourhood.sources.get(output, ()):
        if source.data_set in inputs:
            fields.setdefault(name, []).append({**neighbourhood.name(source.data_set)._asdict(), "field": source.name})
    if not fields:
        return {}
    made = {
        name: {"inputFields": sorted(each, key=lambda one: tuple(one.values()))}
        for name, each in sorted(fields.items())
    }
    return {"facets": {"columnLineage": facet("ColumnLineageDatasetFacet", fields=made)}}


def _names(fields: Sequence[Field], prefix: str = "") -> Iterable[tuple[str, str]]:
    """The GUID and the name of each column, including nested ones."""
    for each in fields:
        name = prefix + str(each.column.properties.get("displayName") or each.column.qualified_name)
        yield each.column.guid, name
        yield from _names(each.fields, f"{name}.")


def _ends(relationship: RelationshipRecord) -> set[str]:
    return {relationship.end1_guid, relationship.end2_guid}


def _is_active(change: ElementChange) -> bool:
    return change.status is ElementStatus.ACTIVE


def _is_from_openlineage(element: ElementRecord) -> bool:
    return element.qualified_name.startswith(JOB + "::")
