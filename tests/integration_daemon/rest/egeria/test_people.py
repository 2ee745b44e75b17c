"""People, teams, identities and security groups, as Egeria's organization and security integrators write them."""

from pathlib import Path
from typing import Any

from tests.integration_daemon.rest.egeria.test_files import native, source
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, Served, served

SERVICES = "/servers/cocoMDS1/open-metadata/access-services"
COMMUNITY = f"{SERVICES}/community-profile/users/npa"
SECURITY = f"{SERVICES}/security-manager/users/npa"
PAGE = "?startFrom=0&pageSize=5"


async def create(platform: Served, path: str, properties: dict[str, Any], provenance: dict[str, str]) -> str:
    answer = await platform.post(path, {"properties": properties, **provenance})
    assert answer["relatedHTTPCode"] == 200, answer
    guid: str = answer["guid"]
    return guid


async def done(platform: Served, path: str, body: dict[str, Any]) -> Any:
    answer = await platform.post(path, body)
    assert answer["relatedHTTPCode"] == 200, answer
    return answer


async def test_people_and_teams_are_profiles_of_their_own_types(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        hr = await source(platform, "hr")
        bean = {"class": "PersonalProfileProperties", "qualifiedName": "p1", "knownName": "Pat", "jobTitle": "nurse"}
        pat = await create(platform, f"{COMMUNITY}/profiles", {**bean, "pronouns": "they"}, hr)
        ward = await create(
            platform, f"{COMMUNITY}/profiles", {"typeName": "Team", "qualifiedName": "t1", "teamType": "ward"}, hr
        )
        (person,) = await native(platform, "type=Person")
        assert (person["guid"], person["metadataSource"], person["properties"]["displayName"]) == (pat, "hr", "Pat")
        shown = (await platform.get(f"{SECURITY}/profiles/{pat}"))["element"]
        assert shown["profileProperties"]["class"] == "PersonalProfileProperties"
        assert (shown["profileProperties"]["jobTitle"], shown["profileProperties"]["pronouns"]) == ("nurse", "they")
        team = (await platform.get(f"{COMMUNITY}/profiles/{ward}"))["element"]["profileProperties"]
        assert (team["class"], team["teamType"]) == ("TeamProfileProperties", "ward")
        listed = await platform.get(f"{COMMUNITY}/profiles{PAGE}")
        assert [each["elementHeader"]["guid"] for each in listed["elements"]] == [pat, ward]
        named = await platform.post(f"{COMMUNITY}/profiles/by-name{PAGE}", {"name": "Pat"})
        assert [each["elementHeader"]["guid"] for each in named["elements"]] == [pat]


async def test_the_profile_of_a_user_is_found_by_the_identity_that_is_linked_to_it(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        hr = await source(platform, "hr")
        pat = await create(platform, f"{COMMUNITY}/profiles", {"typeName": "Person", "qualifiedName": "p1"}, hr)
        user = await create(platform, f"{COMMUNITY}/user-identities", {"qualifiedName": "u1", "userId": "pat"}, hr)
        assert "element" not in await platform.get(f"{COMMUNITY}/profiles/user-ids/pat")
        way = f"{SECURITY}/user-identities/{user}/profiles/{pat}"
        await done(platform, way + "/link", hr)
        for service in (COMMUNITY, SECURITY):
            found = await platform.get(f"{service}/profiles/user-ids/pat")
            assert found["element"]["elementHeader"]["guid"] == pat
        await done(platform, way + "/unlink", hr)
        assert "element" not in await platform.get(f"{COMMUNITY}/profiles/user-ids/pat")


async def test_people_are_appointed_to_roles_in_teams(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        hr = await source(platform, "hr")
        profiles, roles = f"{COMMUNITY}/profiles", f"{COMMUNITY}/person-roles"
        pat = await create(platform, profiles, {"typeName": "Person", "qualifiedName": "p1"}, hr)
        ward = await create(platform, profiles, {"typeName": "Team", "qualifiedName": "t1"}, hr)
        site = await create(platform, profiles, {"typeName": "Organization", "qualifiedName": "t0"}, hr)
        lead = {"typeName": "TeamLeader", "qualifiedName": "r1", "title": "Lead", "headCount": 1}
        role = await create(platform, roles, lead, hr)

        await done(platform, f"{profiles}/{site}/sub-team-profiles/{ward}/link", hr)
        player = f"{COMMUNITY}/team-profiles/{ward}/team-roles/{role}/link"
        await done(platform, player, {"isLeadershipRole": True, "position": "head", **hr})
        leaders = await platform.get(f"{roles}/by-team/{ward}/leadership{PAGE}")
        (found,) = leaders["elements"]
        assert (found["elementHeader"]["guid"], found["properties"]["title"]) == (role, "Lead")
        assert "elements" not in await platform.get(f"{roles}/by-team/{ward}/membership{PAGE}")

        dates = {"properties": {"class": "AppointmentProperties", "isPublic": True}, **hr}
        appointment = (await done(platform, f"{roles}/{role}/profiles/{pat}/link", dates))["guid"]
        (appointed,) = (await platform.post(f"{SECURITY}/person-roles/{role}/appointees{PAGE}", {}))["elements"]
        assert appointed["elementHeader"]["guid"] == appointment
        assert appointed["properties"] == {"isPublic": True}
        assert appointed["profile"]["elementHeader"]["guid"] == pat
        await done(platform, f"{roles}/appointees/{appointment}/unlink", hr)
        assert "elements" not in await platform.post(f"{roles}/{role}/appointees{PAGE}", {})
        # nobody is appointed to a team
        refused = await platform.post(f"{roles}/{role}/profiles/{ward}/link", hr)
        assert refused["exceptionErrorMessageId"] == "OMAG-REPOSITORY-HANDLER-404-001"


async def test_deleting_a_profile_deletes_its_contact_methods(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        hr = await source(platform, "hr")
        pat = await create(platform, f"{COMMUNITY}/profiles", {"typeName": "Person", "qualifiedName": "p1"}, hr)
        mail = {"qualifiedName": "c1", "contactMethodType": "EMAIL", "contactMethodValue": "pat@example.org"}
        await create(platform, f"{COMMUNITY}/profiles/{pat}/contact-methods", mail, hr)
        (contact,) = await native(platform, "type=ContactDetails")
        assert contact["properties"]["contactMethodValue"] == "pat@example.org"
        await done(platform, f"{COMMUNITY}/profiles/{pat}/delete", hr)
        assert await native(platform, "type=ContactDetails") == []


async def test_a_security_group_belongs_to_the_metadata_server(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        groups = f"{SECURITY}/security-groups"
        bean = {"documentIdentifier": "g1", "title": "Nurses", "distinguishedName": "cn=nurses", "domainIdentifier": 2}
        guid = (await done(platform, groups, {"class": "SecurityGroupProperties", **bean}))["guid"]
        (group,) = await native(platform, "type=SecurityGroup")
        assert (group["properties"]["qualifiedName"], group.get("metadataSource", "")) == ("g1", "")
        for service in (COMMUNITY, SECURITY):
            path = f"{service}/security-groups/for-distinguished-name/cn=nurses{PAGE}"
            (found,) = (await platform.get(path))["elementList"]
            assert bean.items() <= found["properties"].items()
        await done(platform, f"{groups}/{guid}/update?isMergeUpdate=true", {"summary": "all wards"})
        shown = (await platform.get(f"{groups}/{guid}"))["element"]["properties"]
        assert (shown["title"], shown["summary"]) == ("Nurses", "all wards")

        term = {"typeName": "GlossaryTerm", "properties": {"qualifiedName": "ward"}}
        store = "/servers/cocoMDS1/open-metadata/framework-services/security-manager/open-metadata-store/users/npa"
        governed = (await done(platform, f"{store}/metadata-elements/new", term))["guid"]
        link = {
            "typeName": "AssociatedSecurityGroup",
            "metadataElement1GUID": governed,
            "metadataElement2GUID": guid,
        }
        await done(platform, f"{store}/related-elements/new", link)
        (stub,) = (await platform.get(f"{groups}/{guid}/governed-by/elements{PAGE}"))["elements"]
        assert (stub["class"], stub["guid"], stub["uniqueName"]) == ("ElementStub", governed, "ward")
        await done(platform, f"{groups}/{guid}/delete", {"class": "NullRequestBody"})
        assert await native(platform, "type=SecurityGroup") == []


async def test_the_security_manager_changes_no_profiles(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        response = await platform.http.post(f"{platform.url}{SECURITY}/profiles", json={"properties": {}})
        assert response.status_code in (404, 405)
