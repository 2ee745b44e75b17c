"""Changes of received users and groups. Each change is one transaction, which is on disk when the call returns."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import apsw
import msgspec

from services.organization.scim.messages import NAME_TAKEN, NO_SUCH_RESOURCE, VERSION_CHANGED
from services.organization.scim.patch import Operation, patched
from services.organization.scim.refusal import ScimRefusedError
from services.organization.scim.resources import ResourceKind
from services.organization.scim.schema import RESOURCE_TYPES
from services.organization.scim.values import LONGEST_SHOWN, MEMBERS, Content, refused
from services.organization.scim_intake.tables import COLUMNS, GroupMembers, Row
from services.sqlite_transaction import transaction

LONGEST_NAME = 1_000
"""Maximum number of characters in a userName, displayName or externalId."""
_NAMES = {ResourceKind.USER: "userName", ResourceKind.GROUP: "displayName"}


class ResourceWriter:
    """Changes one file. All calls block, and are made by one thread at a time."""

    def __init__(self, database: apsw.Connection) -> None:
        self._database = database

    def create(self, kind: ResourceKind, content: Content) -> str:
        """Create a resource; returns its id. Raises `ScimRefusedError` if its name is taken."""
        key, now = str(uuid4()), _now()
        content = dict(content)
        sent = content.pop(MEMBERS, [])
        with transaction(self._database):
            self._require_free(kind, content, "")
            self._database.execute(
                "INSERT INTO resource VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?)",
                (key, kind.value, *_indexed(kind, content), now, now, _inactive(content, now), _encoded(content)),
            )
            self._members_of(key).add(_require_ids(sent))
            self._count_change()
        return key

    def replace(self, kind: ResourceKind, key: str, content: Content, version: int | None) -> None:
        """Replace a resource; raises `ScimRefusedError` if it does not exist, or has another version."""
        content = dict(content)
        sent = _require_ids(content.pop(MEMBERS, []))
        with transaction(self._database):
            row = self._row(kind, key, version)
            members = self._members_of(key)
            if kind is ResourceKind.GROUP and not _is_same(members, sent):
                members.clear()
                members.add(sent)
            self._update(kind, row, content, has_changed=members.has_changed)

    def patch(self, kind: ResourceKind, key: str, operations: Sequence[Operation], version: int | None) -> None:
        """Carry out all operations, or none; raises `ScimRefusedError` for an operation that cannot be carried out."""
        with transaction(self._database):
            row = self._row(kind, key, version)
            members = self._members_of(key)
            content = patched(RESOURCE_TYPES[kind], msgspec.json.decode(row.content), members, operations)
            self._update(kind, row, content, has_changed=members.has_changed)

    def delete(self, kind: ResourceKind, key: str, version: int | None) -> None:
        """Delete a resource, and its memberships."""
        with transaction(self._database):
            self._row(kind, key, version)
            self._database.execute("DELETE FROM resource WHERE id = ?", (key,))
            self._database.execute("DELETE FROM member WHERE group_id = ? OR value = ?", (key, key))
            self._count_change()

    def _update(self, kind: ResourceKind, row: Row, content: Content, *, has_changed: bool) -> None:
        encoded = _encoded(content)
        if encoded == row.content and not has_changed:
            return
        self._require_free(kind, content, row.id)
        now = _now()
        inactive = _inactive(content, now) and (row.inactive_since or now)
        self._database.execute(
            "UPDATE resource SET name = ?, external_id = ?, version = version + 1, modified = ?, inactive_since = ?,"
            " content = ? WHERE id = ?",
            (*_indexed(kind, content), now, inactive, encoded, row.id),
        )
        self._count_change()

    def _row(self, kind: ResourceKind, key: str, version: int | None) -> Row:
        query = f"SELECT {COLUMNS} FROM resource WHERE id = ? AND kind = ?"
        found = list(self._database.execute(query, (key, kind.value)))
        if not found:
            raise no_such_resource(kind, key)
        row = Row(*found[0])
        if version is not None and version != row.version:
            raise ScimRefusedError(VERSION_CHANGED, id=key, version=version)
        return row

    def _require_free(self, kind: ResourceKind, content: Content, own: str) -> None:
        """Raise `ScimRefusedError` if another user has the same name. Names of groups need not be unique."""
        name, _ = _indexed(kind, content)
        if kind is not ResourceKind.USER:
            return
        taken = self._database.execute(
            "SELECT 1 FROM resource WHERE kind = ? AND name = ? AND id <> ? LIMIT 1", (kind.value, name, own)
        )
        if next(taken, None) is not None:
            shown = content[_NAMES[kind]][:LONGEST_SHOWN]
            raise ScimRefusedError(NAME_TAKEN, name=shown, scim_type="uniqueness")

    def _members_of(self, key: str) -> GroupMembers:
        return GroupMembers(self._database, key)

    def _count_change(self) -> None:
        self._database.execute("UPDATE state SET number = number + 1")


def no_such_resource(kind: ResourceKind, key: str) -> ScimRefusedError:
    """The error for an unknown id."""
    return ScimRefusedError(NO_SUCH_RESOURCE, id=repr(key[:LONGEST_SHOWN]), kind=kind.value)


def indexed_name(text: str) -> str:
    """A userName or displayName in the form for comparisons."""
    return text.casefold()


def _indexed(kind: ResourceKind, content: Content) -> tuple[str, str | None]:
    """The indexed texts of a resource: its name and its externalId."""
    name, external_id = content[_NAMES[kind]], content.get("externalId")
    for attribute, text in ((_NAMES[kind], name), ("externalId", external_id or "")):
        if len(text) > LONGEST_NAME:
            raise refused(attribute, f"it has more than {LONGEST_NAME:,} characters")
    return indexed_name(name), external_id


def _require_ids(members: Sequence[Content]) -> list[Content]:
    if any("value" not in each for each in members):
        raise refused(MEMBERS, "a member has no value, which is its id")
    return list(members)


def _is_same(members: GroupMembers, sent: Sequence[Content]) -> bool:
    return {each["value"]: each.get("display") for each in members.each()} == {
        each["value"]: each.get("display") for each in sent
    }


def _inactive(content: Content, now: str) -> str | None:
    return now if content.get("active") is False else None


def _encoded(content: Content) -> bytes:
    return msgspec.json.encode(content, order="deterministic")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
