"""People and groups are catalogued from a real LDAP directory."""

import base64
import socket
import uuid
from pathlib import Path
from typing import Any

import pytest

from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError
from services.organization import ldap3_directory, ldap_monitor
from tests.servers.slapd import LIMITED, SlapdServer
from tests.services.organization.catalogued import appointments, names_of, wholes
from tests.services.organization.directories import PERSON, broken_after, endless_directory, people, running


def hospital(server: SlapdServer) -> str:
    """A directory with people of both schemas, and groups of every kind, one inside another."""
    base = server.new_organization()
    ann, bo = f"uid=ann,{base}", f"UID=bo, {base.upper()}"
    server.load(
        PERSON.format(
            uid="ann", base=base, name="Ann", more="mail: ann@example.org\ntelephoneNumber: +44 1\ntitle: Head\n"
        )
        + PERSON.format(uid="bo", base=base, name="Bo", more=f"uid: b.ray\nmanager: {ann}\nemployeeNumber: E2\n")
        + f"dn: uid=cy,{base}\nobjectClass: account\nobjectClass: posixAccount\nuid: cy\ncn: Cy\n"
        "uidNumber: 1\ngidNumber: 1\nhomeDirectory: /home/cy\n\n"
        f"dn: cn=trials,{base}\nobjectClass: groupOfNames\ncn: trials\nmember: {bo}\nowner: {ann}\n\n"
        f"dn: cn=research,{base}\nobjectClass: groupOfNames\ncn: research\nmember: cn=trials,{base}\nmember: {ann}\n\n"
        f"dn: cn=posix,{base}\nobjectClass: posixGroup\ncn: posix\ngidNumber: 1\nmemberUid: cy\nmemberUid: b.ray\n"
    )
    return base


async def test_people_and_nested_groups_of_both_schemas_are_catalogued_once(slapd: SlapdServer, tmp_path: Path) -> None:
    address = f"{slapd.url}/{hospital(slapd)}"
    async with running(tmp_path, address) as connector:
        first = await connector.refresh()
        store = connector.store
        assert first.rejected == []
        assert not [each for each in connector.messages if "does not catalogue" in each]
        assert await names_of(store, "UserIdentity") == ["ann", "b.ray", "bo", "cy"]
        assert await names_of(store, "ContactDetails") == ["+44 1", "ann@example.org"]
        assert await wholes(store) == [("trials", "research")]
        assert await appointments(store) == {
            "Ann": {"Member of research": "", "Leader of trials": "", "Leader of Reports of Ann": ""},
            "Bo": {"Member of trials": "", "Member of posix": "", "Member of Reports of Ann": ""},
            "Cy": {"Member of posix": ""},
        }
        again = await connector.refresh()
        assert (again.created, again.updated, again.removed) == (0, 0, 0)


async def test_a_renamed_person_is_the_same_and_a_deleted_one_has_left(slapd: SlapdServer, tmp_path: Path) -> None:
    base = slapd.new_organization()
    people(slapd, base, 5)
    async with running(tmp_path, f"{slapd.url}/{base}") as connector:
        await connector.refresh()
        before = {each.guid for each in await connector.elements("Person")}
        slapd.load(
            f"dn: uid=u1,{base}\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n\n"
            f"dn: uid=u2,{base}\nchangetype: delete\n\n"
            f"dn: cn=g,{base}\nchangetype: add\nobjectClass: groupOfNames\ncn: g\nmember: uid=renamed,{base}\n"
        )
        await connector.refresh()
        assert {each.guid for each in await connector.elements("Person")} == before
        assert "renamed" in await names_of(connector.store, "UserIdentity")
        assert (await appointments(connector.store))["Person 1"] == {"Member of g": ""}
        assert any("the appointments of 1 people were ended" in each for each in connector.messages)


async def test_an_answer_without_end_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ldap3_directory, "MOST_IN_AN_ANSWER", 1_000_000)
    with endless_directory() as (address, sent):
        async with running(tmp_path, f"ldap://{address}/dc=example,dc=org", user="") as connector:
            with pytest.raises(ThirdPartyUnavailableError, match="more than 1,000,000 bytes"):
                await connector.refresh()
    assert sum(sent) < 20_000_000  # what fits into the buffers of both sides, and no more


