"""The contract of every metadata store."""

from datetime import UTC, datetime, timedelta

import pytest
import trio
from msgspec.structs import replace

from services.metadata.changes import (
    Batch,
    Change,
    Classify,
    Declassify,
    Link,
    Outcome,
    Put,
    Query,
    Relate,
    Remove,
    Unrelate,
)
from services.metadata.element import ElementRecord, ElementStatus, MetadataSource
from services.metadata.mapping import to_put
from services.metadata.store import MetadataStore
from services.metadata.types.files import CSVFile, DataFile, FileFolder
from services.metadata.types.glossary import GlossaryTerm
from tests.contracts.stores import own_store as own_store  # the fixture
from tests.contracts.stores import store as store  # the fixture


async def apply(store: MetadataStore, *changes: Change, source: str = "landing") -> Outcome:
    return await store.apply(Batch(user="npa", metadata_source=source, changes=changes))


def file(path: str, size: int = 1, *, kind: type[DataFile] = DataFile, links: tuple[Link, ...] = ()) -> Put:
    element = kind(qualified_name=f"{kind.type_name()}::{path}", path_name=path, file_size=size)
    return to_put(element, source_key=path, links=links)


def folder(path: str) -> Put:
    return to_put(FileFolder(qualified_name=f"FileFolder::{path}", path_name=path), source_key=path + "/")


async def only(store: MetadataStore, name: str) -> ElementRecord:
    (element,) = await store.find(Query(qualified_name=name))
    return element


async def test_a_new_element_is_found_with_its_provenance(store: MetadataStore) -> None:
    outcome = await apply(store, file("/a", 7))

    element = await only(store, "DataFile::/a")
    assert outcome.created == 1
    assert outcome.guids == {"DataFile::/a": element.guid}
    assert (element.type_name, element.status, element.version) == ("DataFile", ElementStatus.ACTIVE, 1)
    assert (element.metadata_source, element.created_by) == ("landing", "npa")
    assert element.properties == {"qualifiedName": "DataFile::/a", "pathName": "/a", "fileSize": 7}
    assert [each.guid for each in await store.get([element.guid, "no such guid"])] == [element.guid]


async def test_putting_an_unchanged_element_writes_nothing(store: MetadataStore) -> None:
    await apply(store, file("/a"))
    outcome = await apply(store, file("/a"))

    assert (outcome.created, outcome.updated, outcome.unchanged) == (0, 0, 1)
    assert (await only(store, "DataFile::/a")).version == 1


async def test_putting_a_changed_element_updates_it_in_place(store: MetadataStore) -> None:
    await apply(store, file("/a", 1))
    before = await only(store, "DataFile::/a")
    outcome = await apply(store, file("/a", 2))

    after = await only(store, "DataFile::/a")
    assert outcome.updated == 1
    assert (after.guid, after.version, after.properties["fileSize"]) == (before.guid, 2, 2)


async def test_an_element_that_must_be_new_is_rejected_with_its_relationships_where_its_name_is_taken(
    store: MetadataStore,
) -> None:
    await apply(store, folder("/"), file("/a"))
    again = replace(file("/a", 2), is_new=True)
    elsewhere = replace(again, source_key="a")
    for put in (again, elsewhere):
        link = Relate(type_name="NestedFile", end1="FileFolder::/", end2=put.qualified_name)
        outcome = await apply(store, put, link)
        (rejection,) = outcome.rejected
        assert rejection.subject == "DataFile::/a"
        assert rejection.message.startswith("OMRS-REPOSITORY-409-001")
    element = await only(store, "DataFile::/a")
    assert (element.version, element.properties["fileSize"]) == (1, 1)
    assert await store.relationships([element.guid]) == []


async def test_putting_an_element_with_another_type_replaces_it(store: MetadataStore) -> None:
    await apply(store, file("/a"))
    await apply(store, file("/a", kind=CSVFile))

    assert [each.type_name for each in await store.find(Query())][-1:] == ["CSVFile"]
    archived = await store.find(Query(type_name="DataFile", include_archived=True))
    assert [each.status.value for each in archived] == ["ARCHIVED", "ACTIVE"]


