"""Reading the people and groups of a directory into a scan: all of them, or the changes since the last scan.

all:     contextCSN ─▶ people, page by page ─▶ groups, page by page ─┐
changes: cookies of the last scan ───────────────────────────────────┴▶ changes since then ─▶ cookies for the next scan

Changes are requested by content synchronization (RFC 4533), after a complete reading as well, so that changes made
while the pages were read are not lost. Unlike `modifyTimestamp`, it reports entries that were deleted or no longer
match the filter, and depends on no clock. A cookie only saves work: in case of doubt, all people and groups are read.
This includes a change of an entry with subordinates: their names may have changed, which the server does not report.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

import msgspec
import trio

from services.organization.activity import Activity, PersonEntry
from services.organization.description import PersonDescription, TeamDescription
from services.organization.ldap_directory import Changes, Directory, DirectoryError, Entry, Search, State
from services.organization.ldap_mapping import EntryProblem, EntryReader
from services.organization.staging import Kind, Staging
from services.organization.synchronization import OrganizationScan

MOST_CHANGES = 5_000
"""Maximum number of changed entries of one search; if there are more, all entries are read, page by page."""
MOST_DELETIONS = 1_000
"""Maximum number of reported deletions; if there are more, all entries are read to confirm them."""
MOST_PAGES_IN_VAIN, MOST_ENTRIES = 1_000, 10_000_000
"""Consecutive pages without new people or groups, and entries in total, after which the reading fails."""
_ID_ATTRIBUTE, _HAS_OTHERS_BELOW = "entryUUID", "(hasSubordinates=TRUE)"

T = TypeVar("T")


class Call(Protocol):
    """Calls a function that waits for the directory, on a thread and for a limited time."""

    async def __call__(self, call: Callable[[], T], /) -> T:
        """Call the function; raises the connector's error if the directory does not answer."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The searches in a directory, and the settings for reading it."""

    searches: Mapping[Kind, Search]
    reader: EntryReader
    page_size: int
    activity: Mapping[str, str] = {}
    """The attributes to which the activity of people is written, by fact."""
    reads_all_after: float
    """Seconds after which all entries are read again; 0: at each refresh."""


class DirectorySnapshot(msgspec.Struct):
    """The contents of a directory that have been read, for this scan and the next."""

    staging: Staging
    states: Mapping[str, State]
    """The state at the beginning of the reading, by base entry; empty if the directory does not list changes."""
    read_at: float
    """The time of the last complete reading, in seconds of trio's clock."""
    activity: Activity | None = None
    """The activity of people in their entries; `None` if it is not written."""
    cookies: dict[str, bytes] = {}
    """The cookie for changes, by search; empty: the next scan reads all entries."""


