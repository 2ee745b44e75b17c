"""The identifiers that third parties have for elements."""

from services.metadata.changes import Link, Put
from services.metadata.mapping import to_put
from services.metadata.types.glossary import ExternalId


def external_identifier(third_party: str, identifier: str, mapping: dict[str, str] | None, name: str) -> Put:
    """The external identifier of the element with a qualified name, in the form that catalog connectors use."""
    element = ExternalId(
        qualified_name=f"ExternalId::{third_party}::{identifier}", identifier=identifier, mapping_properties=mapping
    )
    return to_put(element, links=[Link("ExternalIdLink", name)])
