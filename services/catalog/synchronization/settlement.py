"""Detects that neither side has changed since the last agreement, without reading the catalogued elements.

    third party:    a text that changes with all of its objects, such as its last commit
    open metadata:  the change feed, from the number of the last change at the time of the agreement

Both are stored in the external identifier of the catalogue, beside the elements that they describe, so that they hold
after a restart, and are restored together with the store. They are written only by a comparison, never by a refresh
that finds them to hold. Everything is compared again after an hour, because the change feed does not contain changes
made directly in the database of the store.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

import msgspec
import trio

from services.errors import InvalidParameterError
from services.framework.context import IntegrationContext
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import ElementChange, Link, Query
from services.metadata.last_change import last_change
from services.metadata.mapping import to_put
from services.metadata.sorted_diff import PART
from services.metadata.types.glossary import ExternalId

COMPARED_AFTER = 3600.0
"""Seconds after which both sides are compared again, even without a noticed change."""
PAGES = 3
"""Maximum number of pages of changes to read: a full comparison takes no longer than reading more pages."""


class Agreement(NamedTuple):
    """The state of both sides at a complete agreement."""

    remote_state: str
    change_number: int | None
    """The number of a change of the store; `None` for a store without a change feed."""
    until: float
    """Time of the next full comparison, by trio's clock."""


class Settlement:
    """The record of the agreement between one catalogue and open metadata."""

    def __init__(
        self, context: IntegrationContext, element: str, path: str, selection: object, *, of_all_sources: bool
    ) -> None:
        """`element` is the qualified name of the catalogue's own element; `selection` are the settings of the exchange.

        `of_all_sources` is true if elements of other sources are exchanged, too. Without the permission to change open
        metadata, the record is lost at the end of the connector's run.
        """
        self.path = path
        self._context = context
        self._element = element
        self._name = f"ExternalId::{context.settings.metadata_source}::{path}"
        self._selection = blake2b(msgspec.json.encode(repr(selection)), digest_size=8).hexdigest()
        self._of_all_sources = of_all_sources
        self._agreed: Agreement | None = None
        self._is_read = False
        self._before: int | None = None

    async def holds(self, remote_state: str) -> bool:
        """True if neither side has changed: the third party still has this state, and no element has changed.

        False for an empty text.
        """
        if not self._is_read:
            self._agreed, self._is_read = await self._kept(), True
        agreed, clock = self._agreed, trio.current_time()
        if agreed is None or clock >= agreed.until or self._context.is_dry_run:
            return False
        if not remote_state or agreed.remote_state != remote_state:
            return False
        if agreed.change_number is None:  # enough only if no changes of open metadata are sent
            return not self._context.settings.permitted_synchronization.allows_third_party_changes
        change_number = await self._followed(agreed.change_number, self._concerns)
        if change_number is None:
            return False
        self._agreed = agreed._replace(change_number=change_number)
        return True

    async def begin(self) -> None:
        """Record the number of the last change of open metadata, before a comparison."""
        known = self._agreed.change_number if self._agreed is not None else None
        try:
            self._before = await last_change(self._context.store, known=known or 0)
        except InvalidParameterError:
            self._before = None

    async def settle(self, remote_state: str) -> None:
        """Record the agreement that the comparison has reached; an empty text means that there is no agreement.

        It is not recorded if other users have changed elements during the comparison, or if there were too many
        changes: the next comparison, which finds few differences, records it.
        """
        if self._context.is_dry_run:
            return
        self._agreed, change_number = None, self._before
        if remote_state and change_number is not None:
            change_number = await self._followed(change_number, self._is_by_others)
        if not remote_state or (change_number is None and self._before is not None):
            return
        self._agreed = Agreement(remote_state, change_number, trio.current_time() + COMPARED_AFTER)
        if change_number is not None and self._context.settings.permitted_synchronization.allows_metadata_changes:
            await self._keep(remote_state, change_number)

    async def _followed(self, number: int, concerns: Callable[[ElementChange], bool]) -> int | None:
        """The number of the last change, if no change after `number` is of concern; `None` otherwise."""
        for _ in range(PAGES):
            page = await self._context.store.changes(number, MOST_IN_A_PAGE)
            if any(map(concerns, page.changes)):
                return None
            number = page.last
            if page.is_last:
                return number
        return None

    def _concerns(self, change: ElementChange) -> bool:
        if change.qualified_name in (self._name, self._element):
            return False
        return self._of_all_sources or change.metadata_source == self._context.settings.metadata_source

    def _is_by_others(self, change: ElementChange) -> bool:
        element, settings = change.element, self._context.settings
        is_ours = element is not None and (element.updated_by or element.created_by) == settings.user_id
        return self._concerns(change) and not (is_ours and change.metadata_source == settings.metadata_source)

    async def _kept(self) -> Agreement | None:
        found = await self._context.find(Query(qualified_name=self._name, page_size=1))
        kept = (found[0].properties.get("additionalProperties") or {}) if found else {}
        try:
            age = datetime.now(UTC).timestamp() - float(kept["compared"])
            change_number, remote_state = int(kept["change"]), str(kept["agreed"])
        except (KeyError, ValueError):
            return None
        if kept.get("selection") != self._selection or not 0 <= age < COMPARED_AFTER:
            return None
        return Agreement(remote_state, change_number, trio.current_time() + COMPARED_AFTER - age)

    async def _keep(self, remote_state: str, change_number: int) -> None:
        external = ExternalId(
            qualified_name=self._name,
            display_name=self.path,
            identifier=self.path,
            key_pattern="LOCAL_KEY",
            external_instance_type_name="catalogue",
            additional_properties={
                "agreed": remote_state,
                "change": str(change_number),
                "compared": str(datetime.now(UTC).timestamp()),
                "selection": self._selection,
            },
        )
        link = {"source": self.path, "usage": "synchronization"}
        put = to_put(
            external,
            source_key=f"{self._element}{PART}externalId",
            links=[Link("ExternalIdLink", self._element, properties=link)],
        )
        await self._context.apply([put])
