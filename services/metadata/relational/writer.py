"""Applies a batch to the tables. All functions block, and run in one transaction on the writer's thread."""

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from services.errors import InvalidParameterError
from services.metadata import messages
from services.metadata.changes import (
    Batch,
    Change,
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
from services.metadata.relational.batch_links import BatchLinks
from services.metadata.relational.classified import classified, with_given
from services.metadata.relational.guids import fresh_guids
from services.metadata.relational.tables import (
    OWN_SOURCE,
    ChangedElement,
    Named,
    NewElement,
    Stored,
    Tables,
)
from services.metadata.storable import refusal, require_source, subject_of

_encode = msgspec.json.Encoder().encode
PURGED_AT_ONCE = 1_000


class Writer:
    """Applies batches to one set of tables, and is the only one to change them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.guids = fresh_guids()
        self.numbers = itertools.count(tables.last_change() + 1)
        """Numbers of changes; a failed transaction leaves a gap."""
        self.ids = itertools.count(tables.last_id() + 1)
        """Ids of elements."""

    def register(self, source: MetadataSource, user: str) -> str:
        """The GUID of a metadata source, whose element is created if it does not exist."""
        require_source(source)
        name = source.qualified_name
        named = self.tables.by_names([name]).get(name)
        if named is not None:
            guid = self.tables.guid_of(named.id)
        else:
            guid = next(self.guids)
            self.tables.add_elements([self._source_element(source, guid, user)])
        found = self.tables.source(name)
        if found is None:
            self.tables.add_source(name, guid)
        elif found[1] != guid:
            self.tables.change_source(name, guid)
        return guid

    def _source_element(self, source: MetadataSource, guid: str, user: str) -> NewElement:
        now, name = _now(), source.qualified_name
        is_taken = name in self.tables.by_source_keys(OWN_SOURCE, [name])  # by an element of another name
        return NewElement(
            id=next(self.ids),
            guid=guid,
            type_name=source.type_name,
            qualified_name=name,
            source=OWN_SOURCE,
            source_key=guid if is_taken else name,
            fingerprint="",
            created_by=user,
            created_at=now,
            updated_at=now,
            classifications=None,
            properties=_json({"qualifiedName": name, "displayName": source.display_name}),
            changed=next(self.numbers),
        )

    def apply(self, batch: Batch) -> Outcome:
        """Apply a batch; a change that cannot be made is rejected alone."""
        return _BatchWork(self, batch, self._source_id(batch.metadata_source, batch.user)).apply()

    def _source_id(self, name: str, user: str) -> int:
        if not name:
            return OWN_SOURCE
        row = self.tables.source(name)
        if row is None:
            self.register(MetadataSource(name), user)
            row = self.tables.source(name)
        assert row is not None
        return row[0]


class _BatchWork:
    """One batch in progress.

    Elements that are put or removed are looked up and written together; other changes are made one by one.
    """

    def __init__(self, writer: Writer, batch: Batch, source: int) -> None:
        self.outcome = Outcome()
        self._tables = writer.tables
        self._guids, self._numbers, self._ids = writer.guids, writer.numbers, writer.ids
        self._batch = batch
        self._source = source
        self._now = _now()
        self._added: list[NewElement] = []
        self._changed: list[ChangedElement] = []
        self._links = BatchLinks(writer.tables, writer.guids, self.outcome)
        self._refused: set[str] = set()
        """Qualified names of puts that required a new element and were rejected."""

    def apply(self) -> Outcome:
        """Apply the whole batch, in order."""
        for kind, group in itertools.groupby(filter(self._can_keep, self._batch.changes), key=type):
            changes: list[Any] = list(group)
            if kind is Put:
                self._put_all(changes)
                continue
            self._flush()
            if kind is Remove:
                self._remove_all(changes)
                continue
            for change in changes:
                self._apply(change)
        self._flush()
        self._links.make_all()
        return self.outcome

    def _can_keep(self, change: Change) -> bool:
        """True if a change can be stored; otherwise, it is rejected."""
        error = refusal(change)
        if error is None and (self._tables.takes_nul or b"\\u0000" not in _encode(change)):
            return True
        name = subject_of(change).replace("\x00", "\\x00")
        if error is not None:
            self._reject(name, str(error))
        elif isinstance(change, Put | Relate | Classify):  # no other change can concern it
            problem = "it has the character NUL in it, which this store cannot keep"
            self._reject(name, str(InvalidParameterError(messages.TEXT_NOT_STORABLE, name=name, problem=problem)))
        return False

    def _apply(self, change: object) -> None:
        if isinstance(change, Relate):
            if self._refused.isdisjoint((change.end1, change.end2)):
                self._touch(self._links.relate(change))
        elif isinstance(change, Unrelate):
            self._touch(self._links.unrelate(change))
        elif isinstance(change, Classify):
            self._classify(change.qualified_name, {change.classification: change.properties}, None)
        elif isinstance(change, Declassify):
            self._classify(change.qualified_name, {}, change.classification)
        elif isinstance(change, Purge):
            self._purge(change)

    def _flush(self) -> None:
        if self._changed:  # first: changed elements may release names that new elements take
            given = self._tables.given([each.id for each in self._changed])
            changed = [with_given(each, given[each.id]) if each.id in given else each for each in self._changed]
            self._tables.change_elements(changed)
        if self._added:
            self._tables.add_elements(self._added)
        self._changed, self._added = [], []

    def _put_all(self, puts: Sequence[Put]) -> None:
        source_keys, names = [put.source_key for put in puts], [put.qualified_name for put in puts]
        if len(set(source_keys)) < len(puts) or len(set(names)) < len(
            puts
        ):  # later changes must see the results of earlier ones
            for put in puts:
                self._put_some([put], [put.source_key], [put.qualified_name])
                self._flush()
        else:
            self._put_some(puts, source_keys, names)

    def _put_some(self, puts: Sequence[Put], source_keys: Sequence[str], names: Sequence[str]) -> None:
        """Put elements that have different source keys and names."""
        stored = self._tables.by_source_keys(self._source, source_keys)
        named = self._tables.by_names(names)
        for put in puts:
            self._put(put, stored.get(put.source_key), named)

    def _put(self, put: Put, before: Stored | None, named: dict[str, Named]) -> None:
        """Put one element; if it is renamed, its old name becomes free."""
        if put.is_new and (before is not None or put.qualified_name in named):
            self._refused.add(put.qualified_name)
            known = named.get(put.qualified_name)
            owner = self._batch.metadata_source if known is None else known.source_name
            self._reject_name(put.qualified_name, owner or "the metadata server")
            return
        if before is not None and before.fingerprint == put.fingerprint and before.type_name == put.type_name:
            self.outcome.unchanged += 1
            return
        if not self._may_put(put, named.get(put.qualified_name), None if before is None else before.id):
            return
        if before is not None:
            named.pop(before.qualified_name, None)
            if before.type_name != put.type_name:
                self._flush()
                self._archive(before.id, "retyped")
                before = None
        guid, element = (next(self._guids), next(self._ids)) if before is None else (before.guid, before.id)
        if before is None:
            self._add(put, guid, element)
        else:
            self._change(put, element)
        self.outcome.guids[put.qualified_name] = guid
        self._links.state(put, element, is_new=before is None)

    def _may_put(self, put: Put, named: Named | None, element: int | None) -> bool:
        if named is not None and named.id != element:
            owner = named.source_name or "the metadata server"
            is_same_key = owner == self._batch.metadata_source and named.source_key == put.source_key
            where = "" if is_same_key else f" at {named.source_key!r}"
            self._reject_name(put.qualified_name, owner + where)
            return False
        return True

    def _reject_name(self, name: str, owner: str) -> None:
        self._reject(name, str(InvalidParameterError(messages.NAME_TAKEN, name=name, owner=owner)))

    def _add(self, put: Put, guid: str, element: int) -> None:
        self._added.append(
            NewElement(
                element,
                guid,
                put.type_name,
                put.qualified_name,
                self._source,
                put.source_key,
                put.fingerprint,
                self._batch.user,
                self._now,
                self._now,
                _json(put.classifications) if put.classifications else None,
                bytes(put.properties).decode(),
                next(self._numbers),
            )
        )
        self.outcome.created += 1

    def _change(self, put: Put, element: int) -> None:
        self._changed.append(
            ChangedElement(
                put.qualified_name,
                put.fingerprint,
                _json(put.classifications) if put.classifications else None,
                None,
                bytes(put.properties).decode(),
                self._batch.user,
                self._now,
                next(self._numbers),
                element,
            )
        )
        self.outcome.updated += 1

    def _remove_all(self, removes: Sequence[Remove]) -> None:
        stored = self._tables.by_source_keys(self._source, [remove.source_key for remove in removes])
        for remove in removes:
            if remove.archived_guid:
                self._delete_archived(remove.archived_guid)
                continue
            found = stored.pop(remove.source_key, None)
            if found is None:
                continue
            self._links.forget(found.qualified_name)
            if remove.delete:
                self._delete(found.id)
            else:
                self._archive(found.id, remove.archive_process)
            self.outcome.removed += 1

    def _delete_archived(self, guid: str) -> None:
        element = self._tables.archived(self._source, guid)
        if element is not None:
            self._delete(element)
            self.outcome.removed += 1

    def _archive(self, element: int, process: str) -> None:
        memento = _json({"archiveDate": iso_time(self._now), "archiveProcess": process})
        self._tables.archive_element(
            element, user=self._batch.user, now=self._now, changed=next(self._numbers), memento=memento
        )

    def _delete(self, element: int) -> None:
        self._links.drop(element)
        self._tables.delete_element(element, now=self._now, changed=next(self._numbers))

    def _purge(self, purge: Purge) -> None:
        before = int(purge.archived_before.timestamp() * 1000)
        for element in self._tables.to_purge(self._source, before, purge.scope, PURGED_AT_ONCE):
            self._delete(element)
            self.outcome.purged += 1

    def _touch(self, ends: tuple[int, int] | None) -> None:
        """Record in the change feed that the relationships of these elements have changed."""
        for element in ends or ():
            self._tables.touch_element(element, next(self._numbers))

    def _classify(self, name: str, added: Mapping[str, Any], taken_off: str | None) -> None:
        element = self._links.id_of(name)
        if element is None:
            text = str(InvalidParameterError(messages.ELEMENT_NOT_FOUND, kind="qualified name", value=name))
            self._reject(name, text)
            return
        before = self._tables.classified(element)
        after = classified(before, added, taken_off)
        if after is None:
            self.outcome.unchanged += 1
            return
        self._tables.set_classifications(
            element, after, user=self._batch.user, now=self._now, changed=next(self._numbers)
        )
        self.outcome.updated += 1

    def _reject(self, subject: str, text: str) -> None:
        self.outcome.rejected.append(Rejection(subject, text))


def iso_time(milliseconds: int) -> str:
    """A time in the form of properties: ISO 8601, UTC, in milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:03}+00:00"


def _json(value: object) -> str:
    return _encode(value).decode()


def _now() -> int:
    return time.time_ns() // 1_000_000