async def test_removed_elements_are_archived_and_return_as_new_elements(store: MetadataStore) -> None:
    first = (await apply(store, file("/a"))).guids["DataFile::/a"]
    outcome = await apply(store, Remove(source_key="/a", archive_process="monitor"))

    assert outcome.removed == 1
    assert await store.find(Query(type_name="DataFile")) == []
    (archived,) = await store.get([first])
    assert archived.status is ElementStatus.ARCHIVED
    assert archived.classifications["Memento"]["archiveProcess"] == "monitor"

    second = (await apply(store, file("/a"))).guids["DataFile::/a"]
    assert second != first


@pytest.mark.parametrize("delete", [False, True])
async def test_relationships_that_others_state_with_a_removed_element_are_stated_again(
    own_store: MetadataStore, *, delete: bool
) -> None:
    store, inside = own_store, file("/f/a", links=(Link("NestedFile", "FileFolder::/f"),))
    await apply(store, folder("/f"), folder("/g"), inside, file("/b"))
    await apply(store, file("/c", links=(Link("NestedFile", "FileFolder::/f"),)), source="other")
    others = await store.fingerprints("other", "/")
    await apply(store, Remove(source_key="/f/", delete=delete))

    assert [key for key, fingerprint in (await store.fingerprints("landing", "/")).items() if not fingerprint] == [
        "/f/a"
    ]
    assert await store.fingerprints("other", "/") == others
    outcome = await apply(store, folder("/f"), folder("/g"), inside, file("/b"))
    assert (outcome.created, outcome.updated, outcome.unchanged) == (1, 1, 2)
    again, found = await only(store, "FileFolder::/f"), await only(store, "DataFile::/f/a")
    assert [each.end1_guid for each in await store.relationships([found.guid])] == [again.guid]


async def test_an_archived_element_can_be_deleted_by_its_guid(store: MetadataStore) -> None:
    first = (await apply(store, file("/a"))).guids["DataFile::/a"]
    await apply(store, Remove(source_key="/a"))
    second = (await apply(store, file("/a"))).guids["DataFile::/a"]

    another = await apply(store, Remove(source_key="/a", delete=True, archived_guid=second))
    assert another.removed == 0
    outcome = await apply(store, Remove(source_key="/a", delete=True, archived_guid=first))
    assert outcome.removed == 1
    assert [each.guid for each in await store.get([first, second])] == [second]


async def test_deleting_an_element_deletes_its_relationships(store: MetadataStore) -> None:
    outcome = await apply(store, folder("/f"), file("/f/a", links=(Link("NestedFile", "FileFolder::/f"),)))
    await apply(store, Remove(source_key="/f/a", delete=True))

    assert await store.get([outcome.guids["DataFile::/f/a"]]) == []
    assert await store.relationships([outcome.guids["FileFolder::/f"]]) == []


async def test_an_element_that_its_batch_deletes_leaves_nothing_and_harms_no_other(store: MetadataStore) -> None:
    part = file("/f/a", links=(Link("NestedFile", "FileFolder::/f"),))
    outcome = await apply(store, folder("/f"), part, Remove(source_key="/f/a", delete=True), file("/b"))
    assert outcome.rejected == []
    assert {each.qualified_name for each in await store.find(Query(type_name="DataFile"))} == {"DataFile::/b"}
    assert await store.relationships([outcome.guids["FileFolder::/f"]]) == []


async def test_removing_an_unknown_element_changes_nothing(store: MetadataStore) -> None:
    assert (await apply(store, Remove(source_key="/nowhere"))).removed == 0