@pytest.mark.parametrize("ca_file", ["missing.pem", "directory", "loop.pem", "empty.pem"])
async def test_a_file_of_authorities_of_no_use_is_named_with_the_reason(ca_file: str, tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "empty.pem").touch()
    (tmp_path / "loop.pem").symlink_to("loop.pem")
    path = str(tmp_path / ca_file)
    with pytest.raises(
        ConnectorConfigurationError, match=r"caFile .*: the certificates in .*" + ca_file + " cannot be read: "
    ):
        async with running(tmp_path, "ldaps://127.0.0.1:9/dc=example,dc=org", caFile=path):
            pass


async def test_active_directory_is_read_by_its_own_mapping(slapd: SlapdServer, tmp_path: Path) -> None:
    """Entries in its form; the filters are others, since this server does not have its rules for matching."""
    base = slapd.new_organization()
    ids = [uuid.UUID(int=n) for n in (1, 2, 3)]
    ann, bo = f"cn=Lee\\, Ann,{base}", f"cn=Ray\\, Bo,{base}"

    def entry(dn: str, number: int, kind: str, name: str, more: str) -> str:
        guid = base64.b64encode(ids[number].bytes_le).decode()
        classes = f"objectClass: {kind}\nobjectClass: securityPrincipal\nobjectCategory: cn={kind},{base}\n"
        common = f"instanceType: 4\nnTSecurityDescriptor: x\nobjectGUID:: {guid}\ncn: {name}\n"
        return f"dn: {dn}\n{classes}{common}{more}\n"

    names = "sAMAccountName: alee\nuserPrincipalName: alee@example.org\nemployeeID: E1\ndisplayName: Ann Lee\n"
    group = f"groupType: -2147483646\nmember: {bo}\nmanagedBy: {ann}\n"
    slapd.load(
        entry(ann, 0, "user", "Lee, Ann", "sn: Lee\n" + names)
        + entry(bo, 1, "user", "Ray, Bo", f"sn: Ray\nsAMAccountName: bray\nmanager: {ann}\n")
        + entry(f"cn=trials,{base}", 2, "group", "trials", group)
    )
    settings: dict[str, Any] = {
        "mapping": "active-directory",
        "peopleFilter": "(objectClass=user)",
        "organizationName": "ad",
    }
    async with running(tmp_path, f"{slapd.url}/{base}", **settings) as connector:
        await connector.refresh()
        assert [each.qualified_name for each in await connector.elements("Person")] == [
            f"Person::ad::{x}" for x in ids[:2]
        ]
        assert await names_of(connector.store, "UserIdentity") == ["alee", "alee@example.org", "bray"]
        assert await appointments(connector.store) == {
            "Ann Lee": {"Leader of trials": "", "Leader of Reports of Ann Lee": ""},
            "Ray, Bo": {"Member of trials": "", "Member of Reports of Ann Lee": ""},
        }


@pytest.mark.parametrize("tls", ["all", "start"])
async def test_the_connection_is_protected_and_the_server_verified(
    slapd: SlapdServer, tmp_path: Path, tls: str
) -> None:
    base = hospital(slapd)
    port, scheme = (slapd.tls_port, "ldaps") if tls == "all" else (slapd.port, "ldap")
    settings: dict[str, Any] = {"startTls": tls == "start"}
    async with running(
        tmp_path, f"{scheme}://127.0.0.1:{port}/{base}", caFile=str(slapd.ca_file), **settings
    ) as connector:
        assert (await connector.refresh()).created > 0
    async with running(tmp_path, f"{scheme}://127.0.0.1:{port}/{base}", **settings) as connector:
        with pytest.raises(ThirdPartyUnavailableError, match="certificate verify failed"):
            await connector.refresh()
    async with running(
        tmp_path, f"{scheme}://localhost:{port}/{base}", caFile=str(slapd.ca_file), **settings
    ) as connector:
        with pytest.raises(ThirdPartyUnavailableError, match="Hostname mismatch"):
            await connector.refresh()


