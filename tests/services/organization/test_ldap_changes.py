"""A directory that tells what has changed is asked for that alone, and the catalogue is as after a complete reading."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trio.testing import MockClock

from services.errors import ThirdPartyUnavailableError
from services.organization import ldap_reading
from services.organization.ldap3_directory import Ldap3Directory
from services.organization.ldap_directory import Page, Search, State
from services.testing.running import RunningConnector
from tests.servers.slapd import LOGGED, ROOT, SlapdServer, slapd_server
from tests.services.organization.catalogued import appointments
from tests.services.organization.directories import junction, people, person, running


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The entries below which pages have been read."""
    read: list[str] = []
    page: Callable[..., Page] = Ldap3Directory.page

    def counted(self: Ldap3Directory, search: Search, size: int, cookie: bytes) -> Page:
        read.append(search.base)
        return page(self, search, size, cookie)

    monkeypatch.setattr(Ldap3Directory, "page", counted)
    return read


async def content(connector: RunningConnector) -> dict[str, Any]:
    """All that is catalogued, without what tells when."""
    elements = await connector.elements()
    names = {each.guid: each.qualified_name for each in elements}
    links = await connector.store.relationships(list(names))
    return {
        **{each.qualified_name: each.properties for each in elements if each.type_name != "SoftwareCapability"},
        **{
            f"{each.type_name}: {names[each.end1_guid]} -> {names[each.end2_guid]}": bool(each.properties)
            for each in links
            if each.end1_guid in names and each.end2_guid in names
        },
    }


def start_of(base: str) -> str:
    ann = f"uid=ann,{base}"
    return (
        person(base, "ann", "Ann", "title: Head\n")
        + person(base, "bo", "Bo", f"manager: {ann}\n")
        + person(base, "cy", "Cy", f"manager: {ann}\n")
        + person(base, "di", "Di", "mail: di@example.org\n")
        + f"dn: cn=trials,{base}\nobjectClass: groupOfNames\ncn: trials\nmember: {ann}\nmember: uid=bo,{base}\n\n"
        + f"dn: cn=research,{base}\nobjectClass: groupOfNames\ncn: research\nmember: cn=trials,{base}\n\n"
        + f"dn: cn=night,{base}\nobjectClass: posixGroup\ncn: night\ngidNumber: 1\nmemberUid: cy\nmemberUid: di\n\n"
    )


CHANGES = (
    "dn: cn=research,{base}\nchangetype: delete\n",
    "dn: cn=research,{base}\nobjectClass: groupOfNames\ncn: research\nmember: cn=trials,{base}\n",
    "dn: uid=ann,{base}\nchangetype: modify\nreplace: title\ntitle: Director\n-\nreplace: cn\ncn: Ann Lee\n",
    "dn: uid=bo,{base}\nchangetype: delete\n",
    "dn: uid=cy,{base}\nchangetype: modrdn\nnewrdn: uid=cyril\ndeleteoldrdn: 1\n",
    "dn: uid=di,{base}\nchangetype: modify\nadd: manager\nmanager: uid=cyril,{base}\n-\ndelete: mail\n",
    "dn: cn=trials,{base}\nchangetype: modify\nreplace: member\nmember: uid=di,{base}\nmember: cn=night,{base}\n",
    "dn: cn=research,{base}\nchangetype: modify\nadd: member\nmember: uid=bo,{base}\n",
    "dn: cn=night,{base}\nchangetype: delete\n",
    "dn: uid=ann,{base}\nchangetype: delete\n",
    "dn: uid=bo,{base}\nobjectClass: inetOrgPerson\nuid: bo\ncn: Another Bo\nsn: Bo\n",
    "dn: uid=bo,{base}\nchangetype: delete\n\n"
    "dn: uid=bo,{base}\nobjectClass: posixGroup\nobjectClass: uidObject\nuid: bo\ncn: bo\n"
    "gidNumber: 2\nmemberUid: di\n",
)
"""A person who becomes a group is the last of them."""


