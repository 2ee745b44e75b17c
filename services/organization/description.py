"""What a directory of an organisation holds: people and teams, whatever the technology."""

from collections.abc import Sequence
from datetime import datetime

import msgspec


class UserIdDescription(msgspec.Struct, frozen=True, kw_only=True):
    """An identity that a person has in a system."""

    user_id: str
    distinguished_name: str | None = None


class ContactDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A way to reach a person."""

    method: str
    """EMAIL, PHONE, CHAT, PROFILE, ACCOUNT or OTHER."""
    value: str


class PersonDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A person. Other people and teams are named by any of their names in the directory."""

    key: str
    """The unique and lasting name in the directory."""
    other_names: Sequence[str] = ()
    """Names by which others refer to this person, such as a distinguished name."""
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
    """The teams that the person belongs to, as far as they are named with the person."""
    left: datetime | None = None
    """When the person left the organisation."""


class TeamDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A team. Other teams and people are named by any of their names in the directory."""

    key: str
    other_names: Sequence[str] = ()
    name: str
    description: str | None = None
    team_type: str | None = None
    part_of: Sequence[str] = ()
    leaders: Sequence[str] = ()
    members: Sequence[str] = ()
    """People, and teams that are parts of this one, as far as they are named with the team."""
