"""The events about catalogued lineage, in the form of the OpenLineage specification 2-0-2.

A job event names the data sets that a job reads and writes, and the sources of their columns. A data set event
describes a data set. The specification has no event for a removed job: an event without data sets states that the job
no longer has lineage. A removed data set has the life-cycle state `DROP`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from services.lineage.publisher.catalogued import Field
from services.metadata.element import ElementRecord

PRODUCER = "urn:integration-daemon:openlineage-publisher"
_SPEC = "https://openlineage.io/spec/"
_FACETS = {
    "ColumnLineageDatasetFacet": "1-2-0",
    "DocumentationDatasetFacet": "1-1-0",
    "DocumentationJobFacet": "1-1-0",
    "JobTypeJobFacet": "2-0-4",
    "LifecycleStateChangeDatasetFacet": "1-0-1",
    "SQLJobFacet": "1-1-0",
    "SchemaDatasetFacet": "1-2-0",
}
"""The versions of the facets that are sent."""


class Kind(Enum):
    """The kind of subject of an event."""

    JOB = "job"
    DATA_SET = "data set"


class Subject(NamedTuple):
    """A job or data set, with its name in events."""

    kind: Kind
    element: str
    """The qualified name of its element. A view has a subject of each kind."""
    namespace: str
    name: str


class LineageEvent(msgspec.Struct, frozen=True):
    """An event without its time."""

    subject: Subject
    content: dict[str, Any]
    is_removal: bool = False

    @property
    def digest(self) -> bytes:
        """Digest of the content."""
        return blake2b(msgspec.json.encode(self.content, order="deterministic"), digest_size=16).digest()

    def at(self, microseconds: int) -> bytes:
        """The encoded event with its time, in microseconds since the epoch."""
        time = datetime.fromtimestamp(microseconds / 1_000_000, UTC).isoformat(timespec="microseconds")
        schema = "JobEvent" if self.subject.kind is Kind.JOB else "DatasetEvent"
        head = {
            "eventTime": time,
            "producer": PRODUCER,
            "schemaURL": f"{_SPEC}2-0-2/OpenLineage.json#/$defs/{schema}",
        }
        return msgspec.json.encode(head | self.content)

    @property
    def title(self) -> str:
        """The name of the event in a dry run."""
        return f"{'removal of ' if self.is_removal else ''}{self.subject.kind.value} {self.subject.element}"


def job_event(
    subject: Subject, element: ElementRecord, inputs: Iterable[Mapping[str, Any]], outputs: Iterable[Mapping[str, Any]]
) -> LineageEvent:
    """The event of a process, or of an element that is made from others without a process."""
    job = {"namespace": subject.namespace, "name": subject.name, "facets": dict(_job_facets(element))}
    return LineageEvent(subject, {"job": job, "inputs": _in_order(inputs), "outputs": _in_order(outputs)})


def data_set_event(subject: Subject, element: ElementRecord, columns: Sequence[Field]) -> LineageEvent:
    """The event of a data set."""
    facets = {}
    if element.properties.get("description"):
        facets["documentation"] = facet("DocumentationDatasetFacet", description=element.properties["description"])
    if columns:
        facets["schema"] = facet("SchemaDatasetFacet", fields=_schema(columns))
    return LineageEvent(subject, {"dataset": {**_named(subject), "facets": facets}})


def removal(subject: Subject) -> LineageEvent:
    """The event of a job that no longer has lineage, or of a removed data set."""
    if subject.kind is Kind.JOB:
        return LineageEvent(subject, {"job": _named(subject), "inputs": [], "outputs": []}, is_removal=True)
    facets = {"lifecycleStateChange": facet("LifecycleStateChangeDatasetFacet", lifecycleStateChange="DROP")}
    return LineageEvent(subject, {"dataset": {**_named(subject), "facets": facets}}, is_removal=True)


def facet(name: str, **fields: Any) -> dict[str, Any]:
    """A facet of the specification."""
    return {"_producer": PRODUCER, "_schemaURL": f"{_SPEC}facets/{_FACETS[name]}/{name}.json#/$defs/{name}", **fields}


def _named(subject: Subject) -> dict[str, Any]:
    return {"namespace": subject.namespace, "name": subject.name}


def _in_order(data_sets: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(data_sets, key=lambda each: (each["namespace"], each["name"]))


def _schema(columns: Sequence[Field]) -> list[dict[str, Any]]:
    return [dict(_field(each)) for each in columns]


def _field(field: Field) -> Iterable[tuple[str, Any]]:
    column = field.column
    data_type = column.classifications.get("TypeEmbeddedAttribute", {}).get("dataType")
    yield "name", str(column.properties.get("displayName") or column.qualified_name)
    yield from ((key, each) for key, each in [("type", data_type or column.properties.get("dataType"))] if each)
    if column.properties.get("description"):
        yield "description", column.properties["description"]
    if field.fields:
        yield "fields", _schema(field.fields)


def _job_facets(element: ElementRecord) -> Iterable[tuple[str, dict[str, Any]]]:
    query = element.properties.get("formula") or element.classifications.get("CalculatedValue", {}).get("formula")
    kind = "VIEW" if element.type_name == "RelationalTable" else "PROCESS"
    yield "jobType", facet("JobTypeJobFacet", processingType="BATCH", integration="OPEN_METADATA", jobType=kind)
    if element.properties.get("description"):
        yield "documentation", facet("DocumentationJobFacet", description=element.properties["description"])
    if query:
        yield "sql", facet("SQLJobFacet", query=query)
