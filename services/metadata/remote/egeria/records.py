"""Conversion of the server's elements and relationships to records."""

from services.metadata.element import ElementRecord, ElementStatus, RelationshipRecord
from services.metadata.remote.egeria.marks import content_of
from services.metadata.remote.egeria.values import all_decoded
from services.metadata.remote.egeria.vocabulary import Vocabulary
from services.metadata.remote.egeria.wire import EgeriaElement, RelatedElement


def record_of(element: EgeriaElement, vocabulary: Vocabulary) -> ElementRecord:
    """An element with its header."""
    type_name, properties, classifications = content_of(element, vocabulary)
    versions, origin = element.versions, element.origin
    return ElementRecord(
        guid=element.element_guid,
        type_name=type_name,
        status=ElementStatus.ARCHIVED if element.is_archived else ElementStatus.ACTIVE,
        version=versions.version,
        created_by=versions.created_by,
        create_time=versions.create_time,
        updated_by=versions.updated_by,
        update_time=versions.update_time,
        metadata_source=origin.home_metadata_collection_name if origin.origin_category == "EXTERNAL_SOURCE" else "",
        classifications=classifications,
        properties=properties,
    )


def relationship_of(related: RelatedElement, guid: str, at_end: int, vocabulary: Vocabulary) -> RelationshipRecord:
    """A relationship of the element with this GUID, which is at end `at_end`."""
    other = related.element.element_guid
    return RelationshipRecord(
        guid=related.relationship_guid,
        type_name=vocabulary.relationship_from(related.relationship_type.type_name),
        end1_guid=guid if at_end == 1 else other,
        end2_guid=other if at_end == 1 else guid,
        properties=all_decoded(related.relationship_properties.property_value_map),
    )
