"""Forms and reports of applications, and the interfaces of programs."""

from services.metadata.types.base import Asset, DataSet, SchemaType


class Form(DataSet, kw_only=True, rename="camel", omit_defaults=True):
    """A form for the entry of data."""


class DeployedReport(DataSet, kw_only=True, rename="camel", omit_defaults=True):
    """A report that an application creates."""

    id: str | None = None
    author: str | None = None
    url: str | None = None
    created_time: str | None = None
    last_modified_time: str | None = None
    last_modifier: str | None = None


class InformationView(DataSet, kw_only=True, rename="camel", omit_defaults=True):
    """A query that an application runs."""


class DeployedAPI(Asset, kw_only=True, rename="camel", omit_defaults=True):
    """An interface for programs."""


class APISchemaType(SchemaType, kw_only=True, rename="camel", omit_defaults=True):
    """The operations of an interface."""


class APIOperation(SchemaType, kw_only=True, rename="camel", omit_defaults=True):
    """One operation of an interface."""

    path: str | None = None
    command: str | None = None
