"""Conversion of SCIM users and groups to people and teams.

Identity providers send different attributes, so only the attributes that are catalogued are decoded. They may be
absent, null or in a lenient form (`"active": "False"`).
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import Enum

import msgspec

from services.organization.description import (
    ContactDescription,
    PersonDescription,
    TeamDescription,
    UserIdDescription,
)
from services.organization.staging import Kind

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LONGEST_KEY = 500
"""Maximum number of characters in an id."""
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]+")


class ResourceKind(Enum):
    """The kinds of resources of a SCIM service provider; the value is the last part of the path."""

    USER = "Users"
    GROUP = "Groups"

    @property
    def staged(self) -> Kind:
        """The kind as which a resource is catalogued."""
        return Kind.PERSON if self is ResourceKind.USER else Kind.TEAM


class Meta(msgspec.Struct, rename="camel"):
    """The metadata of a resource."""

    last_modified: datetime | None = None


class Head(msgspec.Struct):
    """The attributes that identify a resource and its version."""

    id: str = ""
    meta: Meta | None = None

    @property
    def modified(self) -> datetime | None:
        """The time of the last change; `None` if the provider does not state it."""
        found = self.meta.last_modified if self.meta is not None else None
        return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


class Valued(msgspec.Struct):
    """One value of a multi-valued attribute."""

    value: str | None = None
    type: str | None = None


class Name(msgspec.Struct, rename="camel"):
    """The name of a user."""

    formatted: str | None = None
    given_name: str | None = None
    family_name: str | None = None


class Enterprise(msgspec.Struct, rename="camel"):
    """The enterprise extension of a user."""

    employee_number: str | None = None
    manager: Valued | None = None


class User(Head, rename="camel"):
    """A user."""

    user_name: str | None = None
    display_name: str | None = None
    name: Name | None = None
    title: str | None = None
    active: bool | None = True
    emails: list[Valued] | None = None
    phone_numbers: list[Valued] | None = None
    groups: list[Valued] | None = None
    enterprise: Enterprise | None = msgspec.field(name=ENTERPRISE, default=None)


class Group(Head, rename="camel"):
    """A group."""

    display_name: str | None = None
    members: list[Valued] | None = None


class ResourceProblem(msgspec.Struct, frozen=True):
    """A resource that is not catalogued."""

    key: str
    problem: str


def described(kind: ResourceKind, key: str, content: bytes) -> PersonDescription | TeamDescription | ResourceProblem:
    """Convert a resource in JSON to a person or team."""
    try:
        if kind is ResourceKind.USER:
            return _person(_USERS.decode(content))
        return _team(_GROUPS.decode(content))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        return ResourceProblem(key, str(error))


def _person(user: User) -> PersonDescription | ResourceProblem:
    names = user.name or Name()
    enterprise = user.enterprise or Enterprise()
    parts = " ".join(filter(None, (_text(names.given_name), _text(names.family_name))))
    name = _text(user.display_name) or _text(names.formatted) or parts or _text(user.user_name)
    if not name:
        return ResourceProblem(user.id, "it has neither a name nor a userName")
    left = None
    if user.active is False:
        left = user.modified
        if left is None:
            return ResourceProblem(user.id, "it is not active, and has no meta.lastModified to tell since when")
    user_name, manager = _text(user.user_name), enterprise.manager
    return PersonDescription(
        key=user.id,
        name=name,
        given_names=_text(names.given_name),
        surname=_text(names.family_name),
        job_title=_text(user.title),
        employee_number=_text(enterprise.employee_number),
        contacts=[
            *(ContactDescription(method="EMAIL", value=each) for each in _values(user.emails)),
            *(ContactDescription(method="PHONE", value=each) for each in _phones(user.phone_numbers)),
        ],
        user_ids=[UserIdDescription(user_id=user_name)] if user_name else [],
        manager=_text(manager.value) if manager is not None else None,
        teams=_values(each for each in user.groups or () if (each.type or "direct").lower() == "direct"),
        left=left,
    )


def _team(group: Group) -> TeamDescription:
    return TeamDescription(
        key=group.id, name=_text(group.display_name) or group.id, team_type="group", members=_values(group.members)
    )


def _phones(numbers: Iterable[Valued] | None) -> list[str]:
    """Telephone numbers, without the scheme of RFC 3966."""
    return [each.removeprefix("tel:") for each in _values(numbers)]


def _values(values: Iterable[Valued] | None) -> list[str]:
    """The distinct values, sorted: a provider may return them in any order."""
    return sorted({text for each in values or () if (text := _text(each.value))})


def _text(value: str | None) -> str | None:
    """A text without control characters and surrounding spaces; `None` if it is empty then."""
    return (_CONTROL_CHARACTERS.sub(" ", value).strip() or None) if value is not None else None


_USERS = msgspec.json.Decoder(User, strict=False)
_GROUPS = msgspec.json.Decoder(Group, strict=False)
