"""Conversion of directory entries to people and teams, by the attributes of the directory's schema."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from services.organization.description import (
    ContactDescription,
    PersonDescription,
    TeamDescription,
    UserIdDescription,
)
from services.organization.ldap_directory import Entry
from services.organization.ldap_names import normal_dn

_BINARY_IDS = ("objectguid",)
LONGEST_KEY, LONGEST_TEXT = 500, 10_000
"""Maximum numbers of characters in a key, and in any other text."""
MOST_VALUES = 1_000
"""Maximum number of mail addresses, telephone numbers or identities of one person."""
Attributes = Mapping[str, Sequence[str]]
"""The attributes for each property: the first that an entry has is used, or all of them for `_ALL_OF_THEM`."""


class DirectoryMapping(msgspec.Struct, frozen=True, kw_only=True):
    """The filters that find people and teams in a directory, and their attributes."""

    people_filter: str
    teams_filter: str
    people: Attributes
    teams: Attributes


POSIX = DirectoryMapping(
    people_filter="(|(objectClass=inetOrgPerson)(objectClass=posixAccount))",
    teams_filter="(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))",
    people={
        "key": ("entryUUID",),
        "name": ("displayName", "cn"),
        "givenNames": ("givenName",),
        "surname": ("sn",),
        "email": ("mail",),
        "phone": ("telephoneNumber", "mobile"),
        "jobTitle": ("title",),
        "employeeNumber": ("employeeNumber",),
        "manager": ("manager",),
        "userIds": ("uid",),
        "left": (),
    },
    teams={
        "key": ("entryUUID",),
        "name": ("cn",),
        "description": ("description",),
        "leader": ("owner",),
        "members": ("member", "uniqueMember"),
        "memberUserIds": ("memberUid",),
    },
)
ACTIVE_DIRECTORY = DirectoryMapping(
    # without disabled accounts (bit 2): these people have left
    people_filter="(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
    teams_filter="(objectClass=group)",
    people={
        **POSIX.people,
        "key": ("objectGUID",),
        "employeeNumber": ("employeeID", "employeeNumber"),
        "userIds": ("sAMAccountName", "userPrincipalName"),
    },
    teams={
        "key": ("objectGUID",),
        "name": ("displayName", "cn"),
        "description": ("description",),
        "leader": ("managedBy",),
        "members": ("member",),
        "memberUserIds": (),
    },
)
MAPPINGS = {"posix": POSIX, "active-directory": ACTIVE_DIRECTORY}
_ALL_OF_THEM = ("email", "phone", "userIds", "members", "memberUserIds", "leader")
"""Properties that take the values of all of their attributes."""


class EntryProblem(msgspec.Struct, frozen=True):
    """An entry that is not catalogued."""

    dn: str
    problem: str
    key: str = ""
    """The key of the person or team; empty: not known."""


class EntryReader:
    """Converts entries to people and teams."""

    def __init__(self, mapping: DirectoryMapping) -> None:
        self._mapping = mapping

    def person_of(self, entry: Entry) -> PersonDescription | EntryProblem:
        """The person of an entry."""
        values = _Values(entry, self._mapping.people)
        if not (key := values.key()):
            return EntryProblem(entry.dn, _no_key(self._mapping.people))
        if problem := values.problem(
            "givenNames", "surname", "jobTitle", "employeeNumber", "email", "phone", "userIds"
        ):
            return EntryProblem(entry.dn, problem, key)
        name = values.value("name") or ""
        try:
            left = _time(values.value("left"))
        except ValueError:
            return EntryProblem(entry.dn, "the time at which the person left is not understood", key)
        user_ids = values.values("userIds")
        return PersonDescription(
            key=key,
            other_names=[_dn_name(entry.dn), *(_user_name(each) for each in user_ids)],
            name=name,
            given_names=values.value("givenNames"),
            surname=values.value("surname"),
            job_title=values.value("jobTitle"),
            employee_number=values.value("employeeNumber"),
            contacts=[
                ContactDescription(method=method, value=value)
                for method, attribute in (("EMAIL", "email"), ("PHONE", "phone"))
                for value in values.values(attribute)
            ],
            user_ids=[UserIdDescription(user_id=each, distinguished_name=entry.dn) for each in user_ids],
            manager=next((_dn_name(each) for each in values.values("manager")), None),
            left=left,
        )

    def team_of(self, entry: Entry) -> TeamDescription | EntryProblem:
        """The team of an entry."""
        values = _Values(entry, self._mapping.teams)
        if not (key := values.key()):
            return EntryProblem(entry.dn, _no_key(self._mapping.teams))
        if problem := values.problem("description"):
            return EntryProblem(entry.dn, problem, key)
        name = values.value("name") or ""
        members = [_dn_name(each) for each in values.values("members")]
        return TeamDescription(
            key=key,
            other_names=[_dn_name(entry.dn)],
            name=name,
            description=values.value("description"),
            leaders=[_dn_name(each) for each in values.values("leader")],
            members=[*members, *(_user_name(each) for each in values.values("memberUserIds"))],
        )


class _Values:
    """The properties of one entry."""

    def __init__(self, entry: Entry, attributes: Attributes) -> None:
        self._entry = entry
        self._attributes = attributes

    def values(self, attribute: str) -> list[str]:
        found: list[str] = []
        for name in self._attributes.get(attribute, ()):
            texts = [each.decode("utf-8", "replace").strip() for each in self._entry.attributes.get(name.lower(), ())]
            found += sorted(filter(None, texts))  # a server may give the values in any order
            if found and attribute not in _ALL_OF_THEM:
                break
        return [each for each in found if "\x00" not in each]

    def value(self, attribute: str) -> str | None:
        return next(iter(self.values(attribute)), None)

    def problem(self, *attribute: str) -> str:
        """The reason why the entry is not catalogued; empty if it can be. The key is not checked."""
        if "\x00" in self._entry.dn or len(self._entry.dn) > LONGEST_TEXT:
            return f"its distinguished name has a NUL in it or is longer than {LONGEST_TEXT} characters"
        if self.value("name") is None:
            return "it has no name"
        for each in ("name", *attribute):
            found = self.values(each)
            if any(len(text) > LONGEST_TEXT for text in found):
                return f"its {each} is longer than {LONGEST_TEXT} characters"
            if len(found) > MOST_VALUES:
                return f"it has more than {MOST_VALUES} values of {each}"
        return ""

    def key(self) -> str:
        for name in self._attributes.get("key", ()):
            values = self._entry.attributes.get(name.lower(), ())
            if name.lower() in _BINARY_IDS and values and len(values[0]) == 16:
                return str(uuid.UUID(bytes_le=bytes(values[0])))
            for value in values:
                text = value[: 4 * LONGEST_KEY].decode("utf-8", "replace").strip()
                if text.isprintable() and 0 < len(text) <= LONGEST_KEY:
                    return text
        return ""


def _no_key(attributes: Attributes) -> str:
    return f"it has no usable {' or '.join(attributes.get('key', ()))}, or the user may not read it"


def _dn_name(dn: str) -> str:
    """The name for a reference by distinguished name."""
    return "dn:" + normal_dn(dn)


def _user_name(user_id: str) -> str:
    return "uid:" + user_id


def _time(text: str | None) -> datetime | None:
    """A time in the form of LDAP, such as `20260531120000Z`, or in ISO 8601; raises `ValueError` for other texts."""
    if text is None:
        return None
    if text[:14].isdigit() and text.endswith("Z"):
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    time = datetime.fromisoformat(text)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