@pytest.mark.parametrize("root", [ROOT, LOGGED])
async def test_changes_are_catalogued_as_if_everything_had_been_read(
    slapd: SlapdServer, tmp_path: Path, pages: list[str], root: str
) -> None:
    base = slapd.new_organization(root)
    slapd.load(start_of(base), root)
    address = f"{slapd.url}/{base}"
    settings: dict[str, Any] = {"organizationName": "x"}
    for name in ("following", "reading"):
        (tmp_path / name).mkdir()
    async with (
        running(tmp_path / "following", address, **settings) as following,
        running(tmp_path / "reading", address, **settings, fullScanHours=0) as reading,
    ):
        await following.refresh()
        await reading.refresh()
        assert await content(following) == await content(reading)
        for change in CHANGES:
            slapd.load(change.format(base=base), root)
            await reading.refresh()
            pages.clear()
            await following.refresh()
            assert pages == [], change
            assert await content(following) == await content(reading), change
        assert (await content(following))["Team::x::" + await id_of(following, "bo")] is not None


async def id_of(connector: RunningConnector, team: str) -> str:
    (found,) = [each for each in await connector.elements("Team") if each.properties["displayName"] == team]
    return found.qualified_name.rpartition("::")[2]


async def test_nothing_is_read_and_written_where_nothing_has_changed(
    slapd: SlapdServer, tmp_path: Path, pages: list[str]
) -> None:
    base = slapd.new_organization()
    people(slapd, base, 7)
    async with running(tmp_path, f"{slapd.url}/{base}") as connector:
        await connector.refresh()
        assert len(pages) == 4
        again = await connector.refresh()
        assert len(pages) == 4
        assert (again.created, again.updated, again.removed) == (0, 0, 0)

    async with running(tmp_path, f"{slapd.url}/{base}") as connector:  # what was kept is gone
        again = await connector.refresh()
        assert len(pages) == 8
        assert (again.created, again.updated, again.removed) == (0, 0, 0)


async def test_what_others_have_changed_in_the_catalogue_is_mended(
    slapd: SlapdServer, tmp_path: Path, pages: list[str]
) -> None:
    base = slapd.new_organization()
    people(slapd, base, 4)
    async with running(tmp_path, f"{slapd.url}/{base}") as connector:
        await connector.refresh()
        before = await content(connector)
        async with connector.connector.context.reconcile(f"organization::{base}::"):
            pass  # states nobody, as if all had been removed
        pages.clear()
        await connector.refresh()
        assert pages == []
        assert await content(connector) == before


async def test_everything_is_read_again_after_the_hours_of_the_setting(
    slapd: SlapdServer, tmp_path: Path, pages: list[str], mock_clock: MockClock
) -> None:
    mock_clock.rate = 1.0
    base = slapd.new_organization()
    people(slapd, base, 2)
    async with running(tmp_path, f"{slapd.url}/{base}", fullScanHours=5) as connector:
        await connector.refresh()
        pages.clear()
        mock_clock.jump(4.9 * 3600)
        await connector.refresh()
        assert pages == []
        mock_clock.jump(0.2 * 3600)
        await connector.refresh()
        assert pages == [base, base]


async def test_everything_is_read_when_an_entry_above_others_is_renamed(
    slapd: SlapdServer, tmp_path: Path, pages: list[str]
) -> None:
    base = slapd.new_organization()
    slapd.load(f"dn: ou=wards,{base}\nobjectClass: organizationalUnit\n")
    people(slapd, f"ou=wards,{base}", 2)
    async with running(tmp_path, f"{slapd.url}/{base}") as connector:
        await connector.refresh()
        pages.clear()
        slapd.load(f"dn: ou=wards,{base}\nchangetype: modrdn\nnewrdn: ou=clinics\ndeleteoldrdn: 1\n")
        await connector.refresh()
        assert pages != []
        names = {str(each.properties["distinguishedName"]) for each in await connector.elements("UserIdentity")}
        assert names == {f"uid=u{n},ou=clinics,{base}" for n in range(2)}
        assert any("has changed, and others are below it" in each for each in connector.messages)


async def test_everything_is_read_where_very_much_has_changed(
    slapd: SlapdServer, tmp_path: Path, pages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ldap_reading, "MOST_CHANGES", 2)
    base = slapd.new_organization()
    people(slapd, base, 2)
    async with running(tmp_path, f"{slapd.url}/{base}") as connector:
        await connector.refresh()
        pages.clear()
        slapd.load("".join(person(base, f"new{n}", "New") for n in range(3)))
        await connector.refresh()
        assert pages != []
        assert len(await connector.elements("Person")) == 5


