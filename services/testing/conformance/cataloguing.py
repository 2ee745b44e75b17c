"""Conformance tests of the elements that a connector writes and removes."""

from pathlib import Path

import trio

from services.errors import MetadataServerUnavailableError, UserNotAuthorizedError
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.messages import STORE_FAILED
from services.testing.conformance.checks import check, require_kept, require_kind, some_of, undeclared_kinds
from services.testing.conformance.suite import CALLS, Suite
from services.testing.trial import Trial

OUTAGES = 4
"""Maximum number of store calls at which the third party becomes unavailable; each needs a new third party."""


class CataloguingConformance(Suite):
    """Tests of the catalogued elements."""

    def test_a_change_is_catalogued(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            async with trial.incarnation() as running:
                await trial.call(running, "refresh")
                before, _ = await trial.changes_after(0)
                await trio.to_thread.run_sync(self.change)
                await trial.call(running, "refresh")
                _, changes = await trial.changes_after(before)
            check(changes, "a second refresh did not catalogue a change: read the third party anew in each refresh")

        self.run(tmp_path, story)

    def test_an_unchanged_refresh_writes_nothing(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            await trial.refreshed()
            before, _ = await trial.changes_after(0)
            async with trial.incarnation() as running:
                await trial.call(running, "refresh")
                await trial.call(running, "refresh")
            _, changes = await trial.changes_after(before)
            names = some_of({each.element.qualified_name for each in changes if each.element is not None})
            check(
                not changes,
                f"a refresh of what had not changed wrote to {names}: state nothing that differs from run to run, such "
                "as the time of the refresh",
            )

        self.run(tmp_path, story)

    def test_only_declared_metadata_is_written(self, tmp_path: Path) -> None:
        """The provider's `exchange` names every written type, relationship and classification."""
        exchange = self.connector_class.provider.exchange

        async def story(trial: Trial) -> None:
            await trial.refreshed()
            undeclared = undeclared_kinds(await trial.kinds(), exchange.written_names if exchange is not None else ())
            check(
                not undeclared,
                f"the connector wrote {', '.join(sorted(undeclared))}, which provider.exchange.writes does not name",
            )

        if exchange is not None:
            self.run(tmp_path, story)

    def test_permitted_synchronization(self, tmp_path: Path) -> None:
        """If only changes of the third party are permitted, no metadata is changed."""

        async def story(trial: Trial) -> None:
            async def refreshed() -> None:
                async with trial.incarnation(synchronization=PermittedSynchronization.TO_THIRD_PARTY) as running:
                    await trial.call(running, "refresh")

            errors = await trial.errors_of(refreshed)
            _, changes = await trial.changes_after(0)
            check(
                not changes,
                "metadata was changed although the permitted synchronization is TO_THIRD_PARTY: change it by "
                "context.reconcile or context.apply, never by context.store",
            )
            check(errors or self.sends, "the context's UserNotAuthorizedError was swallowed: let it pass")
            require_kind(errors, UserNotAuthorizedError, case="where the permitted synchronization is TO_THIRD_PARTY")

        self.run(tmp_path, story)

    def test_a_complete_scan_removes_missing_elements(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            await trial.refreshed()
            before = await trial.names()
            await trio.to_thread.run_sync(self.remove_one)
            remaining = await trial.names_in_a_new_store()
            await trial.refreshed()
            found, missing = await trial.names(), before - remaining
            require_kept(before & remaining, found, "a complete refresh")
            check(missing or not self.removes, "remove_one removed nothing that had been catalogued")
            kept = some_of(missing & found)
            check(not (self.removes and kept), f"a complete refresh kept {kept}, which is gone: use context.reconcile")

        self.run(tmp_path, story)

    def test_a_cancelled_scan_removes_nothing(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            await trial.refreshed()
            before = await trial.names()
            await trio.to_thread.run_sync(self.remove_one)
            for number in range(1, CALLS):
                removals = trial.store.removals
                was_cancelled = await trial.cancelled("refresh", number)
                if not was_cancelled or trial.removals_before_cancel > removals:
                    break  # the scan was complete
                require_kept(before, await trial.names(), "a cancelled refresh")

        self.run(tmp_path, story)

    def test_a_scan_that_fails_removes_nothing(self, tmp_path: Path) -> None:
        """The third party becomes unavailable at a call of the store."""
        for number in range(1, OUTAGES + 1):
            if not self._break_off(tmp_path, number):
                break

    def test_a_failure_of_the_metadata_store_is_passed_on(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            await trial.refreshed()
            before = await trial.names()
            await trio.to_thread.run_sync(self.remove_one)
            remaining = await trial.names_in_a_new_store()
            for number in range(1, CALLS):
                if not await self._fail_store(trial, number):
                    break
                require_kept(before & remaining, await trial.names(), "a refresh whose metadata store failed")

        self.run(tmp_path, story)

    async def _fail_store(self, trial: Trial, number: int) -> bool:
        """Refresh while the store fails from a call on; returns whether the refresh reached that call."""
        has_failed = False

        async def fail() -> None:
            nonlocal has_failed
            has_failed = True
            trial.store.interrupt(1, fail)
            raise MetadataServerUnavailableError(
                STORE_FAILED, metadata_server="tested", path="of the test", cause="the conformance suite has it fail"
            )

        async with trial.incarnation() as running:
            trial.store.interrupt(number, fail)
            errors = await trial.errors_of(running.refresh)
            trial.store.take_interruption()
        check(
            errors or not has_failed,
            "refresh swallowed the error of an unavailable metadata store: let MetadataServerUnavailableError pass",
        )
        require_kind(errors, MetadataServerUnavailableError, case="where the metadata store is unavailable")
        return has_failed

    def _break_off(self, tmp_path: Path, number: int) -> bool:
        """Make the third party unavailable at a call of the store; returns whether the refresh reached that call."""
        came_to_it = False

        async def story(trial: Trial) -> None:
            nonlocal came_to_it
            await trial.refreshed()
            before = await trial.names()
            await trio.to_thread.run_sync(self.remove_one)
            remaining = await trial.names_in_a_new_store()
            removals = 0

            async def break_off() -> None:
                nonlocal removals, came_to_it
                came_to_it, removals = True, trial.store.removals
                await trio.to_thread.run_sync(self.make_unavailable)

            async with trial.incarnation() as running:
                trial.store.interrupt(number, break_off)
                removals_at_first = trial.store.removals
                errors = await trial.errors_of(running.refresh)
                trial.store.take_interruption()
            require_kind(errors, *self.unavailable_errors, case="where the third party breaks off")
            was_complete = not errors or removals > removals_at_first
            require_kept(
                before & remaining if was_complete else before, await trial.names(), "a refresh that broke off"
            )

        self.run(tmp_path, story)
        return came_to_it