async def test_a_name_owned_by_another_source_is_rejected_and_other_changes_are_applied(store: MetadataStore) -> None:
    await apply(store, file("/a"), source="first")
    outcome = await apply(store, file("/a", 99), file("/b"), source="second")

    assert outcome.created == 1
    (rejection,) = outcome.rejected
    assert rejection.subject == "DataFile::/a"
    assert "already belongs to an element of first" in rejection.message
    assert (await only(store, "DataFile::/a")).properties["fileSize"] == 1


async def test_a_source_cannot_remove_elements_of_another_source(store: MetadataStore) -> None:
    await apply(store, file("/a"), source="first")
    await apply(store, Remove(source_key="/a"), source="second")

    assert await only(store, "DataFile::/a")


async def test_an_unknown_type_is_rejected(store: MetadataStore) -> None:
    put = file("/a")
    nonsense = Put(
        type_name="Nonsense",
        qualified_name=put.qualified_name,
        source_key=put.source_key,
        fingerprint=put.fingerprint,
        properties=put.properties,
    )
    outcome = await apply(store, nonsense)

    assert "Nonsense is not an open metadata type" in outcome.rejected[0].message


async def test_a_link_may_refer_to_a_later_element_of_the_batch(store: MetadataStore) -> None:
    outcome = await apply(store, file("/f/a", links=(Link("NestedFile", "FileFolder::/f"),)), folder("/f"))

    (link,) = await store.relationships([outcome.guids["DataFile::/f/a"]])
    assert (link.type_name, link.end1_guid, link.end2_guid) == (
        "NestedFile", outcome.guids["FileFolder::/f"], outcome.guids["DataFile::/f/a"],
    )  # fmt: skip
    assert outcome.rejected == []


async def test_putting_an_element_removes_its_old_links_and_keeps_other_relationships(store: MetadataStore) -> None:
    await apply(store, folder("/f"), folder("/g"), file("/a", links=(Link("NestedFile", "FileFolder::/f"),)))
    await apply(store, Relate(type_name="DataFlow", end1="DataFile::/a", end2="FileFolder::/g"))
    outcome = await apply(store, file("/a", links=(Link("NestedFile", "FileFolder::/g"),)))

    links = await store.relationships([outcome.guids["DataFile::/a"]])
    assert sorted(link.type_name for link in links) == ["DataFlow", "NestedFile"]
    (folder_g,) = await store.find(Query(qualified_name="FileFolder::/g"))
    assert {link.end1_guid for link in links if link.type_name == "NestedFile"} == {folder_g.guid}


async def test_a_link_to_an_unknown_element_is_rejected_and_the_element_is_stored(store: MetadataStore) -> None:
    outcome = await apply(store, file("/a", links=(Link("NestedFile", "FileFolder::/nowhere"),)))

    assert outcome.created == 1
    assert "there is no element called FileFolder::/nowhere" in outcome.rejected[0].message


async def test_a_relationship_is_created_once_and_can_be_removed(store: MetadataStore) -> None:
    await apply(store, file("/a"), file("/b"))
    relate = Relate(
        type_name="LineageMapping", end1="DataFile::/a", end2="DataFile::/b", properties={"description": "x"}
    )
    await apply(store, relate)
    await apply(store, relate)
    guid = (await only(store, "DataFile::/a")).guid

    (link,) = await store.relationships([guid], type_name="LineageMapping")
    assert link.properties == {"description": "x"}
    assert await store.relationships([guid], type_name="DataFlow") == []

    await apply(store, Unrelate(type_name="LineageMapping", end1="DataFile::/a", end2="DataFile::/b"))
    assert await store.relationships([guid]) == []


async def test_a_classification_can_be_added_and_removed(store: MetadataStore) -> None:
    await apply(store, file("/a"))
    tags = Classify(qualified_name="DataFile::/a", classification="SecurityTags", properties={"securityLabels": ["x"]})
    await apply(store, tags)
    assert (await apply(store, tags)).unchanged == 1
    assert (await only(store, "DataFile::/a")).classifications == {"SecurityTags": {"securityLabels": ["x"]}}

    await apply(store, Declassify(qualified_name="DataFile::/a", classification="SecurityTags"))
    assert (await only(store, "DataFile::/a")).classifications == {}