async def test_a_size_limit_is_not_taken_for_people_who_left(slapd: SlapdServer, tmp_path: Path) -> None:
    base = slapd.new_organization()
    people(slapd, base, 9)
    address = f"{slapd.url}/{base}"
    async with running(tmp_path, address) as connector:
        await connector.refresh()
    async with running(tmp_path, address, user=LIMITED) as connector:
        with pytest.raises(ThirdPartyUnavailableError, match="sizeLimitExceeded"):
            await connector.refresh()
        assert len(await connector.elements("Person")) == 9
        assert not [each for each in connector.messages if "ended" in each]


async def test_a_connection_that_breaks_between_pages_changes_nothing(slapd: SlapdServer, tmp_path: Path) -> None:
    base = slapd.new_organization()
    people(slapd, base, 9)
    async with running(tmp_path, f"{slapd.url}/{base}") as connector:
        await connector.refresh()
        before = await appointments(connector.store)
    slapd.load(f"dn: uid=u1,{base}\nchangetype: delete\n")
    with broken_after(slapd.port, requests=3) as port:  # bind and two pages
        async with running(tmp_path, f"ldap://127.0.0.1:{port}/{base}") as connector:
            with pytest.raises(ThirdPartyUnavailableError):
                await connector.refresh()
            assert await appointments(connector.store) == before
            assert len(await connector.elements("Person")) == 9


async def test_a_server_that_is_silent_is_given_up(slapd: SlapdServer, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"ldap://127.0.0.1:{silent.getsockname()[1]}/dc=example"
        async with running(tmp_path, address, timeoutSeconds=1) as connector:
            with pytest.raises(ThirdPartyUnavailableError):
                await connector.refresh()


async def test_a_wrong_password_is_refused_and_not_shown(slapd: SlapdServer, tmp_path: Path) -> None:
    async with running(tmp_path, f"{slapd.url}/{slapd.new_organization()}", password="guessed") as connector:
        with pytest.raises(UserNotAuthorizedError, match="invalidCredentials") as refused:
            await connector.refresh()
        assert "guessed" not in str(refused.value)


async def test_an_entry_without_an_id_is_reported_and_nobody_leaves_by_it(slapd: SlapdServer, tmp_path: Path) -> None:
    base = slapd.new_organization()
    people(slapd, base, 3)
    slapd.load(
        "\n".join(
            f"dn: uid=u{n},{base}\nchangetype: modify\nadd: employeeNumber\nemployeeNumber: E{n}\n" for n in range(3)
        )
    )
    async with running(tmp_path, f"{slapd.url}/{base}", peopleAttributes={"key": "employeeNumber"}) as connector:
        await connector.refresh()
        slapd.load(f"dn: uid=u1,{base}\nchangetype: modify\ndelete: employeeNumber\n")
        outcome = await connector.refresh()
        assert (outcome.updated, outcome.removed) == (0, 0)
        assert any(
            "it has no usable employeeNumber, or the user may not read it" in each for each in connector.messages
        )


@pytest.mark.parametrize(
    ("address", "settings", "problem"),
    [
        ("http://directory/dc=example", {}, "it does not begin with ldap"),
        ("ldap://10.0.0.1/dc=example", {}, "a password is not sent without TLS"),
        ("ldap://cn=a:b@127.0.0.1/dc=example", {}, "it contains a password"),
        ("ldap://cn=a@127.0.0.1/dc=example", {}, "it contains a user"),
        ("ldap://127.0.0.1", {}, "it names no entry to begin at"),
        ("ldap://127.0.0.1/dc=x", {"mapping": "novell"}, "it is none of posix, active-directory"),
        ("ldap://127.0.0.1/dc=x", {"peopleAttributes": {"salary": "x"}}, "it names salary; the properties are key"),
        ("ldap://127.0.0.1/dc=x", {"pageSize": 0}, "it is not a number from 1"),
    ],
)
async def test_a_wrong_setting_is_told(tmp_path: Path, address: str, settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConnectorConfigurationError, match=problem):
        async with running(tmp_path, address, **settings):
            pass


async def test_one_message_tells_that_the_library_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ldap_monitor, "find_spec", lambda _: None)
    with pytest.raises(ConnectorConfigurationError, match="needs the library ldap3") as missing:
        async with running(tmp_path, "ldap://127.0.0.1/dc=x"):
            pass
    assert missing.value.definition.user_action == "Install integration-daemon[ldap]."
