"""The job events that tell of catalogued lineage.

A process is a job with the data sets that flow to and from it. An element that data flows to without a process, such as
a view from the tables that it reads, is the output of a job by its own name.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from services.framework.context import IntegrationContext
from services.lineage.cataloguer.statements import JOB
from services.lineage.publisher.data_set_names import OTHERS, data_set_name, database_of
from services.metadata.element import ElementRecord, ElementStatus, RelationshipRecord
from services.metadata.types.registry import subtypes_of

PRODUCER = "urn:integration-daemon:openlineage-publisher"
_SPEC = "https://openlineage.io/spec/"


class JobEvent(msgspec.Struct, frozen=True):
    """The event of a job, as it is sent."""

    job: str
    """The qualified name of the process, or of the view."""
    content: bytes


class JobEvents:
    """Makes the events of elements that have changed."""

    def __init__(self, context: IntegrationContext, namespace: str) -> None:
        self._context = context
        self._namespace = namespace or OTHERS
        self._processes = frozenset(subtypes_of("Process"))

    async def of(self, elements: Sequence[ElementRecord]) -> list[JobEvent]:
        """The events of those elements that are jobs, or that data flows to.

        Jobs that were catalogued from OpenLineage events are left out: whoever receives these knows them already.
        """
        jobs = [each for each in elements if self._may_be_job(each)]
        flows = await self._context.relationships([each.guid for each in jobs], type_name="DataFlow")
        others = {guid for each in flows for guid in (each.end1_guid, each.end2_guid)}
        ends = {each.guid: each for each in await self._context.get(sorted(others))}
        technologies = await self._technologies(ends.values())
        found = (self._event(each, flows, ends, technologies) for each in jobs)
        return [each for each in found if each is not None]

    def _may_be_job(self, element: ElementRecord) -> bool:
        return element.status is ElementStatus.ACTIVE and not element.qualified_name.startswith(JOB + "::")

    async def _technologies(self, elements: Iterable[ElementRecord]) -> dict[str, str]:
        names = sorted({name for each in elements if (name := database_of(each)) is not None})
        found = await self._context.store.named(names) if names else []
        return {each.qualified_name: str(each.properties.get("deployedImplementationType", "")) for each in found}

    def _event(
        self,
        element: ElementRecord,
        flows: Sequence[RelationshipRecord],
        ends: Mapping[str, ElementRecord],
        technologies: Mapping[str, str],
    ) -> JobEvent | None:
        is_process = element.type_name in self._processes
        inputs = [ends[each.end1_guid] for each in flows if each.end2_guid == element.guid and each.end1_guid in ends]
        outputs = [ends[each.end2_guid] for each in flows if each.end1_guid == element.guid and each.end2_guid in ends]
        if is_process:
            namespace, name = self._namespace, element.qualified_name
        else:
            inputs = [each for each in inputs if each.type_name not in self._processes]
            outputs = [element]
            namespace, name = data_set_name(element, technologies)
        if not inputs and (not is_process or not outputs):
            return None
        content = {
            "eventTime": (element.update_time or element.create_time).isoformat(),
            "producer": PRODUCER,
            "schemaURL": _SPEC + "2-0-2/OpenLineage.json#/$defs/JobEvent",
            "job": {"namespace": namespace, "name": name, "facets": dict(_facets(element, is_process=is_process))},
            "inputs": [data_set_name(each, technologies)._asdict() for each in inputs],
            "outputs": [data_set_name(each, technologies)._asdict() for each in outputs],
        }
        return JobEvent(element.qualified_name, msgspec.json.encode(content, order="deterministic"))


def _facets(element: ElementRecord, *, is_process: bool) -> Iterable[tuple[str, dict[str, Any]]]:
    kind = "PROCESS" if is_process else "VIEW"
    yield (
        "jobType",
        _facet("2-0-4/JobTypeJobFacet.json", processingType="BATCH", integration="OPEN_METADATA", jobType=kind),
    )
    if element.properties.get("description"):
        yield (
            "documentation",
            _facet("1-1-0/DocumentationJobFacet.json", description=element.properties["description"]),
        )
    query = element.properties.get("formula") or element.classifications.get("CalculatedValue", {}).get("formula")
    if query:
        yield "sql", _facet("1-1-0/SQLJobFacet.json", query=query)


def _facet(schema: str, **fields: Any) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": f"{_SPEC}facets/{schema}", **fields}
