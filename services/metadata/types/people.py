"""Types of people, teams and contributions."""

from services.metadata.types.base import Referenceable


class Actor(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """A person, group or program that acts."""


class ActorProfile(Actor, kw_only=True, rename="camel", omit_defaults=True):
    """The profile of an actor."""


class Person(ActorProfile, kw_only=True, rename="camel", omit_defaults=True):
    """A person."""

    given_names: str | None = None
    surname: str | None = None
    full_name: str | None = None
    job_title: str | None = None
    employee_number: str | None = None


class Team(ActorProfile, kw_only=True, rename="camel", omit_defaults=True):
    """A group of people."""

    team_type: str | None = None


class Organization(Team, kw_only=True, rename="camel", omit_defaults=True):
    """A team at the top of a hierarchy, or without one."""


class ITProfile(ActorProfile, kw_only=True, rename="camel", omit_defaults=True):
    """The profile of a program."""


class ActorRole(Actor, kw_only=True, rename="camel", omit_defaults=True):
    """A role that an actor performs."""


class PersonRole(ActorRole, kw_only=True, rename="camel", omit_defaults=True):
    """A role to which people are appointed."""

    head_count: int | None = None


class TeamLeader(PersonRole, kw_only=True, rename="camel", omit_defaults=True):
    """The role of the leaders of a team."""


class TeamMember(PersonRole, kw_only=True, rename="camel", omit_defaults=True):
    """The role of the members of a team."""


class ContactDetails(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """A method of contacting an actor."""

    contact_type: str | None = None
    contact_method_type: str | None = None
    """EMAIL, PHONE, CHAT, PROFILE, ACCOUNT or OTHER."""
    contact_method_service: str | None = None
    contact_method_value: str | None = None


class UserIdentity(Actor, kw_only=True, rename="camel", omit_defaults=True):
    """An identity of an actor in a system."""

    user_id: str | None = None
    distinguished_name: str | None = None


class ContributionRecord(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """The contribution record of an actor."""

    karma_points: int | None = None


class SecurityGroup(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """A group with access rights."""

    distinguished_name: str | None = None
    domain_identifier: int | None = None
