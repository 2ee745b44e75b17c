"""Copying the elements of another open metadata server, with their classifications, relationships and provenance.

    pages of elements ─▶ their relationships ─▶ comparison by fingerprint ─▶ put
                                              │ does a relationship lead to an element that is not copied yet?
                                              └─▶ put without it, and put completely at the end

Only elements whose home is the other server are copied. Copies are left out, so that servers that copy from each other
never copy their own elements back. The external identifier of a copy records its home: the GUID, the metadata source
and the author at the other server.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import msgspec

from audit.counted import counted
from services.catalog import messages
from services.catalog.open_metadata.counterpart import Counterpart
from services.framework.context import IntegrationContext
from services.framework.patterns import Patterns
from services.framework.rejections import record_rejections
from services.metadata.changes import Link, Outcome, Put, Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.mapping import to_put
from services.metadata.reconcile import Catalog
from services.metadata.sorted_diff import PART
from services.metadata.types.glossary import ExternalId
from services.metadata.types.registry import subtypes_of, types_by_name

PAGE = 500
COPY = "copy"
"""The usage of the external identifier of a copy."""
PROVISIONAL = "~"
"""Prefix of the fingerprint of a copy with missing relationships: the next scan puts it again."""
_encode = msgspec.json.Encoder(order="deterministic").encode


class Copying:
    """One comparison of the other server with this one."""

    def __init__(
        self,
        context: IntegrationContext,
        counterpart: Counterpart,
        types: Sequence[str],
        sources: Patterns,
        *,
        delete: bool,
    ) -> None:
        self._context = context
        self._counterpart = counterpart
        self._types = types
        self._wanted = {name for kind in types for name in subtypes_of(kind)} if types else types_by_name().keys()
        self._sources = sources
        self._delete = delete
        self._server = f"{counterpart.settings.url}::{counterpart.settings.server}"
        self._selection = blake2b(_encode((sorted(types), sources)), digest_size=4).hexdigest()
        self._names: dict[str, str] = {}
        """Qualified names of the elements read so far, by GUID."""
        self._later: list[str] = []
        """GUIDs of the elements that have been put without some of their relationships."""

    async def run(self) -> Outcome:
        """Apply every difference; removals follow a complete scan.

        An original that was deleted and created again has another GUID, so its name is free only after the removals.
        """
        outcome = await self._compare()
        if outcome.rejected and outcome.removed:
            outcome.rejected = []
            outcome.add(await self._compare())
        self._context.progress = None
        self._sum_up(outcome)
        return outcome

    async def _compare(self) -> Outcome:
        self._names, self._later = {}, []
        async with self._context.reconcile(f"{self._server}::", delete=self._delete) as catalog:
            for kind in self._types or (None,):
                await self._copy(catalog, kind)
            for first in range(0, len(self._later), PAGE):
                guids = self._later[first : first + PAGE]
                await self._put(catalog, await self._counterpart.get(guids), is_last=True)
        return catalog.outcome

    async def _copy(self, catalog: Catalog, kind: str | None) -> None:
        cursor: str | None = None
        while True:
            page = await self._counterpart.find_page(Query(type_name=kind, cursor=cursor, page_size=PAGE))
            await self._put(catalog, page.elements, is_last=False)
            self._context.progress = counted(len(self._names), "element") + " compared"
            if page.cursor is None:
                return
            if page.cursor == cursor:
                raise self._counterpart.broken("a page of its elements leads back to itself")
            cursor = page.cursor

    async def _put(self, catalog: Catalog, elements: Sequence[ElementRecord], *, is_last: bool) -> None:
        """Put elements; elements with relationships to elements not yet read are put again at the end."""
        selected = [each for each in elements if self._is_selected(each)]
        if not selected:
            return
        links: dict[str, list[RelationshipRecord]] = {}
        for link in await self._counterpart.relationships([each.guid for each in selected]):
            for guid in {link.end1_guid, link.end2_guid}:
                links.setdefault(guid, []).append(link)
        home = [each for each in selected if not _is_copy(links.get(each.guid, ()))]
        self._names.update((each.guid, each.qualified_name) for each in home)
        copies = {each.guid: self._copy_of(catalog, each, links.get(each.guid, []), is_last=is_last) for each in home}
        rejected = {each.subject for each in (await catalog.put(list(copies.values()))).rejected}
        await catalog.put([  # only now: otherwise it would identify the element of another source that has the name
            self._original(each, copies[each.guid]) for each in home if each.qualified_name not in rejected
        ])  # fmt: skip

    def _copy_of(
        self, catalog: Catalog, element: ElementRecord, links: list[RelationshipRecord], *, is_last: bool
    ) -> Put:
        """The put of a copy."""
        stated = [link for link in links if link.end2_guid == element.guid]
        fingerprint = blake2b(_encode((
            element.properties, element.classifications, element.type_name, element.metadata_source, self._selection,
            sorted((link.type_name, link.end1_guid, _encode(link.properties)) for link in stated),
        )), digest_size=16).hexdigest()  # fmt: skip
        source_key = f"{self._server}::{element.guid}"
        is_whole = is_last or all(link.end1_guid in self._names for link in stated)
        if not is_whole and catalog.held_at(source_key) == fingerprint:
            is_whole = True  # it is unchanged, and is not written
        if not is_whole:
            self._later.append(element.guid)
        return Put(
            type_name=element.type_name,
            qualified_name=element.qualified_name,
            source_key=source_key,
            fingerprint=("" if is_whole else PROVISIONAL) + fingerprint,
            properties=msgspec.Raw(_encode(element.properties)),
            classifications=element.classifications,
            links=tuple(
                Link(link.type_name, self._names[link.end1_guid], properties=link.properties)
                for link in stated
                if link.end1_guid in self._names
            ),
        )

    def _original(self, element: ElementRecord, copy: Put) -> Put:
        """The external identifier of a copy, with the provenance of its original."""
        provenance: dict[str, Any] = {
            "guid": element.guid,
            "metadataSource": element.metadata_source,
            "createdBy": element.created_by,
            "createTime": element.create_time.isoformat(),
        }
        if element.updated_by and element.update_time is not None:
            provenance |= {"updatedBy": element.updated_by, "updateTime": element.update_time.isoformat()}
        identifier = ExternalId(
            qualified_name=f"ExternalId::{self._context.settings.metadata_source}::{copy.source_key}",
            display_name=element.guid,
            identifier=element.guid,
            key_pattern="LOCAL_KEY",
            external_instance_type_name=element.type_name,
        )
        link = {
            "source": self._server,
            "usage": COPY,
            "permittedSynchronization": self._context.settings.permitted_synchronization.value,
            "lastSynchronized": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "mappingProperties": provenance,
        }
        return to_put(
            identifier,
            source_key=f"{copy.source_key}{PART}externalId",
            fingerprint=copy.fingerprint.removeprefix(PROVISIONAL),
            links=[Link("ExternalIdLink", element.qualified_name, properties=link)],
        )

    def _is_selected(self, element: ElementRecord) -> bool:
        return (
            element.type_name in self._wanted
            and self._sources.select(element.metadata_source)
            and element.qualified_name != self._context.settings.metadata_source
        )

    def _sum_up(self, outcome: Outcome) -> None:
        record_rejections(self._context, messages.NOT_CATALOGUED, outcome)
        if outcome.created or outcome.updated or outcome.removed or outcome.rejected:
            self._context.audit_log.record(
                messages.COPIED,
                connector=self._context.connector_name,
                elements=len(self._names),
                server=self._counterpart.settings.server,
                address=self._counterpart.settings.url,
                created=outcome.created,
                updated=outcome.updated,
                removed=outcome.removed,
                rejected=len(outcome.rejected),
            )


def _is_copy(links: Sequence[RelationshipRecord]) -> bool:
    """True for a copy, and for the external identifier of a copy."""
    return any(link.type_name == "ExternalIdLink" and link.properties.get("usage") == COPY for link in links)