class Reading:
    """One reading of a directory."""

    def __init__(self, plan: Plan, directory: Directory, call: Call) -> None:
        self.references = 0
        """Number of ignored referrals to other servers."""
        self.reason = ""
        """The reason for an unplanned complete reading; empty without one."""
        self._plan = plan
        self._directory = directory
        self._call = call
        self._searches = _searches(plan)
        self._changes: dict[str, Changes] | None = None
        self._has_ids = True

    async def begin(self, snapshot: DirectorySnapshot | None) -> DirectorySnapshot:
        """The starting point of this reading: `snapshot` if the changes since then are known, otherwise empty."""
        states = await self._states()
        if snapshot is not None and await self._is_known(snapshot, states):
            snapshot.states = states
            return snapshot
        self._changes = None
        new = await trio.to_thread.run_sync(_new, states, trio.current_time(), self._plan.activity)
        if states:
            new.cookies = {name: states[search.base].cookie for name, search in self._searches.items()}
        return new

    async def read(self, scan: OrganizationScan, snapshot: DirectorySnapshot) -> None:
        """Update the scan to the contents of the directory.

        Without cookies in `snapshot`, the next scan is complete.
        """
        if self._changes is None:
            for kind in self._plan.searches:
                await self._read_pages(scan, snapshot, kind)
            if snapshot.cookies and self._has_ids and not await self._ask_for_changes(snapshot):
                snapshot.cookies = {}
        if self._changes is not None and snapshot.cookies:
            await self._apply(scan, snapshot, self._changes)
        if not (scan.is_complete and self._has_ids) or scan.has_doubles:
            snapshot.cookies = {}

    async def _states(self) -> dict[str, State]:
        states: dict[str, State] = {}
        for base in {each.base for each in self._searches.values()} if self._plan.reads_all_after else ():
            state = await self._call(partial(self._directory.state, base))
            if state is None:
                self.reason = "it does not list changes, or not for this user"
                return {}
            states[base] = state
        return states

    async def _is_known(self, snapshot: DirectorySnapshot, states: Mapping[str, State]) -> bool:
        if not states or trio.current_time() - snapshot.read_at >= self._plan.reads_all_after:
            return False
        if not all(state.follows(snapshot.states[base]) for base, state in states.items()):
            self.reason = "it is another directory than before, or was set back"
            return False
        return await self._ask_for_changes(snapshot)

    async def _ask_for_changes(self, snapshot: DirectorySnapshot) -> bool:
        """Request the changes since the cookies; false if all entries must be read instead."""
        found: dict[str, Changes] = {}
        for name, search in self._searches.items():
            changes = await self._call(partial(self._directory.changes, search, snapshot.cookies[name], MOST_CHANGES))
            if changes is None:
                self.reason = "it does not list the changes since the last refresh, or there are too many"
                return False
            if search.filter == _HAS_OTHERS_BELOW and changes.changed:
                self.reason = f"{changes.changed[0].dn} has changed, and others are below it"
                return False
            found[name] = changes
        for kind in self._plan.searches:
            number = await trio.to_thread.run_sync(snapshot.staging.number, kind)
            if _number_deleted(found[kind.value], number) > MOST_DELETIONS:
                self.reason = "it reports too many deletions, which are confirmed by a complete reading"
                return False
        self._changes = found
        return True

    async def _apply(self, scan: OrganizationScan, snapshot: DirectorySnapshot, found: Mapping[str, Changes]) -> None:
        for kind in self._plan.searches:
            changes = found[kind.value]
            changed = {each.id for each in changes.changed}
            deleted = [*changes.deleted]
            if changes.present is not None:
                missing, unknown = await scan.missing(kind, set(changes.present) - changed)
                deleted += missing
                scan.is_complete &= not unknown  # an existing entry has not been read: deletions are uncertain
            keys = await scan.forget(kind, [*deleted, *changed])
            if snapshot.activity is not None and kind is Kind.PERSON:
                await trio.to_thread.run_sync(snapshot.activity.forget, keys)
        for kind in self._plan.searches:
            await self._add(scan, snapshot, kind, found[kind.value].changed)
        snapshot.cookies = {name: changes.cookie for name, changes in found.items()}

    def _values_of(self, entry: Entry) -> dict[str, list[str]]:
        """The values of the attributes to which facts are written."""
        return {
            name: [each.decode("utf-8", "replace") for each in entry.attributes.get(name.lower(), ())]
            for name in self._plan.activity.values()
        }

    async def _read_pages(self, scan: OrganizationScan, snapshot: DirectorySnapshot, kind: Kind) -> None:
        cookie, is_first, entries, in_vain = b"", True, 0, 0
        while cookie or is_first:
            page = await self._call(
                partial(self._directory.page, self._searches[kind.value], self._plan.page_size, cookie)
            )
            cookie, is_first, self.references = page.cookie, False, self.references + page.references
            has_new = await self._add(scan, snapshot, kind, page.entries)
            entries, in_vain = entries + len(page.entries), 0 if has_new else in_vain + 1
            if in_vain > MOST_PAGES_IN_VAIN or entries > MOST_ENTRIES:
                await self._call(_give_up)

    async def _add(
        self, scan: OrganizationScan, snapshot: DirectorySnapshot, kind: Kind, entries: Sequence[Entry]
    ) -> bool:
        """Add entries to the scan; true if any of them is new."""
        describe: Callable[[Entry], PersonDescription | TeamDescription | EntryProblem]
        describe = self._plan.reader.person_of if kind is Kind.PERSON else self._plan.reader.team_of
        described = [describe(entry) for entry in entries]
        problems = [each for each in described if isinstance(each, EntryProblem)]
        for problem in problems:
            scan.reject(problem.dn, problem.problem)
        await scan.keep(kind, [each.key for each in problems if each.key])
        scan.is_complete &= all(each.key for each in problems)
        self._has_ids &= all(entry.id for entry in entries)
        if self._plan.reads_all_after and self._has_ids:
            pairs = zip(entries, described, strict=True)
            await scan.identify(kind, [(entry.id, each.key) for entry, each in pairs if each.key])
        if snapshot.activity is not None and kind is Kind.PERSON:
            people = [
                PersonEntry(each.key, entry.dn, entry.id, self._values_of(entry))
                for entry, each in zip(entries, described, strict=True)
                if isinstance(each, PersonDescription)
            ]
            await trio.to_thread.run_sync(snapshot.activity.note, people)
        return await scan.add(
            [each for each in described if isinstance(each, PersonDescription)],
            [each for each in described if isinstance(each, TeamDescription)],
        )


def _number_deleted(changes: Changes, known: int) -> int:
    if changes.present is None:
        return len(changes.deleted)
    return known - len({*changes.present, *(each.id for each in changes.changed)})


def _give_up() -> None:
    raise DirectoryError("its pages do not come to an end")


def _new(states: Mapping[str, State], now: float, activity: Mapping[str, str]) -> DirectorySnapshot:
    return DirectorySnapshot(Staging(), states, now, Activity(activity) if activity else None)


async def close(snapshot: DirectorySnapshot | None) -> None:
    """Close the databases of a kept reading."""
    if snapshot is not None:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(snapshot.staging.close)
            if snapshot.activity is not None:
                await trio.to_thread.run_sync(snapshot.activity.close)


def _searches(plan: Plan) -> dict[str, Search]:
    """The searches for people and groups, followed by those for entries with subordinates."""
    found = {}
    for kind, search in plan.searches.items():
        more = {
            *([_ID_ATTRIBUTE] if plan.reads_all_after else ()),
            *(plan.activity.values() if kind is Kind.PERSON else ()),
        }
        found[kind.value] = msgspec.structs.replace(search, attributes=sorted({*search.attributes, *more}))
    if not plan.reads_all_after:
        return found
    for base in dict.fromkeys(each.base for each in plan.searches.values()):
        found[f"above:{base}"] = Search(base=base, filter=_HAS_OTHERS_BELOW, attributes=["1.1"])
    return found
