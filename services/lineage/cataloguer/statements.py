"""The elements of jobs and data sets.

    DataSet ─DataFlow─▶ DeployedSoftwareComponent ─DataFlow─▶ DataSet ─Schema─▶ TabularSchemaType ─▶ TabularColumn

The state of a job or data set is stored in its element, in the additional property `openLineage`: it is committed
together with the properties derived from it, and no event is counted twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from services.lineage.cataloguer.state import (
    Condensed,
    DataSetState,
    JobState,
    Key,
    Run,
    TimedFacets,
    key_of,
    names_of,
)
from services.lineage.openlineage.events import ABORT, FAIL
from services.lineage.openlineage.facets import (
    DocumentationFacet,
    FacetT,
    JobTypeFacet,
    LifecycleStateChangeFacet,
    OwnershipFacet,
    SchemaFacet,
    SchemaField,
    SourceCodeFacet,
    SourceCodeLocationFacet,
    SQLFacet,
    decode_facet,
)
from services.metadata.changes import Change, Link, Put, Remove
from services.metadata.element import ElementRecord
from services.metadata.mapping import to_put
from services.metadata.sorted_diff import PART
from services.metadata.types.base import DataSet
from services.metadata.types.lineage import DeployedSoftwareComponent
from services.metadata.types.tabular import TabularColumn, TabularSchemaType

NAMES = 65_536
"""Maximum number of names in the cache: each is needed for each of its columns."""
STATE = "openLineage"
JOB, DATA_SET = "OpenLineageJob", "OpenLineageDataSet"

StateT = TypeVar("StateT", JobState, DataSetState)


def job_name(key: Key) -> str:
    """The qualified name of a job's process."""
    return _name(JOB, key)


def data_set_name(key: Key) -> str:
    """The qualified name of the element of a data set that no other connector catalogues."""
    return _name(DATA_SET, key)


def column_name(key: Key, field: str) -> str:
    """The qualified name of a column of such a data set."""
    return f"{data_set_name(key)}::schema::{field}"


def state_in(record: ElementRecord, kind: type[StateT]) -> StateT | None:
    """The state in an element; `None` if it is missing or invalid."""
    kept = (record.properties.get("additionalProperties") or {}).get(STATE)
    try:
        return msgspec.json.decode(kept, type=kind) if kept is not None else None
    except (msgspec.MsgspecError, TypeError):
        return None


def process_put(job: JobState, links: Iterable[Link]) -> Put:
    """The process of a job."""
    facets = job.facets
    sql, kind = _facet(facets, "sql", SQLFacet), _facet(facets, "job_type", JobTypeFacet)
    code = _facet(facets, "source_code", SourceCodeFacet)
    documentation = _facet(facets, "documentation", DocumentationFacet)
    element = DeployedSoftwareComponent(
        qualified_name=job_name(key_of(job.namespace, job.name)),
        display_name=job.name,
        description=documentation.description if documentation is not None else None,
        deployed_implementation_type=_joined(kind.integration, kind.job_type) if kind is not None else None,
        implementation_language=code.language if code is not None and code.language else "SQL" if sql else None,
        formula=sql.query if sql is not None else None,
        additional_properties={
            "namespace": job.namespace,
            **dict(_source_code(_facet(facets, "source_code_location", SourceCodeLocationFacet))),
            **({"processingType": kind.processing_type} if kind is not None and kind.processing_type else {}),
            **({"sqlDialect": sql.dialect} if sql is not None and sql.dialect else {}),
            STATE: msgspec.json.encode(job).decode(),
        },
    )
    classifications = dict(_ownership(facets))
    if job.runs or job.condensed.runs:
        classifications["RunMetrics"] = run_metrics(job.runs, job.condensed)
    return to_put(element, links=links, classifications=classifications)


def run_metrics(runs: Mapping[str, Run], condensed: Condensed) -> dict[str, Any]:
    """The metrics of the runs of a job."""
    ended = [each.status for each in runs.values()]
    first = min([each.first for each in runs.values()] + ([condensed.first] if condensed.first else []))
    metrics: dict[str, Any] = {
        "runCount": condensed.runs + len(runs),
        "failedRunCount": condensed.failed + ended.count(FAIL),
        "abortedRunCount": condensed.aborted + ended.count(ABORT),
        "firstRunStartTime": _time(first),
    }
    if runs:
        name, last = max(runs.items(), key=lambda item: (item[1].first, item[0]))
        metrics["lastRunId"] = name
        metrics["lastRunStartTime"] = _time(last.first)
        metrics["lastRunStatus"] = last.status or "RUNNING"
        if last.ended:
            metrics["lastRunEndTime"] = _time(last.ended)
            metrics["lastRunDuration"] = (last.ended - last.first) // 1_000
    return metrics


