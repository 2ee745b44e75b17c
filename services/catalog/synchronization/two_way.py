"""The exchange of properties in both directions: read on both sides, merge, and send to the catalogue.

The values for open metadata are returned, and are put together with the element. The versions are stored in the
external identifier; the versions of values that are being sent are stored before the values are sent.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from services.catalog import messages
from services.catalog.rest.client import ForbiddenError, NotFoundError, RefusedError
from services.catalog.synchronization.external_identifiers import remote_versions
from services.catalog.synchronization.merging import Conflict, Merged, Version, merge, version_from
from services.catalog.synchronization.shared import Shared
from services.framework.context import IntegrationContext
from services.metadata.changes import Put, Query
from services.metadata.element import ElementRecord

T = TypeVar("T")
Send = Callable[[Mapping[str, str | None]], Awaitable[None]]


class Agreed(NamedTuple):
    """The result of an exchange."""

    values: Mapping[str, str]
    versions: Mapping[str, Version]
    is_complete: bool = True
    """False if the catalogue did not take a change."""
    element: ElementRecord | None = None
    """The element as it was read."""


def agreed_on_remote(values: Mapping[str, str]) -> Agreed:
    """The result for an object whose values all come from the catalogue."""
    return Agreed(values, remote_versions(values))


class Subject(NamedTuple):
    """An object that exists on both sides."""

    qualified_name: str
    remote: Mapping[str, str]
    """Its shared properties at the catalogue."""
    remote_changed_at: float | None
    external: Callable[[Mapping[str, Version]], Put]
    """Its external identifier with these versions."""
    send: Send


class TwoWay:
    """The exchanges of one refresh."""

    def __init__(self, context: IntegrationContext, shared: Shared, path: str, address: str) -> None:
        """`path` names the catalogue in external identifiers, and `address` in messages."""
        self._context = context
        self._shared = shared
        self._path = path
        self._address = address

    async def exchange(self, subject: Subject) -> Agreed:
        """Bring both sides of one object to the same values."""
        element = await self._element(subject.qualified_name)
        known = await self._versions(element) if element is not None else {}
        merged = merge(
            known,
            self._shared.of_element(element.properties) if element is not None else {},
            subject.remote,
            local_changed_at=_time_of(element),
            remote_changed_at=subject.remote_changed_at,
        )
        if merged.remote_changes and not await self._sent(subject, merged):
            kept = {name: merged.known[name] for name in merged.remote_changes if name in merged.known}
            settled = {name: each for name, each in merged.versions.items() if name not in merged.remote_changes}
            return Agreed(merged.values, {**settled, **kept}, is_complete=False, element=element)
        for conflict in merged.conflicts:
            report_conflict(self._context, subject.qualified_name, conflict)
        return Agreed(merged.values, merged.versions, element=element)

    async def _sent(self, subject: Subject, merged: Merged) -> bool:
        """Send the changes for the catalogue; true if it took them, or would receive them without the dry run."""
        if self._context.supposes_to_send(subject.qualified_name):
            return True
        self._context.require_third_party_changes("change properties at the catalogue")
        await self._context.apply([subject.external(merged.being_sent)])
        try:
            await subject.send(merged.remote_changes)
        except (RefusedError, ForbiddenError, NotFoundError) as error:
            self._context.audit_log.record(
                messages.NOT_SENT,
                connector=self._context.connector_name,
                subject=subject.qualified_name,
                address=self._address,
                cause=str(error),
            )
            return False
        return True

    async def _element(self, qualified_name: str) -> ElementRecord | None:
        found = await self._context.find(Query(qualified_name=qualified_name, page_size=1))
        return found[0] if found else None

    async def _versions(self, element: ElementRecord) -> dict[str, Version]:
        known: dict[str, Version] = {}
        for link in await self._context.relationships([element.guid], type_name="ExternalIdLink"):
            if link.properties.get("source") != self._path:
                continue
            for name, text in (link.properties.get("mappingProperties") or {}).items():
                version = version_from(str(text))
                if version is not None:
                    known[name] = version
        return known


async def still_current(
    context: IntegrationContext, exchanged: Sequence[T], agreed_of: Callable[[T], Agreed]
) -> list[T]:
    """The results whose elements nobody has changed since they were read; the next refresh exchanges the others.

    Sending changes to the catalogue takes time. What users change in open metadata meanwhile must not be overwritten.
    """
    read = {each.guid: each.version for one in exchanged if (each := agreed_of(one).element) is not None}
    current = {each.guid: each.version for each in await context.get(list(read))} if read else {}
    return [
        one
        for one in exchanged
        if (element := agreed_of(one).element) is None or current.get(element.guid) == element.version
    ]


def report_conflict(context: IntegrationContext, subject: str, conflict: Conflict) -> None:
    """Report a conflict that was decided."""
    context.audit_log.record(
        messages.CONFLICT_DECIDED,
        connector=context.connector_name,
        property=conflict.name,
        subject=subject,
        local=_shown(conflict.local),
        remote=_shown(conflict.remote),
        taken=_shown(conflict.taken),
        rule=conflict.rule.value,
    )


def _time_of(element: ElementRecord | None) -> float:
    if element is None:
        return 0.0
    return (element.update_time or element.create_time).timestamp()


def _shown(value: str | None) -> str:
    return "no value" if value is None else repr(value)
