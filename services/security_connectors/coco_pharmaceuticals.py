"""The security connector of Coco Pharmaceuticals, the sample organisation of Egeria: users, groups and zones.

The rules are those of the sample's Java class; a document lists the members of groups and zones.
"""

import time
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import ClassVar

import msgspec

from services.errors import ConnectorConfigurationError, InvalidParameterError
from services.file_version import POLL_INTERVAL, versions_of
from services.framework.server_security import (
    RequestedChange,
    SecuredAction,
    SecurityContext,
    ServerSecurityConnector,
)
from services.metadata.changes import Classify, Declassify, Put
from services.metadata.element import ElementRecord
from services.metadata.types.registry import supertypes_of
from services.security_connectors.messages import USERS_NOT_USABLE

_PERSONAL, _QUARANTINE, _DATA_LAKE = "personal-files", "quarantine", "data-lake"
_SAMPLES = "org.odpi.openmetadata.metadatasecurity.samples"
_ZONES = "ZoneMembership"


class UsersAndZones(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The document that lists the members of groups, and the users with access to each zone."""

    users: frozenset[str]
    """All users who may use the server."""
    automated: frozenset[str] = frozenset()
    """Accounts of programs: only they may change elements in the data lake, and synchronize metadata."""
    administrators: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    investigators: frozenset[str] = frozenset()
    """Users who may read the audit log in the sample. Not used: here, all users may."""
    external: frozenset[str] = frozenset()
    """Users with access only to elements in `zones_for_external`."""
    zones_for_external: frozenset[str] = frozenset()
    zones: dict[str, frozenset[str]] = {}
    """The users with access to each zone."""
    default_zones: frozenset[str] = frozenset({_QUARANTINE})
    """Zones of an element that names none."""
    connectors: dict[str, frozenset[str]] = {}
    """The users who may see and operate an integration connector, by its name; a connector that is not listed: all."""


class CocoPharmaceuticalsSecurity(ServerSecurityConnector):
    """Decides on the server by groups, on connectors by name, and on elements by their zones."""

    class_names: ClassVar[tuple[str, ...]] = (
        f"{_SAMPLES}.CocoPharmaServerSecurityProvider",
        f"{_SAMPLES}.CocoPharmaServerSecurityConnector",
    )

    def __init__(self, context: SecurityContext) -> None:
        super().__init__(context)
        self._members = UsersAndZones(users=frozenset())
        self._watched: Path | None = None
        """The path of the document, if it is not the sample's own."""
        self._version: object = None
        self._next_check = 0.0

    def open(self) -> None:
        """Read the document at the address of the connection's endpoint, or else the sample's own."""
        endpoint = self.context.connection.endpoint
        if endpoint is not None and endpoint.address:
            self._watched = Path(endpoint.address)
            self._reload(self._watched)
            return
        with as_file(files(__package__).joinpath("coco_pharmaceuticals.yaml")) as sample:
            self._members = self._read(sample)

    def _reload(self, path: Path) -> None:
        """Read the document if it has changed.

        An unreadable document raises at each check, so that all users are refused: the change may have removed a user.
        """
        version = versions_of([path])
        if version != self._version:
            self._members = self._read(path)
            self._version = version
        self._next_check = time.monotonic() + POLL_INTERVAL

    def _current(self) -> UsersAndZones:
        """The content of the document, which is checked for changes every `POLL_INTERVAL` seconds."""
        if self._watched is not None and time.monotonic() >= self._next_check:
            self._reload(self._watched)
        return self._members

    def _read(self, path: Path) -> UsersAndZones:
        try:
            return msgspec.convert(self.context.read_document(path), UsersAndZones)
        except msgspec.ValidationError as error:
            raise ConnectorConfigurationError(USERS_NOT_USABLE, path=path, problem=error) from None

    def allows_server(self, user: str, action: SecuredAction) -> bool:
        """True for a listed user who is in the group for the action."""
        members = self._current()
        groups = {
            SecuredAction.ADMINISTER: members.administrators,
            SecuredAction.OPERATE: members.operators,
            SecuredAction.SYNCHRONIZE_METADATA: members.automated,
        }
        return user in members.users and user in groups.get(action, members.users)

    def allowed_connectors(self, user: str, action: SecuredAction, connectors: Sequence[str]) -> Sequence[bool]:
        """True for connectors that list the user, and for connectors that are not listed."""
        listed = self._current().connectors
        return [user in listed.get(each, (user,)) for each in connectors]

    def readable_elements(self, user: str, elements: Sequence[ElementRecord]) -> Sequence[bool]:
        """True for elements in a zone to which the user has access."""
        self._current()
        return [self._has_access(user, each, changes=False) for each in elements]

    def allowed_changes(self, user: str, changes: Sequence[RequestedChange]) -> Sequence[bool]:
        """True for changes of elements in a zone to which the user has access before and after the change."""
        self._current()
        return [self._may_change(user, each) for each in changes]

    def _may_change(self, user: str, requested: RequestedChange) -> bool:
        """True if a user may make a change.

        An element may be taken out of quarantine only if it has an owner, and only by a program, or by a user who did
        not create it.
        """
        change = requested.change
        if not all(self._has_access(user, each, changes=True) for each in requested.elements):
            return False
        if not isinstance(change, Put | Classify | Declassify):
            return True
        after = _classifications_after(change, requested.elements)
        before = next((each for each in requested.elements if each.qualified_name == change.qualified_name), None)
        if before is None:
            return not _is_governed(getattr(change, "type_name", None), after) or self._zones_allow(
                user, _zones(after), _owner(after), changes=True
            )
        if _QUARANTINE in self._zones_of(before) and _QUARANTINE not in (_zones(after) or self._members.default_zones):
            is_other_user = before.created_by != user or user in self._members.automated
            return is_other_user and _owner(after) is not None
        return True

    def _has_access(self, user: str, element: ElementRecord, *, changes: bool) -> bool:
        classifications = element.classifications
        if not _is_governed(element.type_name, classifications):
            return True
        return self._zones_allow(user, _zones(classifications), _owner(classifications), changes=changes)

    def _zones_of(self, element: ElementRecord) -> frozenset[str]:
        return _zones(element.classifications) or self._members.default_zones

    def _zones_allow(self, user: str, zones: frozenset[str], owner: str | None, *, changes: bool) -> bool:
        zones = zones or self._members.default_zones
        if user in self._members.external:
            zones &= self._members.zones_for_external
        if _QUARANTINE in zones:
            zones = frozenset({_QUARANTINE})
        return any(self._zone_allows(user, zone, owner, changes) for zone in zones)

    def _zone_allows(self, user: str, zone: str, owner: str | None, changes: bool) -> bool:
        if zone == _PERSONAL:
            return user == owner
        if zone == _DATA_LAKE and changes:
            return user in self._members.automated
        return user in self._members.zones.get(zone, ())


def _classifications_after(
    change: Put | Classify | Declassify, elements: Sequence[ElementRecord]
) -> dict[str, dict[str, object]]:
    """The classifications that an element has after a change."""
    if isinstance(change, Put):
        return change.classifications
    found = next((each for each in elements if each.qualified_name == change.qualified_name), None)
    kept = dict(found.classifications) if found is not None else {}
    if isinstance(change, Classify):
        return {**kept, change.classification: change.properties}
    kept.pop(change.classification, None)
    return kept


def _is_governed(type_name: str | None, classifications: dict[str, dict[str, object]]) -> bool:
    """True if zones restrict access to an element: an asset, or an element that is in a zone."""
    if type_name is None or _ZONES in classifications:
        return True
    try:
        return "Asset" in (type_name, *supertypes_of(type_name))
    except InvalidParameterError:
        return True


def _zones(classifications: dict[str, dict[str, object]]) -> frozenset[str]:
    zones = classifications.get(_ZONES, {}).get("zoneMembership")
    return frozenset(each for each in zones if isinstance(each, str)) if isinstance(zones, list) else frozenset()


def _owner(classifications: dict[str, dict[str, object]]) -> str | None:
    owner = classifications.get("Ownership", {}).get("owner")
    return owner if isinstance(owner, str) and owner else None
