"""The roots of the open metadata types."""

import msgspec


class OpenMetadataRoot(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """Anything that is an element."""

    @classmethod
    def type_name(cls) -> str:
        """The open metadata type's name, which is the class's."""
        return cls.__name__


class Referenceable(OpenMetadataRoot, kw_only=True, rename="camel", omit_defaults=True):
    """Something with a unique name."""

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
    """An asset that holds or gives data."""


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
    """What a piece of software can do; the metadata source of what its connectors catalogue."""

    deployed_implementation_type: str | None = None
