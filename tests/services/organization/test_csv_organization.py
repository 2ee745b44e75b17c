"""People and teams are catalogued from CSV files."""

import csv
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError
from services.framework.connection import Connection, Endpoint
from services.metadata.changes import Query
from services.metadata.removal import DeletionSafety
from services.organization.csv_organization import CSVOrganization
from services.testing.running import RunningConnector, running_connector
from tests.services.organization.catalogued import appointments, names_of, wholes

PEOPLE = """id,name,Given Names,surname,e_mail,phone,Job Title,employee number,manager,teams,user ids,left
1,Ann Lee,Ann,Lee,ann@example.org,+44 1,Head,E1,,research,alee;ann,
2,Bo Ray,,,bo@example.org;b@example.org,,Nurse,E2,1,trials,bray,
3,"Cy ""C"" Dee",,,,,,,1,trials;research,,
"""
TEAMS = """id,name,parent,leader
research,Research,,1
trials,Trials,research,2
"""


@asynccontextmanager
async def running(
    directory: Path, safety: DeletionSafety | None = None, **settings: Any
) -> AsyncIterator[RunningConnector]:
    connection = Connection(
        endpoint=Endpoint(address=str(directory / "people.csv")),
        configuration_properties={"organizationName": "hospital", "columns": {"email": "E-Mail"}, **settings},
    )
    async with running_connector(CSVOrganization, directory, connection=connection, safety=safety) as found:
        yield found


def write(directory: Path, people: str = PEOPLE, teams: str = TEAMS) -> None:
    (directory / "people.csv").write_text(people)
    (directory / "teams.csv").write_text(teams)


async def test_people_are_catalogued_with_identities_contacts_teams_and_managers(tmp_path: Path) -> None:
    write(tmp_path)
    async with running(tmp_path, teamsFile=str(tmp_path / "teams.csv")) as connector:
        first = await connector.refresh()
        store = connector.store
        assert first.rejected == []
        ann = next(each for each in await connector.elements("Person") if each.qualified_name == "Person::hospital::1")
        assert ann.properties == {
            "qualifiedName": "Person::hospital::1",
            "displayName": "Ann Lee",
            "fullName": "Ann Lee",
            "givenNames": "Ann",
            "surname": "Lee",
            "jobTitle": "Head",
            "employeeNumber": "E1",
        }
        assert await names_of(store, "UserIdentity") == ["alee", "ann", "bray"]
        assert await names_of(store, "ContactDetails") == [
            "+44 1",
            "ann@example.org",
            "b@example.org",
            "bo@example.org",
        ]
        assert await wholes(store) == [("Trials", "Research")]
        assert await appointments(store) == {
            "Ann Lee": {"Member of Research": "", "Leader of Research": "", "Leader of Reports of Ann Lee": ""},
            "Bo Ray": {"Member of Trials": "", "Leader of Trials": "", "Member of Reports of Ann Lee": ""},
            'Cy "C" Dee': {"Member of Trials": "", "Member of Research": "", "Member of Reports of Ann Lee": ""},
        }

    async with running(tmp_path, teamsFile=str(tmp_path / "teams.csv")) as connector:
        again = await connector.refresh()
        assert (again.created, again.updated, again.removed) == (0, 0, 0)


async def test_teams_are_known_by_people_alone_where_there_is_no_file_of_teams(tmp_path: Path) -> None:
    write(tmp_path)
    async with running(tmp_path) as connector:
        await connector.refresh()
        assert await names_of(connector.store, "Team") == ["Reports of Ann Lee", "research", "trials"]


async def test_appointments_of_people_who_left_end_and_the_people_stay(tmp_path: Path) -> None:
    write(tmp_path)
    async with running(tmp_path) as connector:
        await connector.refresh()
        lines = PEOPLE.splitlines()
        write(tmp_path, "\n".join([*lines[:2], lines[2] + "2026-05-31"]) + "\n")  # one has a date, one is missing

        ended = await connector.refresh()
        found = await appointments(connector.store)
        assert ended.removed == 0
        assert set(found["Bo Ray"].values()) == {"2026-05-31T00:00:00.000Z"}
        assert len(found['Cy "C" Dee']) == 3
        assert all(found['Cy "C" Dee'].values())
        assert not any(found["Ann Lee"].values())
        assert len(await names_of(connector.store, "Person")) == 3
        assert "bray" in await names_of(connector.store, "UserIdentity")
        assert any("the appointments of 1 people were ended" in each for each in connector.messages)

        again = await connector.refresh()
        assert (again.created, again.updated, again.removed) == (0, 0, 0)
        assert await appointments(connector.store) == found

        write(tmp_path)
        await connector.refresh()
        assert not any(when for roles in (await appointments(connector.store)).values() for when in roles.values())


