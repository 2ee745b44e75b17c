"""The activity of people in open metadata is written to attributes of their entries."""

from pathlib import Path
from typing import Any

import pytest

from services.errors import ConnectorConfigurationError, UserNotAuthorizedError
from services.framework.dry_run import dry_run
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import Batch, Link
from services.metadata.mapping import to_put
from services.metadata.types.people import ContributionRecord
from services.testing.running import RunningConnector
from tests.servers.slapd import WRITER, SlapdServer
from tests.services.organization.directories import people, person, running

BOTH, TO = PermittedSynchronization.BOTH_DIRECTIONS, PermittedSynchronization.TO_THIRD_PARTY
ATTRIBUTES = {"karmaPoints": "employeeType", "contributions": "carLicense"}


async def contribute(connector: RunningConnector, name: str, points: int, record: str = "all") -> None:
    """Have a person contribute to open metadata, which records it."""
    (found,) = [each for each in await connector.elements("Person") if each.properties["displayName"] == name]
    put = to_put(
        ContributionRecord(qualified_name=f"{name}::{record}", karma_points=points),
        source_key=f"{name}::{record}",
        links=[Link("Contributor", found.qualified_name)],
    )
    await connector.store.apply(Batch(user="somebody", metadata_source="elsewhere", changes=[put]))


async def test_karma_points_are_written_where_they_differ_and_nothing_comes_back(
    slapd: SlapdServer, tmp_path: Path
) -> None:
    base = slapd.new_organization()
    people(slapd, base, 4)
    slapd.load(f"dn: uid=u3,{base}\nchangetype: modify\nadd: employeeType\nemployeeType: nurse\n")
    address = f"{slapd.url}/{base}"
    async with running(tmp_path, address, WRITER, permitted=BOTH, activityAttributes=ATTRIBUTES) as connector:
        await connector.refresh()
        await contribute(connector, "Person 0", 5)
        await contribute(connector, "Person 0", 2, "more")
        await contribute(connector, "Person 1", 3)

        outcome = await connector.refresh()
        assert (outcome.created, outcome.updated, outcome.removed) == (0, 0, 0)
        assert [slapd.values(f"uid=u{n},{base}", "employeeType") for n in range(4)] == [["7"], ["3"], [], ["nurse"]]
        assert slapd.values(f"uid=u0,{base}", "carLicense") == ["2"]
        (said,) = [each for each in connector.messages if "CONNECTORS-0007" in each]
        assert "wrote carLicense, employeeType of 2 entries of the directory" in said

        for _ in range(2):  # what was written is told by the directory as a change
            again = await connector.refresh()
            assert (again.created, again.updated, again.removed) == (0, 0, 0)
        assert sum("CONNECTORS-0007" in each for each in connector.messages) == 1

        slapd.load(f"dn: uid=u1,{base}\nchangetype: modify\nreplace: employeeType\nemployeeType: x\n")
        await connector.refresh()
        assert slapd.values(f"uid=u1,{base}", "employeeType") == ["3"]
        assert "wrote employeeType of 1 entries" in connector.messages[-1]


async def test_activity_is_written_by_a_connector_that_may_catalogue_nothing(
    slapd: SlapdServer, tmp_path: Path
) -> None:
    base = slapd.new_organization()
    people(slapd, base, 2)
    address = f"{slapd.url}/{base}"
    async with running(tmp_path, address) as reading:
        await reading.refresh()
        await contribute(reading, "Person 1", 9)
    slapd.load(person(base, "new", "New"))
    async with running(tmp_path, address, WRITER, permitted=TO, activityAttributes=ATTRIBUTES) as connector:
        outcome = await connector.refresh()
        assert (outcome.created, outcome.updated, outcome.removed) == (0, 0, 0)
        assert slapd.values(f"uid=u1,{base}", "employeeType") == ["9"]
        assert len(await connector.elements("Person")) == 2


