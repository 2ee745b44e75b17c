"""The roots of the open metadata types."""

import msgspec


class OpenMetadataRoot(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """An element of any type."""

    @classmethod
    def type_name(cls) -> str:
        """The name of the open metadata type, which is the name of the class."""
        return cls.__name__


class Referenceable(OpenMetadataRoot, kw_only=True, rename="camel", omit_defaults=True):
    """An element with a unique name."""

    qualified_name: str
    display_name: str | None = None
    description: str | None = None
    additional_properties: dict[str, str] | None = None


class Asset(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """Something of value to an organisation."""

    resource_name: str | None = None
    version_identifier: str | None = None
    deployed_implementation_type: str | None = None


class DataAsset(Asset, kw_only=True, rename="camel", omit_defaults=True):
    """An asset that holds or provides data."""


class DataStore(DataAsset, kw_only=True, rename="camel", omit_defaults=True):
    """A physical store of data."""

    path_name: str | None = None
    store_create_time: str | None = None
    store_update_time: str | None = None


class DataSet(DataAsset, kw_only=True, rename="camel", omit_defaults=True):
    """Data that is drawn from a store."""


class SchemaElement(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """A part of the description of how data is organised."""

    is_deprecated: bool = False


class SchemaType(SchemaElement, kw_only=True, rename="camel", omit_defaults=True):
    """A structure."""


class SchemaAttribute(SchemaElement, kw_only=True, rename="camel", omit_defaults=True):
    """An attribute of a structure."""

    element_position: int | None = None
    is_nullable: bool | None = None
    allows_duplicate_values: bool | None = None
    default_value_override: str | None = None
    native_class: str | None = None
    data_type: str | None = None
    length: int | None = None
    precision: int | None = None
    significant_digits: int | None = None


class SoftwareCapability(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """The abilities of a piece of software; the metadata source of its connectors' elements."""

    deployed_implementation_type: str | None = None
