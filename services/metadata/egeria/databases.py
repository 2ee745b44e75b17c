"""The keys of database columns, in the form of the Data Manager OMAS of Egeria 4."""

from typing import Any

from services.metadata.egeria.reading import Reading
from services.metadata.element import ElementRecord

PRIMARY_KEY, FOREIGN_KEY = "PrimaryKey", "ForeignKey"


async def foreign_keys(reading: Reading, columns: list[ElementRecord]) -> dict[str, dict[str, Any]]:
    """The foreign-key properties of the beans of columns, by GUID of the column."""
    if not columns:
        return {}
    links = await reading.store.relationships([each.guid for each in columns], type_name=FOREIGN_KEY)
    referred = {each.guid: each for each in await reading.store.get([link.end1_guid for link in links])}
    return {
        link.end2_guid: {
            "foreignKeyProperties": link.properties,
            "referencedColumnGUID": link.end1_guid,
            "referencedColumnQualifiedName": referred[link.end1_guid].qualified_name,
        }
        for link in links
        if link.end1_guid in referred
    }
