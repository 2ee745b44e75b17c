"""Entries in the form of Active Directory: its identifiers, and what leads out of the domain."""

import uuid
from collections.abc import Iterator
from pathlib import Path

from services.organization.ldap_sync import written
from tests.services.organization.catalogued import appointments, wholes
from tests.services.organization.directories import running
from tests.services.organization.hostile_directory import Request, directory_of, end, entry, message, octets

GUIDS = [uuid.UUID(int=n) for n in range(1, 5)]
ANN, BO = "CN=Lee\\, Ann,OU=People,DC=x", "CN=Ray\\2C Bo,OU=People,DC=x"
FOREIGN = "CN=S-1-5-21-1004336348-1177238915-682003330-512,CN=ForeignSecurityPrincipals,DC=x"
DISABLED = b"userAccountControl:1.2.840.113556.1.4.803:".partition(b":")[0]


def answers(request: Request) -> Iterator[bytes]:
    number = request.number
    if b"person" in request.content:
        assert b"1.2.840.113556.1.4.803" in request.content  # disabled accounts are left out by the server
        assert DISABLED in request.content
        for dn, guid, name in ((ANN, GUIDS[0], "alee"), (BO, GUIDS[1], "bray")):
            names = {"cn": [name], "sAMAccountName": [name], "userPrincipalName": [f"{name}@example.org"]}
            yield entry(number, dn, {"objectGUID": [guid.bytes_le], **names})
        yield referral(number)
    else:
        outer, inner = "CN=all,DC=x", "CN=trials,OU=Groups,DC=x"
        members = [inner.lower(), FOREIGN, "CN=Lee\\2c Ann,OU=People,DC=x"]
        yield entry(number, outer, {"objectGUID": [GUIDS[2].bytes_le], "cn": ["all"], "member": members})
        inside = [outer, "CN=Ray\\, Bo,OU=People,DC=x", "CN=disabled,OU=People,DC=x"]  # a circle, and somebody disabled
        yield entry(number, inner, {"objectGUID": [GUIDS[3].bytes_le], "cn": ["trials"], "member": inside})
        yield referral(number)
    yield end(number)


def referral(number: int) -> bytes:
    return message(number, written(0x73, octets("ldap://ForestDnsZones.x/DC=ForestDnsZones,DC=x")))


async def test_what_leads_out_of_the_domain_is_told_and_everybody_else_is_catalogued(tmp_path: Path) -> None:
    with directory_of(answers) as url:
        async with running(tmp_path, url, user="", mapping="active-directory", organizationName="ad") as connector:
            first = await connector.refresh()
            assert first.rejected == []
            people = [each.qualified_name for each in await connector.elements("Person")]
            assert people == [f"Person::ad::{each}" for each in GUIDS[:2]]
            assert await appointments(connector.store) == {
                "alee": {"Member of all": ""},
                "bray": {"Member of trials": ""},
            }
            assert len(await wholes(connector.store)) == 1
            said = "\n".join(connector.messages)
            assert "passes over 2 members" in said
            assert f"{GUIDS[2]} has member dn:{FOREIGN.lower()}" in said
            assert f"{GUIDS[3]} has member dn:cn=disabled,ou=people,dc=x" in said
            assert "it is a part of" in said
            assert "does not follow 2 referrals" in said
            again = await connector.refresh()
            assert (again.created, again.updated, again.removed) == (0, 0, 0)
            assert "\n".join(connector.messages).count("passes over") == 1  # it is told once
