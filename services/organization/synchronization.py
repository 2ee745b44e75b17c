"""Synchronizing the catalogue with one complete scan of a directory.

scan ─▶ staged ─▶ resolved ─▶ compared in the order of source keys ─▶ changed elements are put in batches:
                                                                      teams, wholes first ─▶ people
                                                                   ─▶ appointments of leavers end (`leavers.py`)
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import trio

from services.framework.context import IntegrationContext
from services.metadata.changes import Outcome, Put
from services.metadata.reconcile import OrderedCatalog
from services.metadata.removal import DefaultRemovalPolicy
from services.metadata.sorted_diff import PART, SortedDiff
from services.organization import messages
from services.organization.description import PersonDescription, TeamDescription
from services.organization.hierarchy import in_order
from services.organization.leavers import ENDED, LeaverPolicy
from services.organization.mapping import Naming, person_puts, reports_puts, team_puts
from services.organization.staging import Kind, Staging

PUT_AT_ONCE = 500
"""People or teams in one batch, with their parts."""
NAMED_ONE_BY_ONE = 20
CANCELLATION_CHECK_INTERVAL = 1_000
"""Number of people or teams compared between checks for a cancellation."""

T = TypeVar("T")


class OrganizationScan:
    """One scan: people and teams are added while they are read, and catalogued when all have been added."""

    def __init__(self, context: IntegrationContext, organization: str, staging: Staging, *, archive: bool) -> None:
        self.is_complete = True
        """False if an invalid entry may have been any person or team: then nothing is removed."""
        self.has_doubles = False
        """True if several entries had the same key: then the deletion of one of them cannot be attributed."""
        self.usual_unresolved: tuple[int, list[str]] | None = None
        """The number of unresolved references in an earlier scan, and the first of them, which are not reported again;
        after this scan, its own. `None`: unresolved references are errors in the directory, and are rejected."""
        self._context = context
        self._naming = Naming(organization)
        self._staging = staging
        self._archive = archive
        self._now = datetime.now(UTC)
        self._order: list[str] = []
        self._rejected = 0
        self._added = 0

    async def add(self, people: Sequence[PersonDescription] = (), teams: Sequence[TeamDescription] = ()) -> bool:
        """Add people and teams, in any order; true if any of them had not been added before."""
        again = await _on_thread(lambda: self._staging.add_people(people) + self._staging.add_teams(teams))
        self.has_doubles |= bool(again)
        for key in again:
            self.reject(key, "there is another with the same name in the directory, which was taken")
        self._added += len(people) + len(teams)
        self._context.progress = f"{self._added:,} people and teams read"
        return len(again) < len(people) + len(teams)

    async def add_named_teams(self) -> None:
        """Add the teams that people refer to and that have no description, for a directory without teams."""
        await _on_thread(self._staging.add_named_teams)

    async def keep(self, kind: Kind, keys: Sequence[str]) -> None:
        """State that people or teams with invalid descriptions exist: their elements are kept unchanged."""
        await _on_thread(lambda: self._staging.retain([self._naming.source_key(kind, key) for key in keys]))

    async def identify(self, kind: Kind, entries: Sequence[tuple[bytes, str]]) -> None:
        """State the directory's identifiers of people or teams, each with its key, for later scans."""
        await _on_thread(lambda: self._staging.identify(kind, entries))

    async def forget(self, kind: Kind, entries: Sequence[bytes]) -> list[str]:
        """Discard people or teams of earlier scans by their identifiers; returns their keys."""

        def forget() -> list[str]:
            keys = self._staging.forget(kind, entries)
            self._staging.release([self._naming.source_key(kind, key) for key in keys])
            return keys

        return await _on_thread(forget)

    async def missing(self, kind: Kind, present: Iterable[bytes]) -> tuple[list[bytes], int]:
        """The identifiers of earlier scans that are not in `present`, and the number of unknown ones in `present`."""
        return await _on_thread(lambda: self._staging.missing(kind, present))

    def reject(self, subject: str, problem: str) -> None:
        """Report an entry or reference that is not catalogued; after the first ones, only their number is reported."""
        self._rejected += 1
        if self._rejected <= NAMED_ONE_BY_ONE:
            self._context.audit_log.record(
                messages.REJECTED, connector=self._context.connector_name, subject=subject, problem=problem
            )

    async def catalogue(self) -> Outcome:
        """Apply the differences to the catalogue, after a successful scan."""
        await _on_thread(self._resolve)
        policy = self._leavers()
        async with self._context.reconcile_in_order(self._naming.scope, policy=policy) as catalog:
            known, unchanged = await _on_thread(lambda: self._compare(_pages(catalog, self._is_ended)))
            catalog.compared(known, unchanged, self._missing, is_last=True)
            for kind in (Kind.TEAM, Kind.REPORTS, Kind.PERSON):
                await self._put(catalog, kind)
        catalog.outcome.add(policy.outcome)
        self._context.progress = None
        self._sum_up(catalog.outcome, ended=policy.outcome.updated)
        return catalog.outcome

    def _leavers(self) -> LeaverPolicy:
        self._missing: list[str] = []
        context = self._context
        policy = context.host or DefaultRemovalPolicy(context.settings.safety)
        return LeaverPolicy(context, self._naming, policy, self._missing, archive=self._archive)

    def _resolve(self) -> None:
        self._staging.resolve()
        self._order, circular = in_order(self._staging.memberships_of_teams())
        for team, whole in circular:
            self._staging.remove_from_team(team, whole)
            self.reject(team, f"it is a part of {whole}, which is itself a part of it; that relationship was left out")
        self._report_unresolved(*self._staging.unresolved(NAMED_ONE_BY_ONE))

    def _report_unresolved(self, number: int, first: list[str]) -> None:
        if self.usual_unresolved is None:
            for each in first:
                self.reject(each, "there is nobody and nothing of this name in the directory")
            self._rejected += number - len(first)
            return
        if number and (number, first) != self.usual_unresolved:
            name, found = self._context.connector_name, "; ".join(first)
            self._context.audit_log.record(messages.NOT_AMONG_THEM, connector=name, number=number, first=found)
        self.usual_unresolved = number, first

    def _is_ended(self, source_key: str, fingerprint: str) -> bool:
        """True for a person who has left and whose appointments have been ended: the comparison ignores them."""
        return not self._archive and fingerprint.startswith(ENDED) and PART not in source_key

    def _compare(self, comparison: SortedDiff) -> tuple[int, int]:
        for number, (kind, key) in enumerate((each, key) for each in Kind for key in self._staging.keys(each)):
            if number % CANCELLATION_CHECK_INTERVAL == 0:
                trio.from_thread.check_cancelled()
            puts = self._puts(kind, key)
            if puts and not comparison.is_unchanged(puts[0].source_key, puts[0].fingerprint):
                held = comparison.take_parts(puts[0].source_key)
                self._staging.add_changed(puts[0].source_key, kind, key, held)
        comparison.finish()
        missing = [each for each in comparison.take_missing() if not self._staging.is_retained(each.partition(PART)[0])]
        self._missing += missing if self.is_complete else []
        return comparison.known, comparison.unchanged

    def _puts(self, kind: Kind, key: str) -> list[Put]:
        staging, naming = self._staging, self._naming
        if kind is Kind.TEAM:
            return team_puts(naming, staging.team(key), staging.parent_teams(key))
        person = staging.person(key)
        if kind is Kind.REPORTS:
            return reports_puts(naming, person)
        if self._archive and person.left is not None and person.left <= self._now:
            return []  # an unstated person is archived
        return person_puts(naming, person, staging.appointments(key))

    async def _put(self, catalog: OrderedCatalog, kind: Kind) -> None:
        groups = self._teams_in_order() if kind is Kind.TEAM else self._changed(kind)
        done = 0
        while (group := await _on_thread(lambda: next(groups, None))) is not None:
            puts, without = group
            outcome = await catalog.put_changed(puts, without=without)
            for rejection in outcome.rejected:
                self.reject(rejection.subject, rejection.message)
            done += len(puts)
            self._context.progress = f"{done:,} new or changed elements catalogued"

    def _teams_in_order(self) -> Iterator[tuple[list[Put], list[str]]]:
        """Batches of changed teams: nested teams first, each after the teams that it is a part of, then all others."""
        nested = set(self._order)
        alone = (key for key in self._staging.keys(Kind.TEAM) if key not in nested)
        yield from self._grouped(Kind.TEAM, iter(self._order))
        yield from self._grouped(Kind.TEAM, alone)

    def _changed(self, kind: Kind) -> Iterator[tuple[list[Put], list[str]]]:
        after = ""
        while page := self._staging.changed(kind, after, PUT_AT_ONCE):
            after = page[-1][0]
            yield from self._grouped(kind, (key for _, key in page))

    def _grouped(self, kind: Kind, keys: Iterator[str]) -> Iterator[tuple[list[Put], list[str]]]:
        """Batches of changed elements, with the source keys of parts that no longer exist."""
        puts: list[Put] = []
        without: list[str] = []
        number = 0
        for key in keys:
            held = self._staging.held(self._naming.source_key(kind, key))
            if held is None:
                continue
            stated = self._puts(kind, key)
            puts += stated
            without += sorted(set(held) - {put.source_key for put in stated})
            number += 1
            if number % PUT_AT_ONCE == 0:
                yield puts, without
                puts, without = [], []
        if puts:
            yield puts, without

    def _sum_up(self, outcome: Outcome, ended: int) -> None:
        if self._rejected > NAMED_ONE_BY_ONE:
            self._context.audit_log.record(
                messages.MORE_REJECTED,
                connector=self._context.connector_name,
                number=self._rejected - NAMED_ONE_BY_ONE,
            )
        if outcome.created or outcome.updated or outcome.removed:
            self._context.audit_log.record(
                messages.CATALOGUED,
                connector=self._context.connector_name,
                organization=self._naming.organization,
                created=outcome.created,
                updated=outcome.updated - ended,
                ended=ended,
                removed=outcome.removed,
            )


def _pages(catalog: OrderedCatalog, is_hidden: Callable[[str, str], bool]) -> SortedDiff:
    """The comparison with the catalogue, without hidden elements. Used on a worker thread."""

    def next_page(after: str) -> dict[str, str]:
        while True:
            page = trio.from_thread.run(catalog.page_after, after)
            shown = {key: fingerprint for key, fingerprint in page.items() if not is_hidden(key, fingerprint)}
            if shown or not page:
                return shown
            after = next(reversed(page))

    return SortedDiff(next_page)


async def _on_thread(call: Callable[[], T]) -> T:
    """Call a function that uses the staging. It is not abandoned on cancellation, since the staging is closed then."""
    return await trio.to_thread.run_sync(call)
