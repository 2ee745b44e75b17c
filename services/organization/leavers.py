"""People who are no longer in the directory: their appointments end, and they remain in the catalogue.

    gone ─▶ allowed by the deletion safety? ─▶ appointments get an end date ─▶ archived, if that is configured

An ended appointment documents who held a role, and lineage and ownership may refer to the person. So the catalogued
person is put again, with `effectiveTo` in each appointment that has none; a prefix of the fingerprint shows the next
scan that the appointments have been ended.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from services.framework.context import IntegrationContext
from services.metadata.changes import Link, Outcome, Put, Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.mapping import fingerprint_of
from services.metadata.removal import CompletedScan, RemovalPolicy
from services.metadata.sorted_diff import PART
from services.organization.mapping import APPOINTMENT, EFFECTIVE_TO, Naming, iso_time
from services.organization.staging import Kind

ENDED = "ended:"
"""Prefix of the fingerprint of a person whose appointments have been ended."""
ENDED_AT_ONCE = 500


class LeaverPolicy(RemovalPolicy):
    """Ends the appointments of people who would be removed, if `policy` allows the removal."""

    def __init__(
        self,
        context: IntegrationContext,
        naming: Naming,
        policy: RemovalPolicy,
        missing: Sequence[str],
        *,
        archive: bool,
    ) -> None:
        self.outcome = Outcome()
        self._context = context
        self._naming = naming
        self._policy = policy
        self._missing = missing
        self._archive = archive
        self._people = naming.source_key(Kind.PERSON, "")

    async def scan_completed(self, scan: CompletedScan) -> Sequence[str] | None:
        allowed = await self._policy.scan_completed(scan)
        if allowed is None:
            allowed = [key for key in self._missing if PART not in key]
        people = [key for key in allowed if key.startswith(self._people)]
        for first in range(0, len(people), ENDED_AT_ONCE):
            await self._end([key.removeprefix(self._people) for key in people[first : first + ENDED_AT_ONCE]])
        return allowed if self._archive else [key for key in allowed if not key.startswith(self._people)]

    async def _end(self, keys: Sequence[str]) -> None:
        now = iso_time(datetime.now(UTC))
        records = {}
        for key in keys:
            for record in await self._context.find(Query(qualified_name=self._naming.name(Kind.PERSON, key))):
                records[record.guid] = (key, record)
        links = await self._context.relationships(list(records), type_name=APPOINTMENT) if records else []
        roles = (
            {each.guid: each for each in await self._context.get([link.end2_guid for link in links])} if links else {}
        )
        puts = [
            self._ended(key, record, [link for link in links if link.end1_guid == guid], roles, now)
            for guid, (key, record) in records.items()
        ]
        if puts:
            self.outcome.add(await self._context.apply(puts))

    def _ended(
        self,
        key: str,
        person: ElementRecord,
        appointments: Sequence[RelationshipRecord],
        roles: dict[str, ElementRecord],
        now: str,
    ) -> Put:
        links = tuple(
            Link(
                APPOINTMENT,
                roles[each.end2_guid].qualified_name,
                at_end1=False,
                properties={EFFECTIVE_TO: now} | each.properties,
            )
            for each in appointments
            if each.end2_guid in roles
        )
        properties = msgspec.json.encode(person.properties, order="deterministic")
        return Put(
            type_name=person.type_name,
            qualified_name=person.qualified_name,
            source_key=self._naming.source_key(Kind.PERSON, key),
            fingerprint=ENDED + fingerprint_of(properties, person.type_name, links, {}),
            properties=msgspec.Raw(properties),
            links=links,
        )
