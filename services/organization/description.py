"""Descriptions of people and teams, independent of the technology of the directory."""

from collections.abc import Sequence
from datetime import datetime

import msgspec


class UserIdDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A user identity of a person."""

    user_id: str
    distinguished_name: str | None = None


class ContactDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A way to reach a person."""

    method: str
    """EMAIL, PHONE, CHAT, PROFILE, ACCOUNT or OTHER."""
    value: str


class PersonDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A person. References to other people and teams use any of their names in the directory."""

    key: str
    """The unique and permanent name in the directory."""
    other_names: Sequence[str] = ()
    """Other names that references to this person use, such as a distinguished name."""
    name: str
    given_names: str | None = None
    surname: str | None = None
    job_title: str | None = None
    employee_number: str | None = None
    description: str | None = None
    contacts: Sequence[ContactDescription] = ()
    user_ids: Sequence[UserIdDescription] = ()
    manager: str | None = None
    teams: Sequence[str] = ()
    """The teams that the person belongs to, if the directory lists them with the person."""
    left: datetime | None = None
    """The time when the person left the organisation."""


class TeamDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A team. References to people and other teams use any of their names in the directory."""

    key: str
    other_names: Sequence[str] = ()
    name: str
    description: str | None = None
    team_type: str | None = None
    part_of: Sequence[str] = ()
    leaders: Sequence[str] = ()
    members: Sequence[str] = ()
    """Members, and teams that are parts of this team, if the directory lists them with the team."""
