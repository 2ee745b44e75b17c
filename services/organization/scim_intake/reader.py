"""Queries on received users and groups."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import apsw
import msgspec

from services.organization.scim.filter import And, Comparison, Condition, Operator, ValueFilter
from services.organization.scim.matching import comparisons, matches
from services.organization.scim.messages import TOO_MUCH_TO_SEARCH
from services.organization.scim.refusal import ScimRefusedError
from services.organization.scim.resources import ResourceKind
from services.organization.scim.schema import RESOURCE_TYPES
from services.organization.scim.values import MEMBERS, Content
from services.organization.scim_intake.tables import COLUMNS, GroupMembers, Row
from services.organization.scim_intake.writer import indexed_name, no_such_resource

MOST_COMPARED = 1_000_000
"""Maximum number of comparisons in one search, including comparisons of group members."""
MOST_BYTES = 16 * 1024 * 1024
"""Approximate maximum size of an answer: a group may have very many members."""
_INDEXED: Mapping[ResourceKind, Mapping[str, str]] = {
    ResourceKind.USER: {"id": "id", "externalid": "external_id", "username": "name"},
    ResourceKind.GROUP: {"id": "id", "externalid": "external_id", "displayname": "name"},
}
"""The columns of indexed attributes, by attribute name in lower case."""


class Search(NamedTuple):
    """A search for resources, and the page of results to return."""

    kind: ResourceKind
    condition: Condition | None
    start: int
    """The position of the first result, from 1."""
    most: int
    without_members: bool


class SearchResult(NamedTuple):
    """A page of results, and the total number of results."""

    total: int
    resources: list[Content]


class ResourceReader:
    """Reads one file. All calls block."""

    def __init__(self, database: apsw.Connection) -> None:
        self._database = database

    @property
    def change_number(self) -> int:
        """The number of changes so far."""
        ((number,),) = self._database.execute("SELECT number FROM state")
        return int(number)

    def get(self, kind: ResourceKind, key: str, *, without_members: bool = False) -> Content:
        """A resource; raises `ScimRefusedError` if it does not exist."""
        found = self._rows("kind = ? AND id = ?", kind.value, key)
        row = next(found, None)
        if row is None:
            raise no_such_resource(kind, key)
        return self._resource(row, without_members=without_members)

    def search(self, search: Search) -> SearchResult:
        """A page of results in the order of ids; raises `ScimRefusedError` for too many comparisons."""
        if search.condition is None:
            return self._all(search)
        found: list[Content] = []
        total = size = 0
        for resource in self._matching(search.kind, search.condition):
            total += 1
            if total >= search.start and len(found) < search.most and size < MOST_BYTES:
                found.append(self.get(search.kind, resource["id"], without_members=search.without_members))
                size += _size(found[-1])
        return SearchResult(total, found)

    def page(self, kind: ResourceKind, after: str, most: int) -> list[tuple[str, bytes]]:
        """The ids and contents of up to `most` resources after an id, in the order of ids; fewer if they are large."""
        page: list[tuple[str, bytes]] = []
        size = 0
        for row in self._rows("kind = ? AND id > ? ORDER BY id LIMIT ?", kind.value, after, most):
            resource = self._resource(row, without_members=False)
            if row.inactive_since is not None:
                resource["meta"]["lastModified"] = row.inactive_since  # the time at which the person left
            page.append((row.id, msgspec.json.encode(resource)))
            size += len(page[-1][1])
            if size > MOST_BYTES:
                break
        return page

    def _all(self, search: Search) -> SearchResult:
        kind = search.kind.value
        ((total,),) = self._database.execute("SELECT count(*) FROM resource WHERE kind = ?", (kind,))
        found: list[Content] = []
        size = 0
        rows = self._rows("kind = ? ORDER BY id LIMIT ? OFFSET ?", kind, search.most, search.start - 1)
        for row in rows:
            found.append(self._resource(row, without_members=search.without_members))
            size += _size(found[-1])
            if size > MOST_BYTES:
                break
        return SearchResult(total, found)

    def _matching(self, kind: ResourceKind, condition: Condition) -> Iterator[Content]:
        resource_type = RESOURCE_TYPES[kind]
        compared = list(comparisons(condition))
        has_members = kind is ResourceKind.GROUP and any(each.path.name.lower() == MEMBERS for each in compared)
        left = MOST_COMPARED
        where, parameters = _narrowed(kind, condition)
        for row in self._rows(f"kind = ? {where} ORDER BY id", kind.value, *parameters):
            left -= len(compared) * (1 + (GroupMembers(self._database, row.id).count() if has_members else 0))
            if left < 0:
                raise ScimRefusedError(TOO_MUCH_TO_SEARCH, most=f"{MOST_COMPARED:,}", scim_type="tooMany")
            resource = self._resource(row, without_members=not has_members)
            if matches(condition, resource_type, resource):
                yield resource

    def _resource(self, row: Row, *, without_members: bool) -> Content:
        content: Content = msgspec.json.decode(row.content)
        if row.kind == ResourceKind.GROUP.value and not without_members:
            members = GroupMembers(self._database, row.id).all()
            if members:
                content[MEMBERS] = members
        resource_type = RESOURCE_TYPES[ResourceKind(row.kind)]
        content["id"] = row.id
        content["schemas"] = [
            resource_type.schema.id,
            *(each.id for each in resource_type.extensions if each.id in content),
        ]
        content["meta"] = {
            "resourceType": resource_type.name,
            "created": row.created,
            "lastModified": row.modified,
            "version": f'W/"{row.version}"',
        }
        return content

    def _rows(self, where: str, *parameters: Any) -> Iterator[Row]:
        query = f"SELECT {COLUMNS} FROM resource WHERE {where}"
        cursor = self._database.execute(query, parameters)
        return (Row(*each) for each in cursor)


def _narrowed(kind: ResourceKind, condition: Condition) -> tuple[str, tuple[str, ...]]:
    """The part of a condition that an index can evaluate, in SQL with parameters; the rest is compared in Python."""
    parts = condition.conditions if isinstance(condition, And) else (condition,)
    for each in parts:
        match each:
            case Comparison(path=path, operator=Operator.EQ, value=str(value)) if not path.sub:
                column = _INDEXED[kind].get(path.name.lower())
                if column is not None and path.urn.lower() in ("", RESOURCE_TYPES[kind].schema.id.lower()):
                    return f"AND {column} = ?", (indexed_name(value) if column == "name" else value,)
    return _by_member(parts)


def _by_member(parts: tuple[Condition, ...]) -> tuple[str, tuple[str, ...]]:
    """The part of a condition that the index of members can evaluate: groups with a given member."""
    for each in parts:
        inner = each.condition if isinstance(each, ValueFilter) and each.path.name.lower() == MEMBERS else each
        match inner:
            case Comparison(path=path, operator=Operator.EQ, value=str(value)):
                is_member = inner is not each and path.name.lower() == "value"
                if is_member or (path.name.lower() == MEMBERS and path.sub.lower() in ("", "value")):
                    return "AND id IN (SELECT group_id FROM member WHERE value = ?)", (value,)
    return "", ()


def _size(resource: Content) -> int:
    """The approximate size of a resource in JSON, in bytes."""
    return 1_000 + 100 * len(resource.get(MEMBERS, ()))