def data_set_changes(state: DataSetState) -> list[Change]:
    """A data set that no other connector catalogues, with its columns; former columns are removed."""
    key = key_of(state.namespace, state.name)
    name = data_set_name(key)
    # a column without a name would have the key of the structure
    fields = {field: each for field, each in _fields(state) if field}
    before, state.columns = state.columns, list(fields)
    documentation = _facet(state.facets, "documentation", DocumentationFacet)
    change = _facet(state.facets, "lifecycle_state_change", LifecycleStateChangeFacet)
    element = DataSet(
        qualified_name=name,
        display_name=state.name,
        description=documentation.description if documentation is not None else None,
        resource_name=state.name,
        additional_properties={
            "namespace": state.namespace,
            **({"lifecycleStateChange": change.state} if change is not None and change.state else {}),
            STATE: msgspec.json.encode(state).decode(),
        },
    )
    changes: list[Change] = [to_put(element, classifications=dict(_ownership(state.facets)))]
    if fields:
        structure = TabularSchemaType(qualified_name=f"{name}::schema", display_name="schema")
        changes.append(to_put(structure, source_key=f"{name}{PART}", links=[Link("Schema", name)]))
        within = (Link("AttributeForSchema", f"{name}::schema"),)
        changes += [_column(key, position, *each, within) for position, each in enumerate(fields.items())]
    removed = [_column_key(key, column) for column in before if column not in fields]
    if before and not fields:
        removed.append(f"{name}{PART}")
    return [*(Remove(source_key=each, delete=True) for each in removed), *changes]


def data_set_removal(state: DataSetState) -> list[Change]:
    """Remove a data set with its columns, because another element replaces it."""
    key = key_of(state.namespace, state.name)
    name = data_set_name(key)
    keys = [*(_column_key(key, column) for column in state.columns), f"{name}{PART}", name]
    return [Remove(source_key=each, delete=True) for each in keys]


def _column(key: Key, position: int, name: str, field: SchemaField | None, within: Sequence[Link]) -> Put:
    data_type = field.type if field is not None else None
    return to_put(
        TabularColumn(
            qualified_name=column_name(key, name),
            display_name=name,
            description=field.description if field is not None else None,
            element_position=position,
            data_type=data_type,
        ),
        source_key=_column_key(key, name),
        fingerprint=f"{position}|{data_type}|{field and field.description}",  # the rest follows from the name
        links=within,
        classifications={"TypeEmbeddedAttribute": _embedded(data_type)},
    )


@lru_cache(maxsize=1_024)
def _embedded(data_type: str | None) -> dict[str, Any]:
    """The type of columns, shared by all columns of that type, because there may be very many."""
    return {"schemaTypeName": "TabularColumnType", **({"dataType": data_type} if data_type else {})}


def _column_key(key: Key, field: str) -> str:
    return f"{data_set_name(key)}{PART}{field}"


def _fields(state: DataSetState) -> Iterator[tuple[str, SchemaField | None]]:
    """The fields of the schema, nested ones with the names of both, then those that only lineage names."""
    schema = _facet(state.facets, "schema", SchemaFacet)
    named: dict[str, SchemaField | None] = dict.fromkeys(sorted(state.fields))
    if schema is not None:
        ahead = [(field.name, field) for field in schema.fields or ()]
        yield from ahead
        while ahead:
            name, field = ahead.pop(0)
            named.pop(name, None)
            inner = [(f"{name}.{each.name}", each) for each in field.fields or ()]
            yield from inner
            ahead += inner
    yield from named.items()


def _facet(kept: TimedFacets, name: str, kind: type[FacetT]) -> FacetT | None:
    held = kept.get(name)
    return None if held is None else decode_facet(held[1], kind)


def _ownership(kept: TimedFacets) -> Iterator[tuple[str, dict[str, Any]]]:
    facet = _facet(kept, "ownership", OwnershipFacet)
    if facet is not None and facet.owners:
        owners = [each.name for each in facet.owners]
        yield "Ownership", {"owner": owners[0], **({"userIds": owners} if len(owners) > 1 else {})}


def _source_code(facet: SourceCodeLocationFacet | None) -> Iterator[tuple[str, str]]:
    for name in ("type", "url", "repo_url", "path", "version", "tag", "branch"):
        value = getattr(facet, name, None)
        if value:
            yield "sourceCode" + "".join(part.capitalize() for part in name.split("_")), value


def _joined(*parts: str | None) -> str | None:
    return " ".join(part for part in parts if part) or None


def _time(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).isoformat(timespec="milliseconds")


@lru_cache(maxsize=NAMES)
def _name(kind: str, key: Key) -> str:
    return "::".join((kind, *(part.replace("%", "%25").replace("::", "%3A%3A") for part in names_of(key))))