async def test_people_who_left_are_archived_where_that_is_configured(tmp_path: Path) -> None:
    write(tmp_path)
    async with running(tmp_path, archiveLeavers=True) as connector:
        await connector.refresh()
        write(tmp_path, "\n".join(PEOPLE.splitlines()[:3]) + "\n")

        assert (await connector.refresh()).removed > 0
        assert await names_of(connector.store, "Person") == ["Ann Lee", "Bo Ray"]
        assert all((await appointments(connector.store))['Cy "C" Dee'].values())
        archived = await connector.store.find(Query(type_name="Person", include_archived=True))
        assert len(archived) == 3


async def test_more_leavers_than_the_limits_allow_wait_for_an_operator(tmp_path: Path) -> None:
    write(tmp_path)
    async with running(tmp_path, safety=DeletionSafety(few=0, percent=10)) as connector:
        await connector.refresh()
        before = await appointments(connector.store)
        write(tmp_path, "\n".join(PEOPLE.splitlines()[:3]) + "\n")
        await connector.refresh()
        assert await appointments(connector.store) == before
        assert len(connector.held) == 1


async def test_people_who_left_before_do_not_count_again(tmp_path: Path) -> None:
    people = [f"{n},Person {n}" for n in range(5)]
    async with running(tmp_path, safety=DeletionSafety(few=1, percent=0)) as connector:
        for left in range(4):
            write(tmp_path, "\n".join(["id,name", *people[left:]]) + "\n")
            await connector.refresh()
            assert connector.held == []
        assert sum("the appointments of 1 people were ended" in each for each in connector.messages) == 3


async def test_teams_are_catalogued_after_those_they_are_parts_of(tmp_path: Path) -> None:
    teams = "\n".join(f"{n:04},{n + 1:04}" for n in range(1_200))
    write(tmp_path, "id,name\n1,Ann\n", f"id,parent\n{teams}\n1200,\n")
    async with running(tmp_path, teamsFile=str(tmp_path / "teams.csv")) as connector:
        outcome = await connector.refresh()
        assert outcome.rejected == []
        assert outcome.created == 1 + 3 * 1_201


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            "2,Bo Ray,,,,,,,1,trials,bray,soon",
            "line 3 of people.csv: the date in its column left is not like 2026-11-26",
        ),
        ("2,,,,,,,,,,,", "line 3 of people.csv: it has no name"),
        (",Bo,,,,,,,,,,", "line 3 of people.csv: it has no id"),
        ("2,Bo", "line 3 of people.csv: it has 2 fields, and the header has 12"),
        ("2,Bo\x07,,,,,,,,,,", "line 3 of people.csv: it has a control character or a line end in it"),
    ],
)
async def test_a_wrong_row_is_rejected_and_nobody_leaves_by_it(tmp_path: Path, row: str, problem: str) -> None:
    write(tmp_path)
    async with running(tmp_path) as connector:
        await connector.refresh()
        before = await appointments(connector.store)
        lines = PEOPLE.splitlines()
        write(tmp_path, "\n".join([*lines[:2], row, lines[3].replace('""C""', "Z")]) + "\n")

        await connector.refresh()
        assert any(problem in each for each in connector.messages)
        after = await appointments(connector.store)
        assert after["Bo Ray"] == before["Bo Ray"]
        assert 'Cy "Z" Dee' not in after
        assert "Cy Z Dee" not in before
        assert len(after) == 3
        assert 'Cy "C" Dee' not in after  # the row after the wrong one has been read


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "its first line is no header"),
        ("1,Ann Lee\n2,Bo Ray\n", "its first line is no header: it names no column 'id'"),
        ("id,name,id\n", "its header names id twice"),
        ("id,name,left\n1,Ann Lee,\n2,Bo", "it is cut off in line 3"),
        ('id,name\n1,"Ann', "line 2: unexpected end of data"),
        ("id,name\n1,Ann \udce4\n", "it is not in UTF-8"),
    ],
)
async def test_a_file_that_is_not_whole_changes_nothing(tmp_path: Path, text: str, problem: str) -> None:
    write(tmp_path)
    async with running(tmp_path) as connector:
        await connector.refresh()
        before = await appointments(connector.store)
        (tmp_path / "people.csv").write_bytes(text.encode(errors="surrogateescape"))
        with pytest.raises(ThirdPartyUnavailableError, match=problem):
            await connector.refresh()
        assert await appointments(connector.store) == before


