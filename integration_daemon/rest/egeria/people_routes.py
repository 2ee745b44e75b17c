"""People, teams, their identities and security groups, for the organization and the security integrator of Egeria 4.

The Community Profile OMAS and the Security Manager OMAS have many routes in common, each below its own root.
"""

from typing import Any

import msgspec

from integration_daemon.rest.egeria.file_bodies import MergeQuery, PageQuery
from integration_daemon.rest.egeria.kind_bodies import RelationshipRequestBody, read_bean
from integration_daemon.rest.egeria.kind_routes import READ, WHOLE, Family, Rows
from integration_daemon.rest.egeria.link_routes import attach, detach, link, unlink, update_link
from integration_daemon.rest.egeria.open_metadata_bodies import SourceRequestBody
from integration_daemon.rest.egeria.requests import reading
from integration_daemon.rest.route import Call, Operation, Route
from services.metadata.changes import Query
from services.metadata.egeria import parts
from services.metadata.egeria.kind import Kind
from services.metadata.egeria.kinds import CONTACT_METHOD, PERSON_ROLE, PROFILE, SECURITY_GROUP, USER_IDENTITY
from services.metadata.element import ElementRecord

_LISTS = ("elements", "elementList")
_COMMUNITY = Family(
    service="Community Profile OMAS",
    root="/servers/{server}/open-metadata/access-services/community-profile{users}",
    deletes="delete",
    lists=_LISTS,
)
_SECURITY = _COMMUNITY._replace(
    service="Security Manager OMAS", root="/servers/{server}/open-metadata/access-services/security-manager{users}"
)


class TeamPlayerRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """The position of a role in a team."""

    is_leadership_role: bool = False
    leadership_role: bool = False
    """Another name of `isLeadershipRole`."""
    position: str | None = None


def _team_relationship(call: Call) -> str:
    body: TeamPlayerRequestBody = call.body or TeamPlayerRequestBody()
    return "TeamLeadership" if body.is_leadership_role or body.leadership_role else "TeamMembership"


def _position(call: Call) -> dict[str, Any]:
    body: TeamPlayerRequestBody = call.body or TeamPlayerRequestBody()
    return {} if body.position is None else {"position": body.position}


def _related(family: Family, kind: Kind, relationship: str, at_end: int, answer: str) -> Operation:
    """The operation that lists the elements at the other end of a relationship of an element."""

    async def related(call: Call) -> dict[str, Any]:
        """Return the elements that are related to an element by one type of relationship."""
        query: PageQuery = call.query
        read = reading(call, family.service)
        element = await read.element(call.parameters["guid"])
        links = await read.related(
            element.guid, type_name=relationship, at_end=at_end, start=query.start, size=query.size
        )
        return await family.shown(call, kind, answer, [other for _, other in links])

    return related


def _appointees(family: Family) -> Operation:
    async def appointees(call: Call) -> dict[str, Any]:
        """Return the people who are appointed to a role, with their appointments."""
        query: PageQuery = call.query
        read = reading(call, family.service)
        role = await read.element(call.parameters["guid"], kind=PERSON_ROLE.type_name)
        links = await read.related(
            role.guid, type_name="PersonRoleAppointment", at_end=2, start=query.start, size=query.size
        )
        people = [person for _, person in links]
        beans, views = await parts.beans_of(read, PROFILE, people), await read.views(people)
        appointed = [
            {"elementHeader": views.link_header(each), "properties": each.properties, "profile": bean}
            for (each, _), bean in zip(links, beans, strict=True)
        ]
        return family.listing("AppointeesResponse", appointed)

    return appointees


def _governed(family: Family) -> Operation:
    async def governed_elements(call: Call) -> dict[str, Any]:
        """Return the elements to which a security group has access."""
        query: PageQuery = call.query
        read = reading(call, family.service)
        group = await read.element(call.parameters["guid"], kind=SECURITY_GROUP.type_name)
        links = await read.related(
            group.guid, type_name="AssociatedSecurityGroup", at_end=2, start=query.start, size=query.size
        )
        views = await read.views([other for _, other in links])
        return family.listing("ElementStubsResponse", [views.stub(other) for _, other in links])

    return governed_elements


def _listed(family: Family, kind: Kind, answer: str, condition: str = "") -> Operation:
    async def listed(call: Call) -> dict[str, Any]:
        """Return all elements of this kind, or those with the value in the URL."""
        values = {condition: call.parameters["value"]} if condition else {}
        query = Query(type_name=kind.type_name, property_values=values)
        return await family.shown(call, kind, answer, await family.found(call, kind, query))

    return listed


def _of_user(family: Family) -> Operation:
    async def profile_of_user(call: Call) -> dict[str, Any]:
        """Return the profile of a user; the answer has no profile if the identifier is unknown."""
        read = reading(call, family.service)
        identity = Query(type_name=USER_IDENTITY.type_name, property_values={"userId": call.parameters["value"]})
        found: list[ElementRecord] = []
        for each in await read.store.find(msgspec.structs.replace(identity, page_size=10)):
            links = await read.related(each.guid, type_name="ProfileIdentity", at_end=1)
            found += [other for _, other in links]
        beans = await parts.beans_of(read, PROFILE, found[:1])
        shown: dict[str, Any] = {"class": "ActorProfileResponse", "relatedHTTPCode": 200}
        return {**shown, "element": beans[0]} if beans else shown

    return profile_of_user


