"""The names that third parties have for elements."""

from services.metadata.changes import Link, Put
from services.metadata.mapping import to_put
from services.metadata.types.glossary import ExternalId


def external_identifier(third_party: str, identifier: str, mapping: dict[str, str] | None, name: str) -> Put:
    """The identifier that a third party has for the element of a qualified name, as catalog connectors state it."""
    element = ExternalId(
        qualified_name=f"ExternalId::{third_party}::{identifier}", identifier=identifier, mapping_properties=mapping
    )
    return to_put(element, links=[Link("ExternalIdLink", name)])