async def test_a_classification_stays_when_its_element_is_stated_anew(store: MetadataStore) -> None:
    stated, given = {"PrimaryKey": {"name": "x"}}, {"SecurityTags": {"securityLabels": ["x"]}}
    await apply(store, replace(file("/a", 1), classifications=stated, fingerprint="1"))
    await apply(
        store, Classify(qualified_name="DataFile::/a", classification="SecurityTags", properties=given["SecurityTags"])
    )
    assert (await only(store, "DataFile::/a")).classifications == stated | given

    await apply(store, replace(file("/a", 2), classifications={}, fingerprint="2"))
    assert (await only(store, "DataFile::/a")).classifications == given

    await apply(store, replace(file("/a", 3), classifications=given, fingerprint="3"))
    await apply(store, replace(file("/a", 4), classifications=stated, fingerprint="4"))
    assert (await only(store, "DataFile::/a")).classifications == stated


async def test_finding_by_type_includes_subtypes(store: MetadataStore) -> None:
    await apply(store, file("/a"), file("/b", kind=CSVFile), folder("/f"), source="")

    assert len(await store.find(Query(type_name="DataFile"))) == 2
    assert len(await store.find(Query(type_name="CSVFile"))) == 1
    assert len(await store.find(Query(type_name="Asset"))) == 3


async def test_elements_are_found_by_pattern_property_source_and_time(store: MetadataStore) -> None:
    await apply(store, file("/data/x.csv", 5), file("/data/y.txt", 6), source="one")
    await apply(store, file("/other/x.csv", 5), source="two")

    async def found(query: Query) -> list[str]:
        return [str(each.properties["pathName"]) for each in await store.find(query)]

    assert await found(Query(name_pattern="/data/*.csv")) == ["/data/x.csv"]
    assert await found(Query(property_values={"fileSize": 5})) == ["/data/x.csv", "/other/x.csv"]
    assert await found(Query(metadata_source="two")) == ["/other/x.csv"]
    now = datetime.now(UTC)
    assert await found(Query(type_name="DataFile", updated_since=now + timedelta(hours=1))) == []
    assert len(await found(Query(type_name="DataFile", updated_since=now - timedelta(hours=1)))) == 3


async def test_pages_follow_a_stable_order(store: MetadataStore) -> None:
    await apply(store, *(file(f"/{number}") for number in range(25)))
    pages = [await store.find(Query(type_name="DataFile", start_from=start, page_size=10)) for start in (0, 10, 20)]

    assert [len(page) for page in pages] == [10, 10, 5]
    assert len({each.guid for page in pages for each in page}) == 25


async def test_fingerprints_are_limited_to_one_source_and_scope(store: MetadataStore) -> None:
    await apply(store, folder("/f"), file("/f/a"), file("/f/ä"), file("/fa"), source="one")
    await apply(store, file("/f/other"), source="two")

    assert set(await store.fingerprints("one", "/f/")) == {"/f/", "/f/a", "/f/ä"}
    assert await store.fingerprints("nobody", "/f/") == {}
    page = await store.fingerprints("one", "/f/", after="/f/", limit=1)
    assert list(page) == ["/f/a"]


async def test_relationships_with_an_archived_element_are_returned_only_for_that_element(store: MetadataStore) -> None:
    in_f = (Link("NestedFile", "FileFolder::/f"),)
    await apply(store, folder("/f"), file("/f/a", links=in_f), file("/f/b", links=in_f))
    parent, removed = await only(store, "FileFolder::/f"), await only(store, "DataFile::/f/a")
    await apply(store, Remove(source_key="/f/a"))

    held = await store.relationships([parent.guid])
    assert [each.end2_guid for each in held] == [(await only(store, "DataFile::/f/b")).guid]
    assert [each.end1_guid for each in await store.relationships([removed.guid])] == [parent.guid]