async def test_a_dry_run_names_what_would_be_written_and_writes_nothing(slapd: SlapdServer, tmp_path: Path) -> None:
    base = slapd.new_organization()
    people(slapd, base, 1)
    async with running(
        tmp_path, f"{slapd.url}/{base}", WRITER, permitted=BOTH, activityAttributes={"karmaPoints": "employeeType"}
    ) as connector:
        await connector.refresh()
        await contribute(connector, "Person 0", 5)
        with dry_run() as dry:
            await connector.call("refresh")
        assert dry.changes.sent == [f"uid=u0,{base}: employeeType 5 (now nothing)"]
        assert slapd.values(f"uid=u0,{base}", "employeeType") == []
        await connector.refresh()
        assert slapd.values(f"uid=u0,{base}", "employeeType") == ["5"]


async def test_the_server_refuses_an_attribute_that_the_user_may_not_write(slapd: SlapdServer, tmp_path: Path) -> None:
    base = slapd.new_organization()
    people(slapd, base, 1)
    async with running(
        tmp_path, f"{slapd.url}/{base}", WRITER, permitted=BOTH, activityAttributes={"karmaPoints": "roomNumber"}
    ) as connector:
        await connector.refresh()
        await contribute(connector, "Person 0", 5)
        with pytest.raises(UserNotAuthorizedError, match="insufficientAccessRights"):
            await connector.refresh()
        assert slapd.values(f"uid=u0,{base}", "roomNumber") == []


async def test_an_entry_that_cannot_have_the_attribute_is_reported_and_the_others_are_written(
    slapd: SlapdServer, tmp_path: Path
) -> None:
    base = slapd.new_organization()
    people(slapd, base, 2)
    account = "objectClass: account\nobjectClass: posixAccount\nuidNumber: 1\ngidNumber: 1\nhomeDirectory: /\n"
    slapd.load(f"dn: uid=a,{base}\n{account}uid: a\ncn: Account\n")
    async with running(
        tmp_path, f"{slapd.url}/{base}", WRITER, permitted=BOTH, activityAttributes={"karmaPoints": "employeeType"}
    ) as connector:
        await connector.refresh()
        for each in ("Account", "Person 1"):
            await contribute(connector, each, 5)
        await connector.refresh()
        assert slapd.values(f"uid=u1,{base}", "employeeType") == ["5"]
        assert any(f"to 1 entries: uid=a,{base}: objectClassViolation" in each for each in connector.messages)


async def test_another_entry_that_has_taken_the_name_is_not_written(
    slapd: SlapdServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = slapd.new_organization()
    people(slapd, base, 1)
    async with running(
        tmp_path, f"{slapd.url}/{base}", WRITER, permitted=BOTH, activityAttributes={"karmaPoints": "employeeType"}
    ) as connector:
        await connector.refresh()
        await contribute(connector, "Person 0", 5)
        contributions = connector.connector.context.contributions

        def meanwhile(_: object) -> Any:
            slapd.load(f"dn: uid=u0,{base}\nchangetype: delete\n\n" + person(base, "u0", "Somebody else"))
            return contributions()

        monkeypatch.setattr(type(connector.connector.context), "contributions", meanwhile)
        await connector.refresh()
        assert slapd.values(f"uid=u0,{base}", "employeeType") == []
        assert any("assertionFailed" in each for each in connector.messages)


@pytest.mark.parametrize(
    ("settings", "permitted", "problem"),
    [
        ({"karma": "x"}, BOTH, "it names karma; the facts are karmaPoints, contributions, lastActivity"),
        ({"karmaPoints": "mail"}, BOTH, "mail is read from the directory, and cannot be written as well"),
        ({"karmaPoints": "x", "lastActivity": "X"}, BOTH, "it gives two facts the same attribute"),
        ({"karmaPoints": "a)(b"}, BOTH, "is not the name of an attribute"),
        ("employeeType", BOTH, "it does not give an attribute for each fact"),
        ({"karmaPoints": "employeeType"}, None, "permittedSynchronization does not permit changes of the directory"),
    ],
)
async def test_attributes_that_cannot_be_written_are_refused(
    tmp_path: Path, settings: Any, permitted: PermittedSynchronization | None, problem: str
) -> None:
    with pytest.raises(ConnectorConfigurationError, match=problem):
        async with running(tmp_path, "ldap://127.0.0.1/dc=x", permitted=permitted, activityAttributes=settings):
            pass