@pytest.mark.parametrize("root", [ROOT, LOGGED])
async def test_everything_is_read_where_very_many_are_said_to_be_gone(
    slapd: SlapdServer, tmp_path: Path, pages: list[str], monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    monkeypatch.setattr(ldap_reading, "MOST_DELETIONS", 2)
    base = slapd.new_organization(root)
    slapd.load("".join(person(base, f"u{n}", f"Person {n}") for n in range(7)), root)
    async with running(tmp_path, f"{slapd.url}/{base}") as connector:
        await connector.refresh()
        for removed, reads_all in ((range(2), False), (range(2, 5), True)):
            pages.clear()
            slapd.load("\n".join(f"dn: uid=u{n},{base}\nchangetype: delete\n" for n in removed), root)
            await connector.refresh()
            assert (pages != []) == reads_all
            assert any(f"the appointments of {len(removed)} people were ended" in each for each in connector.messages)


async def test_everything_is_read_from_another_server_behind_the_same_address(
    slapd: SlapdServer, tmp_path: Path, pages: list[str]
) -> None:
    base = slapd.new_organization()
    people(slapd, base, 3)
    with slapd_server() as other, junction() as address:
        other.load(f"dn: {base}\nobjectClass: organizationalUnit\n")
        people(other, base, 2)
        address.leads_to = slapd.port
        async with running(tmp_path, f"ldap://127.0.0.1:{address.port}/{base}") as connector:
            await connector.refresh()
            pages.clear()
            address.leads_to = other.port
            await connector.refresh()
            assert pages != []
            assert len(await connector.elements("Person")) == 3 + 2
            assert sum("of 3 people were ended" in each for each in connector.messages) == 1
            assert any("it is another directory than before" in each for each in connector.messages)


async def test_an_answer_about_changes_that_breaks_off_changes_nothing(
    slapd: SlapdServer, tmp_path: Path, pages: list[str]
) -> None:
    base = slapd.new_organization()
    people(slapd, base, 4)
    with junction() as address:
        address.leads_to = slapd.port
        async with running(tmp_path, f"ldap://127.0.0.1:{address.port}/{base}") as connector:
            await connector.refresh()
            before = await content(connector)
            pages.clear()
            slapd.load(f"dn: uid=u1,{base}\nchangetype: delete\n\ndn: uid=u2,{base}\nchangetype: delete\n")
            for requests in range(1, 6):  # bind, two for the state, three for the changes
                address.breaks_after = requests
                with pytest.raises(ThirdPartyUnavailableError):
                    await connector.refresh()
                assert await content(connector) == before
            address.breaks_after = None
            await connector.refresh()
            assert pages == []  # what was kept is still so
            assert {name for name, roles in (await appointments(connector.store)).items() if not roles} >= {"Person 1"}
            assert any("the appointments of 2 people were ended" in each for each in connector.messages)


async def test_everything_is_read_where_it_is_not_known_whose_an_entry_is(
    slapd: SlapdServer, tmp_path: Path, pages: list[str]
) -> None:
    base = slapd.new_organization()
    people(slapd, base, 2)
    slapd.load(f"dn: uid=u1,{base}\nchangetype: modify\nreplace: employeeNumber\nemployeeNumber: E1\n")
    async with running(
        tmp_path, f"{slapd.url}/{base}", peopleAttributes={"key": "employeeNumber"}, peopleFilter="(sn=*)"
    ) as connector:
        await connector.refresh()
        pages.clear()
        await connector.refresh()
        assert pages != []


@pytest.mark.parametrize(
    ("identity", "changes", "follows"),
    [
        (("dc=x", "1"), {"000": "20260102#000000#000#000000"}, True),
        (("dc=x", "1"), {"000": "20260103#000000#000#000000", "001": "20260101#000000#001#000000"}, True),
        (("dc=x", "1"), {"000": "20260101#000000#000#000000"}, False),
        (("dc=x", "1"), {"001": "20260103#000000#001#000000"}, False),
        (("dc=x", "2"), {"000": "20260103#000000#000#000000"}, False),
        (("dc=x", "dc=y", "1"), {"000": "20260103#000000#000#000000"}, False),
    ],
)
def test_a_directory_that_was_set_back_or_is_another_does_not_follow(
    identity: tuple[str, ...], changes: dict[str, str], follows: bool
) -> None:
    before = State(identity=("dc=x", "1"), changes={"000": "20260102#000000#000#000000"})
    assert State(identity=identity, changes=changes).follows(before) == follows