async def test_long_names_and_source_keys_are_stored_and_stay_in_order(store: MetadataStore) -> None:
    source_keys = sorted(f"/{'d' * 3_900}/{end}" for end in ("a", "b/", "b/c", "z", "ä"))
    await apply(store, *(file(path) for path in [*source_keys, "/e", "/d"]))

    pages = [
        await store.fingerprints("landing", "/", after=after, limit=1) for after in ["/", "/d", *source_keys, "/e"]
    ]
    assert [name for page in pages for name in page] == ["/d", *source_keys, "/e"]
    assert list(await store.fingerprints("landing", source_keys[1])) == source_keys[1:3]
    assert (await only(store, f"DataFile::{source_keys[0]}")).properties["pathName"] == source_keys[0]
    outcome = await apply(store, *(Remove(source_key=source_key) for source_key in source_keys), file(source_keys[0]))
    assert (outcome.removed, outcome.created) == (5, 1)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*.csv", ["a.csv", "b[1].csv"]),
        ("?.csv", ["a.csv"]),
        ("a.*", ["a.csv"]),
        ("b[[]1].csv", ["b[1].csv"]),
        ("[^a/]*", ["b[1].csv"]),
        ("a+c*", ["a+csv"]),
        ("[a-a]*", ["a+csv", "a.csv"]),
        ("A.CSV", []),
    ],
)
async def test_patterns_are_shell_patterns(pattern: str, matches: list[str], store: MetadataStore) -> None:
    names = ("a.csv", "b[1].csv", "a+csv")
    await apply(
        store, *(to_put(DataFile(qualified_name=f"/{name}", file_name=name), source_key=name) for name in names)
    )

    found = await store.find(Query(type_name="DataFile", name_pattern=pattern))
    assert sorted(each.properties["fileName"] for each in found) == sorted(matches)


async def test_registering_a_source_twice_creates_one_element(store: MetadataStore) -> None:
    source = MetadataSource("HospitalLandingArea", "FileSystem", "Files Integrator OMIS")
    guids = {await store.register_source(source, user="npa") for _ in range(3)}

    (guid,) = guids
    (element,) = await store.get([guid])
    assert (element.type_name, element.qualified_name) == ("FileSystem", "HospitalLandingArea")


async def test_concurrent_callers_get_their_own_outcomes(store: MetadataStore) -> None:
    outcomes: dict[int, Outcome] = {}

    async def work(number: int) -> None:
        outcomes[number] = await apply(store, file(f"/{number}/a"), file(f"/{number}/b"), source=f"s{number}")

    async with trio.open_nursery() as nursery:
        for number in range(30):
            nursery.start_soon(work, number)

    assert {outcome.created for outcome in outcomes.values()} == {2}
    assert all(set(outcome.guids) == {f"DataFile::/{n}/a", f"DataFile::/{n}/b"} for n, outcome in outcomes.items())


async def test_a_large_batch_is_applied_completely(store: MetadataStore) -> None:
    outcome = await apply(store, *(file(f"/{number:05}") for number in range(2_500)))

    assert outcome.created == len(outcome.guids) == 2_500
    assert len(await store.fingerprints("landing", "/")) == 2_500


async def test_elements_of_other_types_than_files_are_stored(store: MetadataStore) -> None:
    await apply(store, to_put(GlossaryTerm(qualified_name="term::x", display_name="X", summary="an x")), source="")

    (term,) = await store.find(Query(type_name="GlossaryTerm", name_pattern="X"))
    assert term.properties["summary"] == "an x"
    assert term.metadata_source == ""


async def test_a_source_whose_name_is_the_source_key_of_another_element_can_be_registered(store: MetadataStore) -> None:
    element = to_put(DataFile(qualified_name="other"), source_key="landing")
    await apply(store, element, source="")
    guid = await store.register_source(MetadataSource("landing"), user="npa")
    assert [each.guid for each in await store.get([guid])] == [guid]
