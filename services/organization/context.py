"""The context of connectors that load people and teams."""

from collections.abc import Sequence

import msgspec

from services.framework.context import IntegrationContext
from services.framework.pages import AllPages
from services.metadata.changes import Link, Outcome, Put, Query
from services.metadata.element import ElementRecord
from services.metadata.mapping import to_put
from services.metadata.types.people import Person, Team, UserIdentity

SCOPE = "organization::"
"""The scope of all that one directory of an organisation holds."""


class PersonDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A person with the user identities they have."""

    person: Person
    identities: Sequence[UserIdentity] = ()


class TeamDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A team with its members and the team it is part of, by qualified name."""

    team: Team
    members: Sequence[str] = ()
    part_of: str | None = None


class OrganizationIntegratorContext(IntegrationContext):
    """Open metadata, seen as people, their user identities and their teams."""

    __slots__ = ()

    async def state_organization(
        self, people: Sequence[PersonDescription], teams: Sequence[TeamDescription], *, delete: bool = False
    ) -> Outcome:
        """State all people and teams of a directory: those not stated any more are removed.

        A team comes after the team it is part of.
        """
        async with self.reconcile(SCOPE, delete=delete) as catalog:
            await catalog.put([put for each in people for put in _person_puts(each)])
            await catalog.put([_team_put(each) for each in teams])
        return catalog.outcome

    def contributions(self) -> AllPages[ElementRecord]:
        """All that people have contributed to open metadata, to be returned to the organisation.

        Raises `UserNotAuthorizedError` if nothing may be sent to the third party.
        """
        self.require_third_party_changes("return collaboration activity to the third party")
        return self.find_each(Query(type_name="ContributionRecord", page_size=self.settings.max_page_size))


def _person_puts(description: PersonDescription) -> list[Put]:
    person = description.person.qualified_name
    return [
        to_put(description.person, source_key=SCOPE + person),
        *(
            to_put(
                identity,
                source_key=SCOPE + identity.qualified_name,
                links=[Link("ProfileIdentity", person, at_end1=False)],
            )
            for identity in description.identities
        ),
    ]


def _team_put(description: TeamDescription) -> Put:
    links = [Link("TeamMembership", member, at_end1=False) for member in description.members]
    if description.part_of is not None:
        links.append(Link("TeamStructure", description.part_of))
    return to_put(description.team, source_key=SCOPE + description.team.qualified_name, links=links)
