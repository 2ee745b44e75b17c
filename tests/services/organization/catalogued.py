"""The organisation in the catalogue, in a form for tests."""

from services.metadata.changes import Query
from services.metadata.store import MetadataStore


async def names_of(store: MetadataStore, type_name: str) -> list[str]:
    """The display names of the elements of a type, in order."""
    found = await store.find(Query(type_name=type_name))
    return sorted(
        str(each.properties.get("displayName") or each.properties.get("contactMethodValue")) for each in found
    )


async def appointments(store: MetadataStore) -> dict[str, dict[str, str]]:
    """By person and role, when the appointment ended; empty: it has not."""
    people = await store.find(Query(type_name="Person", include_archived=True))
    links = await store.relationships([each.guid for each in people], type_name="PersonRoleAppointment")
    roles = {each.guid: str(each.properties["displayName"]) for each in await store.get([x.end2_guid for x in links])}
    return {
        str(person.properties["displayName"]): {
            roles[link.end2_guid]: str(link.properties.get("effectiveTo", ""))
            for link in links
            if link.end1_guid == person.guid and link.end2_guid in roles
        }
        for person in people
    }


async def wholes(store: MetadataStore) -> list[tuple[str, str]]:
    """Each team that is a part, with the team it is a part of."""
    teams = {each.guid: str(each.properties["displayName"]) for each in await store.find(Query(type_name="Team"))}
    links = await store.relationships(list(teams), type_name="TeamStructure")
    return sorted({(teams[each.end2_guid], teams[each.end1_guid]) for each in links})
