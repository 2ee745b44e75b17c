"""Relates columns to the columns that they are made from.

Columns may belong to other connectors, so their relationships belong to no element: each job records those that it has
stated. A relationship that a job no longer states is removed unless another job states it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import trio

from services.framework.context import IntegrationContext
from services.lineage.cataloguer.data_sets import NAMES_AT_ONCE, DataSets
from services.lineage.cataloguer.state import ChangedJob, JobState, Key, Stated, key_of
from services.lineage.cataloguer.statements import DATA_SET, state_in
from services.lineage.openlineage.facets import ColumnLineageFacet, ColumnSources, InputField, decode_facet
from services.metadata.changes import Change, Relate, Unrelate

TYPE = "LineageMapping"
Column = tuple[Key, str, str]
"""A column, in the form of `Stated.columns`."""
Columns = dict[Key, list[Column]]
"""The columns that are made from others, by job."""
Pair = tuple[str, str]
"""The qualified names of a source column and of a column made from it."""
Facets = dict[Key, list[tuple[Key, Mapping[str, ColumnSources]]]]
"""Column lineage, by job, with its data set."""


class ColumnRelationships:
    """The relationships between columns, for one batch of events."""

    def __init__(
        self,
        context: IntegrationContext,
        data_sets: DataSets,
        jobs: Mapping[Key, ChangedJob],
        aliases: Mapping[str, str],
    ) -> None:
        self._context = context
        self._data_sets = data_sets
        self._jobs = jobs
        self._aliases = aliases

    async def changes(self, new: Sequence[Key]) -> list[Change]:
        """The changes for jobs with new lineage; their states record it."""
        if not new:
            return []
        columns = await self._columns(new)
        missing = await self._missing(columns)
        made, obsolete = await trio.to_thread.run_sync(self._compared, columns, missing)
        await self._keep_those_of_others(obsolete)
        return [
            *(Unrelate(type_name=TYPE, end1=source, end2=column) for source, column in obsolete),
            *(Relate(type_name=TYPE, end1=source, end2=column) for source, column in made),
        ]

    def _compared(self, columns: Columns, missing: set[str]) -> tuple[Iterable[Pair], dict[Pair, Key]]:
        """The relationships that jobs state, and those that they no longer state; on a thread, as they may be many."""
        made: dict[Pair, None] = {}
        obsolete: dict[Pair, Key] = {}
        for key, wanted in columns.items():
            job = self._jobs[key].state
            stated = [each for each in wanted if not missing.intersection(each)]
            obsolete.update({(source, column): target for target, source, column in job.stated.columns})
            made.update({(source, column): None for _, source, column in stated})
            digest = job.stated.digest if len(stated) == len(wanted) else ""  # the next event looks them up again
            job.stated = Stated(digest, stated)
        for job, _ in self._jobs.values():
            for _, source, column in job.stated.columns:
                obsolete.pop((source, column), None)
        return made, obsolete

    async def _columns(self, new: Sequence[Key]) -> Columns:
        """The current column lineage of jobs."""
        facets, sources = await trio.to_thread.run_sync(self._facets, new)
        await self._data_sets.find(sources)
        targets = {target: None for found in facets.values() for target, _ in found}
        await self._data_sets.read_columns([*sources, *targets])
        return await trio.to_thread.run_sync(self._paired, facets)

    def _facets(self, new: Sequence[Key]) -> tuple[Facets, dict[Key, None]]:
        """The column lineage in the facets of jobs, and the data sets of the source columns; on a thread."""
        facets = {
            key: [
                (target, decode_facet(content, ColumnLineageFacet).fields)
                for target, content in self._jobs[key].current.columns
            ]
            for key in new
        }
        sources = {
            self._key(each): None
            for targets in facets.values()
            for _, fields in targets
            for made_from in fields.values()
            for each in made_from.input_fields
        }
        return facets, sources

    def _paired(self, facets: Facets) -> Columns:
        """The columns in facets, each once; on a thread."""
        return {
            key: list(dict.fromkeys(each for target, fields in found for each in self._pairs(target, fields)))
            for key, found in facets.items()
        }

    def _pairs(self, target: Key, fields: Mapping[str, ColumnSources]) -> Iterator[Column]:
        for field, sources in fields.items():
            made = self._data_sets[target].column(target, field)
            for each in sources.input_fields:
                key = self._key(each)
                source = self._data_sets[key].column(key, each.field)
                if made is not None and source is not None and made != source:
                    yield target, source, made

    def _key(self, source: InputField) -> Key:
        return key_of(self._aliases.get(source.namespace, source.namespace), source.name)

    async def _missing(self, columns: Columns) -> set[str]:
        """The names of other connectors' columns that are not in the catalogue."""
        missing = await trio.to_thread.run_sync(_names_of_others, columns)
        names = sorted(missing)
        for first in range(0, len(names), NAMES_AT_ONCE):
            found = await self._context.store.named(names[first : first + NAMES_AT_ONCE])
            missing.difference_update(each.qualified_name for each in found)
        return missing

    async def _keep_those_of_others(self, obsolete: dict[tuple[str, str], Key]) -> None:
        """Keep the relationships that other writers of the same data sets state."""
        if not obsolete:
            return
        found = [self._data_sets[key] for key in set(obsolete.values())]
        own = await self._context.store.named([each.name for each in found if not each.guid])
        guids = [*(each.guid for each in found if each.guid), *(each.guid for each in own)]
        flows = await self._context.relationships(guids, type_name="DataFlow")
        writers = {each.end1_guid for each in flows if each.end2_guid in guids}
        for writer in await self._context.get(sorted(writers)):
            job = state_in(writer, JobState)
            if job is not None and key_of(job.namespace, job.name) not in self._jobs:
                for _, source, column in job.stated.columns:
                    obsolete.pop((source, column), None)


def _names_of_others(columns: Columns) -> set[str]:
    return {name for found in columns.values() for _, *pair in found for name in pair if not name.startswith(DATA_SET)}
