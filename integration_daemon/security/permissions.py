"""Permissions, the roles that grant them, and the callers that have roles."""

from enum import Enum

import msgspec

from integration_daemon.security.scope import EVERYTHING, GrantedScopes, Scope


class Permission(Enum):
    """The permission that a route requires of its caller."""

    PUBLIC = "PUBLIC"
    """Neither a permission nor an identity is needed."""
    IDENTIFIED = "IDENTIFIED"
    """An identity, with any roles."""
    READ_STATUS = "READ_STATUS"
    """Read statuses and audit logs."""
    OPERATE = "OPERATE"
    """Refresh, restart, pause and stop connectors, and decide on removals."""
    READ_METADATA = "READ_METADATA"
    """Read elements and relationships."""
    CHANGE_METADATA = "CHANGE_METADATA"
    """Change elements and relationships."""
    SEND_LINEAGE = "SEND_LINEAGE"
    """Send lineage events to be catalogued."""
    READ_BUNDLES = "READ_BUNDLES"
    """Read the bundles of access rules for enforcement points."""
    SEND_IDENTITIES = "SEND_IDENTITIES"
    """Send users and groups to be catalogued, and read the sent ones."""
    ADMINISTER_SERVERS = "ADMINISTER_SERVERS"
    """Start, stop and configure servers and connectors, and end the process."""


class Role(Enum):
    """A set of permissions that can be granted."""

    VIEWER = "viewer"
    """Reads statuses and audit logs."""
    OPERATOR = "operator"
    """A viewer that also operates connectors."""
    ADMINISTRATOR = "administrator"
    """Has every permission."""
    METADATA_READER = "metadata-reader"
    """Reads elements and relationships."""
    METADATA_WRITER = "metadata-writer"
    """Reads and changes elements and relationships, as an integration daemon does at its metadata server."""

    EVENT_WRITER = "event-writer"
    """Sends lineage events, as OpenLineage clients do, and reads nothing."""
    BUNDLE_READER = "bundle-reader"
    """Reads bundles, as an enforcement point does, and nothing else."""
    IDENTITY_WRITER = "identity-writer"
    """Sends users and groups, as identity providers do by SCIM, and reads those alone."""

    @property
    def permissions(self) -> frozenset[Permission]:
        """The permissions that the role grants."""
        return _GRANTED[self]


ABOUT_METADATA = frozenset(
    {Role.METADATA_READER, Role.METADATA_WRITER, Role.EVENT_WRITER, Role.BUNDLE_READER, Role.IDENTITY_WRITER}
)
"""Roles that cannot be limited to connectors: they count for whole servers."""
_ALWAYS = {Permission.PUBLIC, Permission.IDENTIFIED}
_GRANTED = {
    Role.VIEWER: frozenset(_ALWAYS | {Permission.READ_STATUS}),
    Role.OPERATOR: frozenset(_ALWAYS | {Permission.READ_STATUS, Permission.OPERATE}),
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.METADATA_READER: frozenset(_ALWAYS | {Permission.READ_METADATA}),
    Role.METADATA_WRITER: frozenset(_ALWAYS | {Permission.READ_METADATA, Permission.CHANGE_METADATA}),
    Role.EVENT_WRITER: frozenset(_ALWAYS | {Permission.SEND_LINEAGE}),
    Role.BUNDLE_READER: frozenset(_ALWAYS | {Permission.READ_BUNDLES}),
    Role.IDENTITY_WRITER: frozenset(_ALWAYS | {Permission.SEND_IDENTITIES}),
}


class Grant(msgspec.Struct, frozen=True):
    """Roles that count in a scope."""

    roles: tuple[Role, ...]
    scope: Scope = EVERYTHING


class Caller(msgspec.Struct, frozen=True):
    """An authenticated caller."""

    name: str
    """The name of the caller in the audit log."""
    roles: tuple[Role, ...]
    user: str | None = None
    """The only user name that its requests may have; `None` for any user name."""
    scope: Scope = EVERYTHING
    """The scope of its roles."""
    granted: tuple[Grant, ...] = ()
    """Roles that the platform file grants to the caller."""

    def granted_scopes(self, permission: Permission) -> GrantedScopes:
        """The scopes in which the caller has a permission."""
        scopes = [each.scope for each in self.granted if _grants(each.roles, permission)]
        return GrantedScopes((self.scope, *scopes) if _grants(self.roles, permission) else tuple(scopes))


def _grants(roles: tuple[Role, ...], permission: Permission) -> bool:
    return any(permission in role.permissions for role in roles)


LOCAL_USER = "the local user"
"""The name of the caller that has the rights of the platform's own user on this machine."""
ANYBODY = Caller("anybody", (Role.ADMINISTRATOR,))
"""Every caller of a platform that does not authenticate callers."""
