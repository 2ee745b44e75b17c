"""Mapping of people and teams to open metadata, for all technologies.

    person ── PersonRoleAppointment ──▶ TeamMember ── TeamMembership ──▶ team ── TeamStructure ──▶ team
       │                         └────▶ TeamLeader ── TeamLeadership ──▶ team
       ├── ProfileIdentity ── user identity
       └── ContactThrough ──▶ contact details

A manager leads the team of the people who report to them. The roles of a team are parts of the team, and identities and
contact details are parts of the person, so the fingerprint of a team or person includes its parts.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec

from services.metadata.changes import Link, Put
from services.metadata.mapping import to_put
from services.metadata.sorted_diff import PART
from services.metadata.types.people import ContactDetails, Person, Team, TeamLeader, TeamMember, UserIdentity
from services.organization.description import PersonDescription, TeamDescription
from services.organization.staging import Appointment, Kind

EFFECTIVE_TO = "effectiveTo"
APPOINTMENT = "PersonRoleAppointment"
_ELEMENT_NAMES = {Kind.PERSON: "Person", Kind.REPORTS: "ReportingTeam", Kind.TEAM: "Team"}
_ROLES: dict[str, type[TeamLeader | TeamMember]] = {"leader": TeamLeader, "member": TeamMember}

WRITTEN = (
    "Person, UserIdentity, ContactDetails, Team, TeamMember, TeamLeader, ProfileIdentity, ContactThrough, "
    "TeamStructure, TeamMembership, TeamLeadership, PersonRoleAppointment"
)
"""The types of the elements and relationships that the mapping creates."""


class Naming(msgspec.Struct, frozen=True):
    """The names of the elements of one organisation."""

    organization: str

    @property
    def scope(self) -> str:
        """The beginning of all source keys."""
        return f"organization::{self.organization}::"

    def source_key(self, kind: Kind, key: str) -> str:
        """The source key of a person or team."""
        return f"{self.scope}{kind.value}::{key}"

    def name(self, kind: Kind, key: str) -> str:
        """The qualified name of a person or team."""
        return f"{_ELEMENT_NAMES[kind]}::{self.organization}::{key}"

    def role(self, appointment: Appointment) -> str:
        """The qualified name of a role."""
        return self.part(_ROLES[appointment.role].type_name(), appointment.kind, appointment.team)

    def part(self, type_name: str, kind: Kind, key: str) -> str:
        """The qualified name of a part of a person or team."""
        return f"{type_name}::{self.name(kind, key)}"


def person_puts(naming: Naming, person: PersonDescription, appointments: Sequence[Appointment]) -> list[Put]:
    """A person with their identities and contact details."""
    name = naming.name(Kind.PERSON, person.key)
    properties = {} if person.left is None else {EFFECTIVE_TO: iso_time(person.left)}
    whole = to_put(
        Person(
            qualified_name=name,
            display_name=person.name,
            full_name=person.name,
            given_names=person.given_names,
            surname=person.surname,
            job_title=person.job_title,
            employee_number=person.employee_number,
            description=person.description,
        ),
        source_key=naming.source_key(Kind.PERSON, person.key),
        links=[Link(APPOINTMENT, naming.role(each), at_end1=False, properties=properties) for each in appointments],
    )
    identities = [
        to_put(
            UserIdentity(
                qualified_name=f"{naming.part('UserIdentity', Kind.PERSON, person.key)}::{each.user_id}",
                display_name=each.user_id,
                user_id=each.user_id,
                distinguished_name=each.distinguished_name,
            ),
            source_key=f"{whole.source_key}{PART}identity::{each.user_id}",
            links=[Link("ProfileIdentity", name, at_end1=False)],
        )
        for each in {each.user_id: each for each in person.user_ids}.values()
    ]
    contacts = [
        to_put(
            ContactDetails(
                qualified_name=f"{naming.part('ContactDetails', Kind.PERSON, person.key)}::{method}::{value}",
                contact_method_type=method,
                contact_method_value=value,
            ),
            source_key=f"{whole.source_key}{PART}contact::{method}::{value}",
            links=[Link("ContactThrough", name)],
        )
        for method, value in dict.fromkeys((each.method, each.value) for each in person.contacts)
    ]
    return _with_common_fingerprint([whole, *identities, *contacts])


def team_puts(naming: Naming, team: TeamDescription, wholes: Sequence[str]) -> list[Put]:
    """A team with its roles."""
    element = Team(
        qualified_name=naming.name(Kind.TEAM, team.key),
        display_name=team.name,
        description=team.description,
        team_type=team.team_type,
    )
    links = [Link("TeamStructure", naming.name(Kind.TEAM, whole)) for whole in wholes]
    return _team(naming, Kind.TEAM, team.key, element, links)


def reports_puts(naming: Naming, manager: PersonDescription) -> list[Put]:
    """The team of the people who report to a manager, with its roles."""
    element = Team(
        qualified_name=naming.name(Kind.REPORTS, manager.key),
        display_name=f"Reports of {manager.name}",
        team_type="reports",
    )
    return _team(naming, Kind.REPORTS, manager.key, element, [])


def iso_time(time: datetime) -> str:
    """A time in the form of properties: ISO 8601 in UTC, with milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _team(naming: Naming, kind: Kind, key: str, element: Team, links: Sequence[Link]) -> list[Put]:
    whole = to_put(element, source_key=naming.source_key(kind, key), links=links)
    roles = [
        to_put(
            role(
                qualified_name=naming.role(Appointment(name, kind, key)),
                display_name=f"{name.capitalize()} of {element.display_name}",
            ),
            source_key=f"{whole.source_key}{PART}{name}",
            links=[Link(relationship, element.qualified_name, at_end1=False)],
        )
        for (name, role), relationship in zip(_ROLES.items(), ("TeamLeadership", "TeamMembership"), strict=True)
    ]
    return _with_common_fingerprint([whole, *roles])


def _with_common_fingerprint(puts: list[Put]) -> list[Put]:
    digest = blake2b(digest_size=16)
    for put in puts:
        digest.update(put.fingerprint.encode())
    puts[0] = msgspec.structs.replace(puts[0], fingerprint=digest.hexdigest())
    return puts
