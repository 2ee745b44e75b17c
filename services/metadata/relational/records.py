"""Converting rows to the records that a store returns."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.metadata.changes import ChangePage, ElementChange
from services.metadata.element import ElementRecord, ElementStatus, RelationshipRecord


def element_record(row: Sequence[Any]) -> ElementRecord:
    """Convert a row: guid, type, whether it is archived, version, author and time of creation, author and time of
    the last update, name of the source, classifications, properties."""
    guid, kind, archived, version, created_by, created_at, updated_by, updated_at, source, classified, properties = row
    return ElementRecord(
        guid=guid,
        type_name=kind,
        status=ElementStatus.ARCHIVED if archived else ElementStatus.ACTIVE,
        version=version,
        created_by=created_by,
        create_time=_time(created_at),
        updated_by=updated_by,
        update_time=_time(updated_at) if updated_by is not None else None,
        metadata_source=source,
        classifications=msgspec.json.decode(classified) if classified else {},
        properties=msgspec.json.decode(properties),
    )


def relationship_record(row: Sequence[Any]) -> RelationshipRecord:
    """Convert a row: guid, type, guids of the ends, properties."""
    guid, kind, end1, end2, properties = row
    return RelationshipRecord(
        guid=guid,
        type_name=kind,
        end1_guid=end1,
        end2_guid=end2,
        properties=msgspec.json.decode(properties) if properties else {},
    )


def change_page(
    changed: Iterable[Sequence[Any]], deleted: Iterable[Sequence[Any]], after: int, limit: int
) -> ChangePage:
    """A page of the change feed, from rows of existing elements (number, then as in `element_record`) and of deleted
    elements (number, guid, type, qualified name, name of the source)."""
    found = [_changed(number, element_record(row)) for number, *row in changed]
    found += [
        ElementChange(
            number=number,
            guid=guid,
            type_name=kind,
            qualified_name=name,
            metadata_source=source,
            status=ElementStatus.DELETED,
        )
        for number, guid, kind, name, source in deleted
    ]
    found = sorted(found, key=lambda change: change.number)[:limit]
    return ChangePage(changes=found, last=found[-1].number if found else after, is_last=len(found) < limit)


def _changed(number: int, record: ElementRecord) -> ElementChange:
    return ElementChange(
        number=number,
        guid=record.guid,
        type_name=record.type_name,
        qualified_name=record.qualified_name,
        metadata_source=record.metadata_source,
        status=record.status,
        element=record,
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
