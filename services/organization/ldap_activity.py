"""Writing the activity of people in open metadata to attributes of their entries in a directory.

Only configured attributes that differ are written, and only for people who have contributed. These attributes may not
be among those that are read of people or groups, so a written value is never read as a change.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial

import msgspec
import trio

from services.metadata.element import ElementRecord
from services.organization import messages
from services.organization.activity import FACTS, Activity, Contribution, Difference, PersonEntry, contribution_of
from services.organization.context import OrganizationIntegratorContext
from services.organization.ldap_directory import ChangeRefusedError, WritableDirectory
from services.organization.ldap_reading import Call
from services.organization.mapping import Naming
from services.organization.staging import Kind

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
RECORDS_AT_ONCE, CHANGES_AT_ONCE = 500, 100
CONTRIBUTOR = "Contributor"


def activity_attributes(setting: object, read: Collection[str]) -> Mapping[str, str]:
    """The attribute for each fact; raises `ValueError` for an invalid name, and for an attribute in `read`."""
    try:
        given = msgspec.convert(setting, dict[str, str])
    except msgspec.ValidationError:
        raise ValueError("it does not give an attribute for each fact") from None
    if unknown := sorted(given.keys() - FACTS.keys()):
        raise ValueError(f"it names {', '.join(unknown)}; the facts are {', '.join(FACTS)}")
    if wrong := [name for name in given.values() if not _ATTRIBUTE.fullmatch(name)]:
        raise ValueError(f"{wrong[0]!r} is not the name of an attribute")
    lower = [name.lower() for name in given.values()]
    if len(set(lower)) != len(lower):
        raise ValueError("it gives two facts the same attribute")
    if both := sorted(set(lower) & {name.lower() for name in read}):
        raise ValueError(f"{', '.join(both)} is read from the directory, and cannot be written as well")
    return given


class ActivitySender:
    """Writes the facts about people to their entries."""

    def __init__(self, context: OrganizationIntegratorContext, naming: Naming, activity: Activity, call: Call) -> None:
        self._context = context
        self._people = naming.name(Kind.PERSON, "")
        self._activity = activity
        self._call = call

    async def send(self, opened: Callable[[], AbstractAsyncContextManager[WritableDirectory]]) -> None:
        """Write the differences, to a connection that is opened for the first of them. A dry run only reports them."""
        await self._collect()
        async with AsyncExitStack() as stack:
            directory: WritableDirectory | None = None
            after, differences = await self._differences("")
            while after:
                if differences and not self._report_dry_run(differences):
                    if directory is None:
                        directory = await stack.enter_async_context(opened())
                    await self._write(directory, differences)
                after, differences = await self._differences(after)

    async def _collect(self) -> None:
        """Read the contributions of all people of the directory."""
        await trio.to_thread.run_sync(self._activity.forget_contributions)
        records: list[ElementRecord] = []
        async for record in self._context.contributions():
            records.append(record)
            if len(records) == RECORDS_AT_ONCE:
                await self._add(records)
                records = []
        await self._add(records)

    async def _add(self, records: Sequence[ElementRecord]) -> None:
        if not records:
            return
        links = await self._context.relationships([each.guid for each in records], type_name=CONTRIBUTOR)
        people = {each.guid: each for each in await self._context.get(list({link.end1_guid for link in links}))}
        by_guid = {each.guid: each for each in records}
        found: list[Contribution | None] = [
            contribution_of(person.qualified_name.removeprefix(self._people), by_guid[link.end2_guid])
            for link in links
            if (person := people.get(link.end1_guid)) is not None
            and link.end2_guid in by_guid
            and person.qualified_name.startswith(self._people)
        ]
        await trio.to_thread.run_sync(self._activity.add, [each for each in found if each is not None])

    async def _differences(self, after: str) -> tuple[str, list[Difference]]:
        """The differences of some people after a key, and the last of their keys."""
        return await trio.to_thread.run_sync(self._activity.differences, after, CHANGES_AT_ONCE)

    def _report_dry_run(self, differences: Sequence[Difference]) -> bool:
        """Report the differences if this is a dry run; true if it is."""
        for each in differences:
            for name in each.wanted:
                self._context.supposes_to_send(_described(each, name))
        return self._context.is_dry_run

    async def _write(self, directory: WritableDirectory, differences: Sequence[Difference]) -> None:
        """Write the differences, and log them."""
        self._context.require_third_party_changes("return collaboration activity to the directory")
        refused = await self._call(partial(_replace, directory, differences))
        written = [each for each in differences if each.entry.key not in refused]
        await trio.to_thread.run_sync(self._activity.note, [_as_written(each) for each in written])
        log, name = self._context.audit_log, self._context.connector_name
        if written:
            attributes = sorted({attribute for each in written for attribute in each.wanted})
            log.record(
                messages.ACTIVITY_RETURNED,
                connector=name,
                number=len(written),
                attributes=", ".join(attributes),
                entries=_some([each.entry.dn for each in written]),
            )
        if refused:
            problems = [
                f"{each.entry.dn}: {refused[each.entry.key]}" for each in differences if each.entry.key in refused
            ]
            log.record(messages.ACTIVITY_NOT_RETURNED, connector=name, number=len(refused), problems=_some(problems))


def _replace(directory: WritableDirectory, differences: Sequence[Difference]) -> dict[str, str]:
    """Write the differences; returns the reason for each entry that the directory refuses to change, by key."""
    refused = {}
    for each in differences:
        try:
            directory.replace(each.entry.dn, each.entry.id, each.wanted)
        except ChangeRefusedError as error:
            refused[each.entry.key] = str(error)
    return refused


def _as_written(difference: Difference) -> PersonEntry:
    values = {name: [value] for name, value in difference.wanted.items()}
    return difference.entry._replace(values={**difference.entry.values, **values})


def _described(difference: Difference, name: str) -> str:
    before = ", ".join(difference.entry.values.get(name, ())) or "nothing"
    return f"{difference.entry.dn}: {name} {difference.wanted[name]} (now {before})"


def _some(texts: Sequence[str], most: int = 10) -> str:
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return "; ".join(texts[:most]) + more
