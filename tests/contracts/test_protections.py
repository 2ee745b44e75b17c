"""The protection of elements is read identically from every metadata store."""

from typing import Any

from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import Declassify, Query
from services.metadata.store import MetadataStore
from services.security.context import SecurityIntegratorContext
from services.security.protection import ProtectedElement, Protection, ProtectionSelection
from tests.contracts.stores import store as store  # the fixture
from tests.services.contexts import surroundings_in
from tests.services.security.protected import FILE, NAME, TABLE, WARD, apply, classify, database, file


async def protected(store: MetadataStore, **selection: Any) -> list[ProtectedElement]:
    around = surroundings_in(store, SecurityIntegratorContext, synchronization=PermittedSynchronization.TO_THIRD_PARTY)
    return [each async for each in around.context.protected_elements(ProtectionSelection(**selection))]


def parents(element: ProtectedElement) -> list[tuple[str, str]]:
    return [(each.type_name, each.display_name) for each in element.parents]


async def test_elements_are_found_by_their_classifications(store: MetadataStore) -> None:
    await apply(store, *file(), source="landing")
    await apply(store, classify(FILE, "SecurityTags", securityLabels=["x"]))

    query = Query(classifications=("SecurityTags", "Confidentiality"))
    assert [each.qualified_name for each in await store.find(query)] == [FILE]
    assert await store.find(Query(classifications=("Confidentiality",))) == []

    await apply(store, Declassify(qualified_name=FILE, classification="SecurityTags"))
    assert await store.find(query) == []


async def test_a_column_is_read_with_its_protection_and_its_parents(store: MetadataStore) -> None:
    await apply(store, *database(), source="monitor")
    await apply(
        store,
        classify(NAME, "SecurityTags", securityLabels=["pii", "gdpr"], accessGroups={"doctors": ["read"]}),
        classify(NAME, "Confidentiality", levelIdentifier=3, statusIdentifier=1),
        classify(NAME, "Ownership", owner="tessa", ownerTypeName="UserIdentity", ownerPropertyName="userId"),
        classify(TABLE, "AssetZoneMembership", zoneMembership=["trials", "quarantine"]),
    )

    table, column = await protected(store)

    assert (table.qualified_name, table.protection) == (TABLE, Protection(zones=("quarantine", "trials")))
    assert (column.type_name, column.display_name, column.metadata_source) == ("RelationalColumn", "name", "monitor")
    assert column.protection == Protection(
        owner="tessa",
        owner_type_name="UserIdentity",
        owner_property_name="userId",
        confidentiality_level=3,
        confidentiality_status=1,
        security_labels=("gdpr", "pii"),
        access_groups={"doctors": ("read",)},
    )
    assert parents(column) == [
        ("RelationalTable", "patient"),
        ("DeployedDatabaseSchema", "public"),
        ("Database", "hospital"),
    ]
    assert column.parents[0].protection == table.protection
    assert column.parents[0].guid == table.guid


async def test_the_parents_of_a_file_are_its_folders(store: MetadataStore) -> None:
    await apply(store, *file(), source="landing")
    await apply(store, classify(FILE, "SecurityTags", securityLabels=["x"]))

    (found,) = await protected(store)

    assert [each.qualified_name for each in found.parents] == ["FileFolder::/data/trials", "FileFolder::/data"]


async def test_protected_elements_are_selected_by_name_type_and_source(store: MetadataStore) -> None:
    await apply(store, *database(), source="monitor")
    await apply(store, *file(), source="landing")
    await apply(store, *(classify(each, "SecurityTags", securityLabels=["x"]) for each in (TABLE, NAME, WARD, FILE)))

    async def names(**selection: Any) -> set[str]:
        return {each.qualified_name for each in await protected(store, **selection)}

    assert await names() == {TABLE, NAME, WARD, FILE}
    assert await names(type_name="SchemaAttribute") == {TABLE, NAME, WARD}
    assert await names(metadata_source="landing") == {FILE}
    assert await names(include=("*::patient::*",)) == {NAME, WARD}
    assert await names(include=("CSVFile::*", "*::name")) == {NAME, FILE}
    assert await names(exclude=("RelationalColumn::*",)) == {TABLE, FILE}
