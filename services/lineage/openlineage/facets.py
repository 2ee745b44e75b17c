"""The supported facets, each a Struct with the fields that are used."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from services.lineage.openlineage.events import Name, Namespace

LARGEST_FACET = 256 * 1024
"""Maximum size in bytes. A larger facet is left out."""


class _Facet(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    pass


class DocumentationFacet(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The description of a job or data set."""

    description: str | None = None


class SourceCodeLocationFacet(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The location of the source code of a job."""

    type: str | None = None
    url: str | None = None
    repo_url: str | None = None
    path: str | None = None
    version: str | None = None
    tag: str | None = None
    branch: str | None = None


class SourceCodeFacet(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The source code of a job. Its text may be long and is not kept."""

    language: str | None = None


class SQLFacet(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The SQL statement of a job."""

    query: str | None = None
    dialect: str | None = None


class JobTypeFacet(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The kind of a job."""

    processing_type: str | None = None
    integration: str | None = None
    job_type: str | None = None


class Owner(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """An owner, such as `team:warehouse`."""

    name: str
    type: str | None = None


class OwnershipFacet(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The owners of a job or data set."""

    owners: Sequence[Owner] | None = None


class JobIdentifier(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The name of a job within another facet."""

    namespace: Namespace
    name: Name


class RootJob(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The job at the top of the hierarchy."""

    job: JobIdentifier


class ParentRunFacet(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The parent of a run."""

    job: JobIdentifier
    root: RootJob | None = None


class SchemaField(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A field of a data set, with its nested fields."""

    name: str
    type: str | None = None
    description: str | None = None
    fields: Sequence["SchemaField"] | None = None


class SchemaFacet(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The structure of a data set."""

    fields: Sequence[SchemaField] | None = None


class InputField(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A field from which another field is made."""

    namespace: str
    name: str
    field: str


class ColumnSources(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The fields from which a field is made."""

    input_fields: Sequence[InputField] = ()


class ColumnLineageFacet(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The sources of the fields of a data set."""

    fields: Mapping[str, ColumnSources] = {}


class LifecycleStateChangeFacet(_Facet, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The last change in the life cycle of a data set, such as `CREATE` or `DROP`."""

    state: str | None = msgspec.field(default=None, name="lifecycleStateChange")


JOB_FACETS: dict[str, type[_Facet]] = {
    "documentation": DocumentationFacet,
    "source_code_location": SourceCodeLocationFacet,
    "source_code": SourceCodeFacet,
    "sql": SQLFacet,
    "job_type": JobTypeFacet,
    "ownership": OwnershipFacet,
}
"""The facets of jobs, by field of `JobFacets`."""
DATA_SET_FACETS: dict[str, type[_Facet]] = {
    "documentation": DocumentationFacet,
    "schema": SchemaFacet,
    "ownership": OwnershipFacet,
    "lifecycle_state_change": LifecycleStateChangeFacet,
}
"""The descriptive facets, by field of `DataSetFacets`; used for data sets that no other connector catalogues."""

FacetT = TypeVar("FacetT", bound=_Facet)


def decode_facet(content: msgspec.Raw | bytes, kind: type[FacetT]) -> FacetT:
    """Decode a facet; raises `msgspec.MsgspecError`."""
    return msgspec.json.decode(content, type=kind)