def _read_by_both(family: Family) -> tuple[Route, ...]:
    """The routes of people and of their roles, which only the Community Profile OMAS changes."""
    kinds = (
        *Rows(family, PROFILE, "ActorProfile", "/profiles").routes(),
        *Rows(family, PERSON_ROLE, "PersonRole", "/person-roles").routes(),
    )
    return (
        *(row for row in kinds if row.permission is READ or family is _COMMUNITY),
        family.reads("/profiles/user-ids/{value}", _of_user(family), answer="ActorProfileResponse",
                     action="getActorProfileByUserId"),
        Route(methods=("POST",), template=family.root + "/person-roles/{guid}/appointees",
              operation=_appointees(family), permission=READ, scope=WHOLE, query=PageQuery,
              answer="AppointeesResponse", action="getAppointees"),
    )  # fmt: skip


def _changed_by_both(family: Family) -> tuple[Route, ...]:
    """The routes of the identities of users, and of security groups, which both services change."""
    groups = family._replace(body=read_bean, updates=("/{guid}/update",))
    several = "UserIdentityListResponse" if family is _COMMUNITY else "UserIdentitiesResponse"
    identity = "/user-identities/{end1}/profiles/{end2}"
    named = "/security-groups/for-distinguished-name/{value}"
    return (
        *Rows(family, USER_IDENTITY, "UserIdentity", "/user-identities", plural="UserIdentities",
              some=several).routes(),
        *(family.changes(identity + way, attach(family, "ProfileIdentity"), body=RelationshipRequestBody,
                         query=MergeQuery, action=action)
          for way, action in (("/link", "addIdentityToProfile"), ("/link/update", "updateIdentityProfile"))),
        family.changes(identity + "/unlink", detach(family, "ProfileIdentity"), action="removeIdentityFromProfile"),
        *Rows(groups, SECURITY_GROUP, "SecurityGroup", "/security-groups").routes(),
        family.reads(named, _listed(family, SECURITY_GROUP, "SecurityGroupsResponse", "distinguishedName"),
                     query=PageQuery, answer="SecurityGroupsResponse", action="getSecurityGroupsForDistinguishedName"),
        family.reads("/security-groups/{guid}/governed-by/elements", _governed(family), query=PageQuery,
                     answer="ElementStubsResponse", action="getElementsGovernedBySecurityGroup"),
    )  # fmt: skip


_TEAM = "/profiles/{end1}/sub-team-profiles/{end2}"
_APPOINTMENT = "/person-roles/appointees/{relationship}"
_PLAYER = "/team-profiles/{end2}/team-roles/{end1}"

ROUTES: tuple[Route, ...] = (
    *(row for family in (_COMMUNITY, _SECURITY) for row in (*_read_by_both(family), *_changed_by_both(family))),
    _COMMUNITY.reads("/profiles", _listed(_COMMUNITY, PROFILE, "ActorProfilesResponse"), query=PageQuery,
                     answer="ActorProfilesResponse", action="getActorProfiles"),
    *Rows(_COMMUNITY, CONTACT_METHOD, "ContactMethod", "/profiles/contact-methods",
          "/profiles/{whole}/contact-methods").routes(),
    _COMMUNITY.changes(_TEAM + "/link", attach(_COMMUNITY, "TeamStructure"), body=RelationshipRequestBody,
                       action="linkTeamsInHierarchy"),
    _COMMUNITY.changes(_TEAM + "/unlink", detach(_COMMUNITY, "TeamStructure"), action="unlinkTeamsInHierarchy"),
    _COMMUNITY.changes("/person-roles/{end2}/profiles/{end1}/link", link(_COMMUNITY, "PersonRoleAppointment"),
                       body=RelationshipRequestBody, answer="GUIDResponse", action="linkPersonRoleToProfile"),
    _COMMUNITY.changes(_APPOINTMENT, update_link(_COMMUNITY), body=RelationshipRequestBody, query=MergeQuery,
                       action="updateAppointment"),
    _COMMUNITY.changes(_APPOINTMENT + "/unlink", unlink(_COMMUNITY), action="unlinkPersonRoleFromProfile"),
    _COMMUNITY.changes(_PLAYER + "/link", attach(_COMMUNITY, _team_relationship, _position),
                       body=TeamPlayerRequestBody, action="linkTeamPlayer"),
    _COMMUNITY.changes(_PLAYER + "/unlink", detach(_COMMUNITY, _team_relationship), body=TeamPlayerRequestBody,
                       action="unlinkTeamPlayer"),
    *(_COMMUNITY.reads("/person-roles/by-team/{guid}" + way,
                       _related(_COMMUNITY, PERSON_ROLE, relationship, 2, "PersonRolesResponse"), query=PageQuery,
                       answer="PersonRolesResponse", action=action)
      for way, relationship, action in (("/leadership", "TeamLeadership", "getLeadershipRolesForTeam"),
                                        ("/membership", "TeamMembership", "getMembershipRolesForTeam"))),
)  # fmt: skip