async def test_a_file_that_is_none_or_has_no_lines_fails_at_once(tmp_path: Path) -> None:
    write(tmp_path)
    async with running(tmp_path) as connector:
        await connector.refresh()
        people = tmp_path / "people.csv"
        before = await appointments(connector.store)
        for make, problem in (
            (lambda: os.mkfifo(people), "it is not a file but something else"),
            (lambda: people.symlink_to("/dev/zero"), "it is not a file but something else"),
            (
                lambda: people.write_text("id,name\n1," + "x" * 1_000_000),
                "its line 2 is longer than 1,000,000 characters",
            ),
            (lambda: people.write_text('id,name\n1,"' + "x\n" * 100_000), "field larger than field limit"),
            (lambda: people.write_bytes(b"\xff\xfei\0d\0\n\0"), "it is not in UTF-8"),
        ):
            people.unlink()
            make()
            with pytest.raises(ThirdPartyUnavailableError, match=problem):
                await connector.refresh()
            assert await appointments(connector.store) == before


async def test_a_byte_order_mark_a_nul_and_a_formula_are_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(b"\xef\xbb\xbfid,name\r\n1,=1+1\r\n2,a\0b\r\n")
    async with running(tmp_path) as connector:
        await connector.refresh()
        assert await names_of(connector.store, "Person") == ["=1+1"]
        assert any("line 3 of people.csv: it has a control character" in each for each in connector.messages)


async def test_circles_and_names_of_nobody_are_left_out_and_reported(tmp_path: Path) -> None:
    people = "id,name,manager,teams\n1,Ann,1,a\n2,Bo,9,b;x\n1,Twin,,\n"
    write(tmp_path, people, "id,parent,leader\na,b,\nb,c,8\nc,a;a,\nd,c,\n")
    async with running(tmp_path, teamsFile=str(tmp_path / "teams.csv")) as connector:
        await connector.refresh()
        assert len(await wholes(connector.store)) == 3
        said = "\n".join(connector.messages)
        for each in ("2 reports to 9", "2 belongs to x", "b led by 8", "does not catalogue 1: there is another"):
            assert each in said
        assert "is itself a part of it" in said
        again = await connector.refresh()
        assert (again.created, again.updated, again.removed) == (0, 0, 0)


async def test_a_file_of_teams_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "teams.csv").unlink()
    (tmp_path / "teams.csv").symlink_to("teams.csv")  # for the superuser, there are no files without permission
    async with running(tmp_path, teamsFile=str(tmp_path / "teams.csv")) as connector:
        with pytest.raises(ThirdPartyUnavailableError, match=r"teams\.csv .* cannot be read: Too many levels"):
            await connector.refresh()


async def test_a_wrong_setting_names_itself(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(ConnectorConfigurationError, match=r"columns .* names salary; the columns are id, name"):
        async with running(tmp_path, columns={"salary": "pay"}):
            pass


async def test_fields_are_separated_by_the_delimiter_of_the_settings_even_a_tab(tmp_path: Path) -> None:
    write(tmp_path, "id\tname\n1\tLee, Ann\n")
    async with running(tmp_path, delimiter="\t") as connector:
        await connector.refresh()
        assert await names_of(connector.store, "Person") == ["Lee, Ann"]


@pytest.mark.parametrize("delimiter", ["", "::", "\n", 7])
async def test_a_delimiter_that_is_not_one_character_names_the_setting(tmp_path: Path, delimiter: object) -> None:
    write(tmp_path)
    with pytest.raises(ConnectorConfigurationError, match=r"delimiter .* not a single character"):
        async with running(tmp_path, delimiter=delimiter):
            pass


async def test_many_people_are_catalogued_in_batches(tmp_path: Path) -> None:
    with (tmp_path / "people.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "name", "manager", "teams"])
        table.writerows([n, f"Person {n}", n // 10, f"team {n % 7}"] for n in range(1, 2_501))
    async with running(tmp_path) as connector:
        first = await connector.refresh()
        assert first.rejected == []
        assert first.created == 2_500 + 3 * 7 + 3 * 250
        again = await connector.refresh()
        assert (again.created, again.updated, again.removed) == (0, 0, 0)
