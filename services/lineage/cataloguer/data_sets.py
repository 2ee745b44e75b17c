"""Finds the elements of data sets: those of other connectors, or else the connector's own."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import trio

from services.framework.context import IntegrationContext
from services.lineage.cataloguer.state import DataSetState, Key, names_of
from services.lineage.cataloguer.statements import DATA_SET, data_set_name, state_in
from services.lineage.cataloguer.statements import column_name as own_column_name
from services.lineage.openlineage.naming import candidates, column_of
from services.metadata.element import ElementRecord

NAMES_AT_ONCE = 5_000
REMEMBERED = 100_000
"""Maximum number of data sets in memory; beyond it, all are looked up again."""
REMEMBERED_FOR = 60.0
"""Seconds after which all data sets are looked up again."""
MOST_UNCLAIMED = 10_000
"""Maximum number of data sets for which other elements are looked up repeatedly; others wait for a refresh."""


class FoundDataSet(msgspec.Struct, gc=False, kw_only=True):
    """The element of a data set."""

    name: str
    """Its qualified name."""
    guid: str
    """Empty for an element of the connector's own."""
    state: DataSetState | None = None
    """The state in an element of the connector's own."""
    own_columns: frozenset[str] = frozenset()
    """The columns of an element of the connector's own."""
    is_stated: bool = True
    """False for an element of the connector's own that is not in the catalogue yet."""
    columns: dict[str, str] | None = None
    """For a file, the qualified names of its columns, after they have been read."""

    def column(self, key: Key, field: str) -> str | None:
        """The qualified name of a column. A column of the connector's own exists if this is not `None`."""
        if self.state is not None:
            return own_column_name(key, field) if field in self.own_columns else None
        return column_of(self.name, field) if self.columns is None else self.columns.get(field)


class DataSets:
    """The elements found so far, for a limited time: another connector may have added one meanwhile."""

    def __init__(self, context: IntegrationContext) -> None:
        self._context = context
        self._found: dict[Key, FoundDataSet] = {}
        self._since = -REMEMBERED_FOR
        self.unclaimed: set[Key] = set()
        """Known data sets of the connector's own that another connector may catalogue."""

    def begin(self) -> None:
        """Begin a batch of events: elements that were found too long ago are looked up again."""
        if len(self._found) > REMEMBERED or trio.current_time() > self._since + REMEMBERED_FOR:
            self.forget()
            self._since = trio.current_time()

    def forget(self) -> None:
        """Look up all data sets again."""
        self._found.clear()

    def __getitem__(self, key: Key) -> FoundDataSet:
        return self._found[key]

    async def find(self, keys: Iterable[Key]) -> None:
        """Find the elements of data sets; a data set without one becomes an element of the connector's own."""
        wanted = [key for key in keys if key not in self._found]
        if not wanted:
            return
        names = await trio.to_thread.run_sync(_possible_names, wanted)
        records = {each.qualified_name: each for each in await self._named(names.values())}
        await trio.to_thread.run_sync(self._record, names, records)

    def _record(self, names: Mapping[Key, Sequence[str]], records: Mapping[str, ElementRecord]) -> None:
        """Record the found elements; on a worker thread, since one event may name very many data sets."""
        for key, possible in names.items():
            found = next((records[name] for name in possible if name in records), None)
            self._found[key] = _found(key, found)
            if self._found[key].state is not None and len(possible) > 1 and len(self.unclaimed) < MOST_UNCLAIMED:
                self.unclaimed.add(key)

    async def claimed_by_others(self, keys: Iterable[Key]) -> set[Key]:
        """The data sets, among the connector's own, for which another element exists now."""
        names = {key: candidates(*names_of(key)) for key in keys}
        records = {each.qualified_name for each in await self._named(names.values())}
        return {key for key, possible in names.items() if any(name in records for name in possible)}

    async def any_removed(self, keys: Iterable[Key]) -> bool:
        """True if a found or created element is no longer in the catalogue."""
        names = {self._found[key].name for key in keys}
        return len(await self._named([sorted(names)])) < len(names)

    async def _named(self, names: Iterable[Sequence[str]]) -> list[ElementRecord]:
        found: list[ElementRecord] = []
        wanted = [name for possible in names for name in possible]
        for first in range(0, len(wanted), NAMES_AT_ONCE):
            found += await self._context.store.named(wanted[first : first + NAMES_AT_ONCE])
        return found

    async def read_columns(self, keys: Iterable[Key]) -> None:
        """Read the columns of files."""
        files = {
            found.guid: found
            for found in (self._found[key] for key in keys)
            if found.state is None and found.columns is None and column_of(found.name, "") is None
        }
        if not files:
            return
        schemas = await self._context.relationships(list(files), type_name="Schema")
        of_files = {each.end2_guid: files[each.end1_guid] for each in schemas if each.end1_guid in files}
        attributes = await self._context.relationships(list(of_files), type_name="AttributeForSchema")
        of_schemas = {each.end2_guid: of_files[each.end1_guid] for each in attributes if each.end1_guid in of_files}
        for found in files.values():
            found.columns = {}
        for column in await self._context.get(list(of_schemas)):
            columns = of_schemas[column.guid].columns
            assert columns is not None
            columns[str(column.properties.get("displayName", ""))] = column.qualified_name


def _possible_names(keys: Iterable[Key]) -> dict[Key, Sequence[str]]:
    return {key: [*candidates(*names_of(key)), data_set_name(key)] for key in keys}


def _found(key: Key, record: ElementRecord | None) -> FoundDataSet:
    if record is not None and not record.qualified_name.startswith(DATA_SET):
        return FoundDataSet(name=record.qualified_name, guid=record.guid)
    namespace, name = names_of(key)
    state = state_in(record, DataSetState) if record is not None else None
    return FoundDataSet(
        name=data_set_name(key),
        guid="",
        own_columns=frozenset(state.columns) if state is not None else frozenset(),
        state=state or DataSetState(namespace=namespace, name=name),
        is_stated=state is not None,
    )
