"""The security connector of Coco Pharmaceuticals, the sample organisation of Egeria: users, groups and zones.

The rules are those of the sample's Java class; who is in which group and zone stands in a document.
"""

import time
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import ClassVar

import msgspec

from services.errors import ConnectorConfigurationError, InvalidParameterError
from services.file_version import LOOK_AGAIN, versions_of
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
    """The document: who is in which group, and who has access to which zone."""

    users: frozenset[str]
    """Everybody who may use the server."""
    automated: frozenset[str] = frozenset()
    """Accounts of programs: they alone change the data lake, and delete."""
    administrators: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    investigators: frozenset[str] = frozenset()
    """They read the audit log and the configuration of connectors."""
    external: frozenset[str] = frozenset()
    """Users who see what is in the zones for them, and nothing else."""
    zones_for_external: frozenset[str] = frozenset()
    zones: dict[str, frozenset[str]] = {}
    """The users with access to each zone."""
    default_zones: frozenset[str] = frozenset({_QUARANTINE})
    """Of an element that is in no zone."""
    connectors: dict[str, frozenset[str]] = {}
    """The users who may see and operate an integration connector, by its name; those that are not named: all."""


class CocoPharmaceuticalsSecurity(ServerSecurityConnector):
    """Decides on the server by groups, on connectors by name, and on elements by their zones."""

    class_names: ClassVar[tuple[str, ...]] = (
        f"{_SAMPLES}.CocoPharmaServerSecurityProvider",
        f"{_SAMPLES}.CocoPharmaServerSecurityConnector",
    )

    def __init__(self, context: SecurityContext) -> None:
        super().__init__(context)
        self._who = UsersAndZones(users=frozenset())
        self._followed: Path | None = None
        """The document, if it is not the sample's."""
        self._version: object = None
        self._next_look = 0.0

    def open(self) -> None:
        """Read the document at the address of the connection's endpoint, or else the sample's own."""
        endpoint = self.context.connection.endpoint
        if endpoint is not None and endpoint.address:
            self._followed = Path(endpoint.address)
            self._look_again(self._followed)
            return
        with as_file(files(__package__).joinpath("coco_pharmaceuticals.yaml")) as sample:
            self._who = self._read(sample)

    def _look_again(self, path: Path) -> None:
        """Read the document if it has changed. One that cannot be read raises with each look, so that all is refused:
        it may have been changed to refuse somebody."""
        version = versions_of([path])
        if version != self._version:
            self._who = self._read(path)
            self._version = version
        self._next_look = time.monotonic() + LOOK_AGAIN

    def _known(self) -> UsersAndZones:
        """Who is who, as the document has it now or had it a moment ago."""
        if self._followed is not None and time.monotonic() >= self._next_look:
            self._look_again(self._followed)
        return self._who

    def _read(self, path: Path) -> UsersAndZones:
        try:
            return msgspec.convert(self.context.read_document(path), UsersAndZones)
        except msgspec.ValidationError as error:
            raise ConnectorConfigurationError(USERS_NOT_USABLE, path=path, problem=error) from None

    def allows_server(self, user: str, action: SecuredAction) -> bool:
        """A known user, who is in the group for what is asked."""
        who = self._known()
        groups = {
            SecuredAction.ADMINISTER: who.administrators,
            SecuredAction.OPERATE: who.operators,
            SecuredAction.SYNCHRONIZE_METADATA: who.automated,
        }
        return user in who.users and user in groups.get(action, who.users)

    def allowed_connectors(self, user: str, action: SecuredAction, connectors: Sequence[str]) -> Sequence[bool]:
        """Those that name the user, and those that name nobody."""
        named = self._known().connectors
        return [user in named.get(each, (user,)) for each in connectors]

    def readable_elements(self, user: str, elements: Sequence[ElementRecord]) -> Sequence[bool]:
        """Those in a zone to which the user has access."""
        self._known()
        return [self._has_access(user, each, changes=False) for each in elements]

    def allowed_changes(self, user: str, changes: Sequence[RequestedChange]) -> Sequence[bool]:
        """Those of elements in a zone to which the user has access, before the change and after it."""
        self._known()
        return [self._may_change(user, each) for each in changes]

    def _may_change(self, user: str, requested: RequestedChange) -> bool:
        """One change. Who takes an element out of quarantine names its owner, and is not who has made it."""
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
        if _QUARANTINE in self._zones_of(before) and _QUARANTINE not in (_zones(after) or self._who.default_zones):
            is_another = before.created_by != user or user in self._who.automated
            return is_another and _owner(after) is not None
        return True

    def _has_access(self, user: str, element: ElementRecord, *, changes: bool) -> bool:
        classifications = element.classifications
        if not _is_governed(element.type_name, classifications):
            return True
        return self._zones_allow(user, _zones(classifications), _owner(classifications), changes=changes)

    def _zones_of(self, element: ElementRecord) -> frozenset[str]:
        return _zones(element.classifications) or self._who.default_zones

    def _zones_allow(self, user: str, zones: frozenset[str], owner: str | None, *, changes: bool) -> bool:
        zones = zones or self._who.default_zones
        if user in self._who.external:
            zones &= self._who.zones_for_external
        if _QUARANTINE in zones:
            zones = frozenset({_QUARANTINE})
        return any(self._zone_allows(user, zone, owner, changes) for zone in zones)

    def _zone_allows(self, user: str, zone: str, owner: str | None, changes: bool) -> bool:
        if zone == _PERSONAL:
            return user == owner
        if zone == _DATA_LAKE and changes:
            return user in self._who.automated
        return user in self._who.zones.get(zone, ())


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
    """True for what zones are about: assets, and whatever is in a zone."""
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
