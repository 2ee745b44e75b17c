"""What a batch does to the tables. Everything here blocks, and runs inside one transaction on the writer's thread."""

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Any

import apsw
import msgspec

from services.errors import InvalidParameterError
from services.metadata import messages
from services.metadata.changes import (
    Batch,
    Classify,
    Declassify,
    Outcome,
    Purge,
    Put,
    Rejection,
    Relate,
    Remove,
    Unrelate,
)
from services.metadata.element import MetadataSource
from services.metadata.sqlite import schema
from services.metadata.sqlite.guids import fresh_guids
from services.metadata.sqlite.inserts import Inserts
from services.metadata.types.registry import types_by_name

_encode = msgspec.json.Encoder().encode
TEXTS_AT_ONCE = 20_000
PURGED_AT_ONCE = 1_000
OWN_SOURCE = 0
"""The id that stands for the metadata server's own elements, which have no source."""


class Writer:
    """Applies batches on one connection, which is its own."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.guids = fresh_guids()
        self.numbers = itertools.count(self._last(schema.LAST_CHANGE) + 1)
        """Of changes; a transaction that fails leaves a gap."""
        self.ids = itertools.count(self._last(schema.LAST_ID) + 1)
        """Of elements."""

    def index_text(self) -> int:
        """Bring the text index up to date, some elements at a time; how many changes are left is not known, so this
        is to be called again until it returns 0."""
        row = self._row(schema.TO_INDEX, (TEXTS_AT_ONCE,))
        if row is None or row[0] is None:
            return 0
        self.connection.execute(schema.INDEX_TEXT, (row[0],))
        indexed = self.connection.changes()
        self.connection.execute(schema.TEXT_INDEXED, (row[0],))
        return indexed

    def register(self, source: MetadataSource, user: str) -> str:
        """The GUID of a metadata source, which is created if it is not there."""
        found = self._row(schema.SOURCE, (source.qualified_name,))
        if found is not None:
            return str(found[1])
        named = self._row(schema.BY_NAME, (source.qualified_name,))
        if named is not None:
            row = self._row("SELECT guid FROM elements WHERE id = ?", (named[0],))
            guid = str(row[0]) if row else ""
        else:
            guid = next(self.guids)
            now = _now()
            properties = {"qualifiedName": source.qualified_name, "displayName": source.display_name}
            name = source.qualified_name
            self.connection.execute(
                schema.ADD_ELEMENT.format(rows=f"({', '.join('?' * schema.ELEMENT_COLUMNS)})"),
                (
                    next(self.ids),
                    guid,
                    source.type_name,
                    name,
                    OWN_SOURCE,
                    name,
                    "",
                    user,
                    now,
                    now,
                    None,
                    _json(properties),
                    next(self.numbers),
                ),
            )
        self.connection.execute(schema.ADD_SOURCE, (source.qualified_name, guid))
        return guid

    def apply(self, batch: Batch) -> Outcome:
        """Apply a batch; a change that cannot be made is rejected by itself."""
        return _BatchWork(self, batch, self._source_id(batch.metadata_source, batch.user)).apply()

    def _last(self, sql: str) -> int:
        row = self._row(sql, ())
        return int(row[0]) if row is not None else 0

    def _source_id(self, name: str, user: str) -> int:
        if not name:
            return OWN_SOURCE
        row = self._row(schema.SOURCE, (name,))
        if row is None:
            self.register(MetadataSource(name), user)
            row = self._row(schema.SOURCE, (name,))
        assert row is not None
        return int(row[0])

    def _row(self, sql: str, parameters: tuple[Any, ...]) -> tuple[Any, ...] | None:
        return next(iter(self.connection.execute(sql, parameters)), None)


class _BatchWork:
    """One batch being applied.

    Elements that are put are looked up together and inserted together; what else there is goes one by one.
    """

    def __init__(self, writer: Writer, batch: Batch, source: int) -> None:
        self.outcome = Outcome()
        self._connection = writer.connection
        self._guids, self._numbers, self._ids = writer.guids, writer.numbers, writer.ids
        self._batch = batch
        self._source = source
        self._now = _now()
        self._elements = Inserts(self._connection, schema.ADD_ELEMENT, schema.ELEMENT_COLUMNS)
        self._relationships = Inserts(self._connection, schema.ADD_RELATIONSHIP, schema.RELATIONSHIP_COLUMNS)
        self._fresh: set[int] = set()
        """Ids of elements that wait to be inserted."""
        self._ends: dict[str, int] = {}
        """Ids by qualified name, of elements that links of this batch lead to."""
        self._to_link: list[tuple[Put, int, bool]] = []
        """What was put, its id, and whether it is new; linked last, since links may lead ahead in the batch."""

    def apply(self) -> Outcome:
        """Apply the whole batch, in order."""
        for are_puts, changes in itertools.groupby(self._batch.changes, key=lambda change: isinstance(change, Put)):
            if are_puts:
                self._put_all([change for change in changes if isinstance(change, Put)])
            else:
                self._flush()
                for change in changes:
                    self._apply(change)
        self._flush()
        self._link_all()
        return self.outcome

    def _apply(self, change: object) -> None:
        if isinstance(change, Remove):
            self._remove(change)
        elif isinstance(change, Relate):
            self._relate(change)
        elif isinstance(change, Unrelate):
            self._unrelate(change)
        elif isinstance(change, Classify):
            self._classify(change.qualified_name, {change.classification: change.properties}, None)
        elif isinstance(change, Declassify):
            self._classify(change.qualified_name, {}, change.classification)
        elif isinstance(change, Purge):
            self._purge(change)

    def _flush(self) -> None:
        self._elements.flush()
        self._fresh.clear()

    def _put_all(self, puts: Sequence[Put]) -> None:
        places = _json([put.place for put in puts])
        names = _json([put.qualified_name for put in puts])
        stored = {row[0]: row[1:] for row in self._connection.execute(schema.AT_PLACES, (places, self._source))}
        named = {row[0]: row[1:] for row in self._connection.execute(schema.BY_NAMES, (names,))}
        for put in puts:
            self._put(put, stored, named)

    def _put(self, put: Put, stored: dict[Any, Any], named: dict[Any, Any]) -> None:
        """Put one element; what is at places and has names is kept up to date for those that follow."""
        before = stored.get(put.place)
        if before is not None and before[2] == put.fingerprint and before[1] == put.type_name:
            self.outcome.unchanged += 1
            return
        if not self._may_put(put, named.get(put.qualified_name), None if before is None else before[0]):
            return
        if before is not None:
            if before[0] in self._fresh:
                self._flush()
            named.pop(before[3], None)
            if before[1] != put.type_name:
                self._archive(before[0], "retyped")
                before = None
        if before is None:
            element = self._add(put)
        else:
            element = int(before[0])
            self._change(put, element)
        stored[put.place] = (element, put.type_name, put.fingerprint, put.qualified_name)
        named[put.qualified_name] = (element, self._source, put.place, self._batch.metadata_source)
        self._ends[put.qualified_name] = element
        if put.links or before is not None:
            self._to_link.append((put, element, before is None))

    def _may_put(self, put: Put, named: tuple[Any, ...] | None, element: int | None) -> bool:
        if put.type_name not in types_by_name():
            self._reject(put.qualified_name, str(InvalidParameterError(messages.UNKNOWN_TYPE, type_name=put.type_name)))
            return False
        if named is not None and named[0] != element:
            owner = named[3] or "the metadata server"
            place = "" if owner == self._batch.metadata_source and named[2] == put.place else f" at {named[2]!r}"
            self._reject(
                put.qualified_name,
                str(InvalidParameterError(messages.NAME_TAKEN, name=put.qualified_name, owner=owner + place)),
            )
            return False
        return True

    def _add(self, put: Put) -> int:
        guid, element = next(self._guids), next(self._ids)
        self._elements.add(
            element,
            guid,
            put.type_name,
            put.qualified_name,
            self._source,
            put.place,
            put.fingerprint,
            self._batch.user,
            self._now,
            self._now,
            _json(put.classifications) if put.classifications else None,
            bytes(put.properties).decode(),
            next(self._numbers),
        )
        self._fresh.add(element)
        self.outcome.created += 1
        self.outcome.guids[put.qualified_name] = guid
        return element

    def _change(self, put: Put, element: int) -> None:
        row = self._row(
            schema.CHANGE_ELEMENT,
            (
                put.qualified_name,
                put.fingerprint,
                _json(put.classifications) if put.classifications else None,
                bytes(put.properties).decode(),
                self._batch.user,
                self._now,
                next(self._numbers),
                element,
            ),
        )
        self.outcome.updated += 1
        self.outcome.guids[put.qualified_name] = str(row[0]) if row else ""

    def _link_all(self) -> None:
        """Make the relationships that the elements of this batch state."""
        wanted = {link.qualified_name for put, _, _ in self._to_link for link in put.links} - self._ends.keys()
        found: list[Any] = self._connection.execute(schema.BY_NAMES, (_json(sorted(wanted)),)).fetchall()
        self._ends.update((row[0], row[1]) for row in found)
        for put, element, fresh in self._to_link:
            self._link(put, element, fresh=fresh)
        self._relationships.flush()

    def _link(self, put: Put, element: int, *, fresh: bool) -> None:
        before = {} if fresh else {row[1:]: row[0] for row in self._connection.execute(schema.STATED_LINKS, (element,))}
        for link in put.links:
            other = self._ends.get(link.qualified_name)
            if other is None:
                self._reject_end(put.qualified_name, link.type_name, link.qualified_name)
                continue
            ends = (other, element) if link.at_end1 else (element, other)
            before.pop((link.type_name, *ends), None)
            self._add_relationship(link.type_name, *ends, element, link.properties)
        for relationship in before.values():
            self._connection.execute(schema.DELETE_RELATIONSHIP, (relationship,))

    def _add_relationship(
        self, type_name: str, end1: int, end2: int, stated_by: int | None, properties: Mapping[str, Any]
    ) -> None:
        self._relationships.add(
            next(self._guids), type_name, end1, end2, stated_by, _json(properties) if properties else None
        )

    def _remove(self, remove: Remove) -> None:
        stored = self._row(schema.AT_PLACE, (self._source, remove.place))
        if stored is None:
            return
        self._ends.pop(stored[3], None)
        if remove.delete:
            self._delete(stored[0])
        else:
            self._archive(stored[0], remove.archive_process)
        self.outcome.removed += 1

    def _archive(self, element: int, process: str) -> None:
        memento = {"archiveDate": iso_time(self._now), "archiveProcess": process}
        self._connection.execute(
            schema.ARCHIVE_ELEMENT, (self._batch.user, self._now, next(self._numbers), _json(memento), element)
        )

    def _delete(self, element: int) -> None:
        self._connection.execute(schema.NOTE_DELETION, (next(self._numbers), self._now, element))
        self._connection.execute(schema.FORGET_TEXT, (element,))
        self._connection.execute(schema.DELETE_ELEMENT, (element,))

    def _purge(self, purge: Purge) -> None:
        before = int(purge.archived_before.timestamp() * 1000)
        bounds = (self._source, before, purge.scope, purge.scope + "\U0010ffff", PURGED_AT_ONCE)
        archived: list[Any] = self._connection.execute(schema.TO_PURGE, bounds).fetchall()
        for (element,) in archived:
            self._delete(element)
            self.outcome.purged += 1

    def _relate(self, relate: Relate) -> None:
        end1, end2 = self._end(relate.end1), self._end(relate.end2)
        if end1 is None or end2 is None:
            self._reject_end(relate.end1, relate.type_name, relate.end1 if end1 is None else relate.end2)
            return
        self._add_relationship(relate.type_name, end1, end2, None, relate.properties)
        self._relationships.flush()
        self._touch(end1, end2)
        self.outcome.updated += 1

    def _unrelate(self, unrelate: Unrelate) -> None:
        end1, end2 = self._end(unrelate.end1), self._end(unrelate.end2)
        if end1 is not None and end2 is not None:
            self._connection.execute(schema.DELETE_BETWEEN, (end1, end2, unrelate.type_name))
            self.outcome.removed += self._connection.changes()
            self._touch(end1, end2)

    def _touch(self, *elements: int) -> None:
        """Let followers know that relationships of these elements are not as they were."""
        for element in elements:
            self._connection.execute(schema.TOUCH_ELEMENT, (next(self._numbers), element))

    def _classify(self, name: str, added: Mapping[str, Any], taken_off: str | None) -> None:
        element = self._end(name)
        if element is None:
            text = str(InvalidParameterError(messages.ELEMENT_NOT_FOUND, kind="qualified name", value=name))
            self._reject(name, text)
            return
        row = self._row(schema.CLASSIFICATIONS, (element,))
        before: dict[str, Any] = msgspec.json.decode(row[0]) if row and row[0] else {}
        after = {key: value for key, value in {**before, **added}.items() if key != taken_off}
        if after == before:
            self.outcome.unchanged += 1
            return
        self._connection.execute(
            schema.SET_CLASSIFICATIONS,
            (_json(after) if after else None, self._batch.user, self._now, next(self._numbers), element),
        )
        self.outcome.updated += 1

    def _end(self, qualified_name: str) -> int | None:
        element = self._ends.get(qualified_name)
        if element is None:
            row = self._row(schema.BY_NAME, (qualified_name,))
            if row is None:
                return None
            element = self._ends[qualified_name] = int(row[0])
        return element

    def _reject_end(self, subject: str, type_name: str, name: str) -> None:
        text = str(InvalidParameterError(messages.OTHER_END_NOT_FOUND, type_name=type_name, name=name))
        self._reject(subject, text)

    def _reject(self, subject: str, text: str) -> None:
        self.outcome.rejected = [*self.outcome.rejected, Rejection(subject, text)]

    def _row(self, sql: str, parameters: tuple[Any, ...]) -> tuple[Any, ...] | None:
        return next(iter(self._connection.execute(sql, parameters)), None)


def iso_time(milliseconds: int) -> str:
    """A time as properties hold it: ISO 8601, UTC, to the millisecond."""
    seconds, rest = divmod(milliseconds, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:03}+00:00"


def _json(value: object) -> str:
    return _encode(value).decode()


def _now() -> int:
    return time.time_ns() // 1_000_000
