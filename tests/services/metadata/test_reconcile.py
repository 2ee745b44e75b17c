"""Reconcile: afterwards the store holds the stated elements, and nothing is removed unnecessarily."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import InvalidParameterError, UserNotAuthorizedError
from services.framework.context import IntegrationContext
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata import reconcile
from services.metadata.changes import Outcome, Put, Query, Remove
from services.metadata.element import ElementStatus
from services.metadata.mapping import to_put
from services.metadata.reconcile import Catalog, OrderedCatalog, ReconcileTarget
from services.metadata.removal import CompletedScan, DeletionSafety, RemovalPolicy
from services.metadata.sorted_diff import PART
from services.metadata.types.files import DataFile
from services.testing import temporary_store, unhosted_context
from services.testing.watched_store import WatchedStore
from tests.integration_daemon.supervision.rig import MemoryServer
from tests.services.contexts import Surroundings, surroundings

Holdings = dict[str, int]


def puts(scope: str, holdings: Holdings) -> list[Put]:
    return [
        to_put(DataFile(qualified_name=f"{scope}{name}", file_size=size), source_key=f"{scope}{name}")
        for name, size in holdings.items()
    ]


async def reconciled(around: Surroundings[IntegrationContext], scope: str, holdings: Holdings) -> Outcome:
    async with around.context.reconcile(scope) as catalog:
        await catalog.put(puts(scope, holdings))
    return catalog.outcome


async def held(around: Surroundings[IntegrationContext], scope: str) -> Holdings:
    return {
        each.qualified_name.removeprefix(scope): each.properties["fileSize"]
        for each in await around.elements("DataFile")
        if each.qualified_name.startswith(scope)
    }


HOLDINGS = st.dictionaries(st.text("abc/", min_size=1, max_size=3), st.integers(0, 3), max_size=6)


@given(first=HOLDINGS, second=HOLDINGS)
@settings(max_examples=40, deadline=None)
def test_after_a_reconcile_the_store_holds_the_stated_elements(first: Holdings, second: Holdings) -> None:
    async def check() -> None:
        with TemporaryDirectory() as directory:
            async with surroundings(IntegrationContext, Path(directory)) as around:
                await reconciled(around, "/other/", {"x": 1})
                for holdings in (first, second):
                    await reconciled(around, "/data/", holdings)
                    assert await held(around, "/data/") == holdings
                again = await reconciled(around, "/data/", second)
                assert (again.created, again.updated, again.removed) == (0, 0, 0)
                assert again.unchanged == len(second)
                assert await held(around, "/other/") == {"x": 1}

    trio.run(check)


async def test_an_exception_removes_nothing(tmp_path: Path) -> None:
    async with surroundings(IntegrationContext, tmp_path) as around:
        await reconciled(around, "/data/", {"a": 1, "b": 1})
        with pytest.raises(ConnectionError):  # noqa: PT012 - it is raised in the middle of what is tested
            async with around.context.reconcile("/data/") as catalog:
                await catalog.put(puts("/data/", {"a": 2}))
                raise ConnectionError("the listing broke off")

        assert await held(around, "/data/") == {"a": 2, "b": 1}


async def test_a_cancellation_removes_nothing(tmp_path: Path) -> None:
    async with surroundings(IntegrationContext, tmp_path) as around:
        await reconciled(around, "/data/", {"a": 1, "b": 1})
        with trio.CancelScope() as scope:
            async with around.context.reconcile("/data/") as catalog:
                await catalog.put(puts("/data/", {"a": 1}))
                scope.cancel()
                await trio.sleep_forever()

        assert await held(around, "/data/") == {"a": 1, "b": 1}


async def test_elements_that_could_not_be_checked_are_kept(tmp_path: Path) -> None:
    async with surroundings(IntegrationContext, tmp_path) as around:
        await reconciled(around, "/data/", {"a": 1, "b/c": 1, "b/d": 1, "e": 1})
        async with around.context.reconcile("/data/") as catalog:
            await catalog.put(puts("/data/", {"a": 1}))
            catalog.keep_scope("/data/b/")

        assert set(await held(around, "/data/")) == {"a", "b/c", "b/d"}


async def test_overlapping_scopes_of_one_source_agree(tmp_path: Path) -> None:
    async with surroundings(IntegrationContext, tmp_path) as around:
        await reconciled(around, "/data/", {"a": 1, "b/c": 1})
        inner = await reconciled(around, "/data/b/", {"c": 1})
        outer = await reconciled(around, "/data/", {"a": 1, "b/c": 1})

        assert (inner.unchanged, inner.removed, outer.unchanged, outer.removed) == (1, 0, 2, 0)


async def test_plain_functions_can_reconcile_on_their_worker_thread(tmp_path: Path) -> None:
    async with surroundings(IntegrationContext, tmp_path) as around:

        def refresh(holdings: Holdings) -> Outcome:
            with around.context.reconcile("/data/") as catalog:
                catalog.put(puts("/data/", holdings))
            found = around.context.wait_for(around.context.find, Query(type_name="DataFile"))
            assert len(found) == len(holdings)
            return catalog.outcome

        await trio.to_thread.run_sync(refresh, {"a": 1, "b": 1})
        outcome = await trio.to_thread.run_sync(refresh, {"b": 2})
        assert (outcome.updated, outcome.removed) == (1, 1)
        assert await held(around, "/data/") == {"b": 2}

        def cannot_look_into_b() -> None:
            with around.context.reconcile("/data/") as catalog:
                catalog.keep_scope("/data/b")

        await trio.to_thread.run_sync(cannot_look_into_b)
        assert await held(around, "/data/") == {"b": 2}

        def breaks_off() -> None:
            with around.context.reconcile("/data/"):
                raise ConnectionError("the listing broke off")

        with pytest.raises(ConnectionError):
            await trio.to_thread.run_sync(breaks_off)
        assert await held(around, "/data/") == {"b": 2}


async def test_a_closed_context_refuses_every_call(tmp_path: Path) -> None:
    async with surroundings(IntegrationContext, tmp_path) as around:
        async with around.context.reconcile("/data/") as catalog:
            around.context.close()
            with pytest.raises(InvalidParameterError, match="after its run number 1 had ended"):
                await catalog.put(puts("/data/", {"a": 1}))

        assert await held(around, "/data/") == {}


@pytest.mark.parametrize("synchronization", [PermittedSynchronization.TO_THIRD_PARTY, PermittedSynchronization.OTHER])
async def test_metadata_is_changed_only_if_permitted(synchronization: PermittedSynchronization, tmp_path: Path) -> None:
    async with surroundings(IntegrationContext, tmp_path, synchronization=synchronization) as around:
        with pytest.raises(UserNotAuthorizedError, match="may not reconcile open metadata"):
            around.context.reconcile("/data/")
        with pytest.raises(UserNotAuthorizedError, match=f"synchronization is {synchronization.display_name}"):
            await around.context.apply(puts("/data/", {"a": 1}))
        assert await around.elements() == []


@pytest.mark.parametrize("scope", ["/data", "/data/file.csv", "db_", "files "])
async def test_a_scope_that_ends_in_the_middle_of_a_name_is_refused(tmp_path: Path, scope: str) -> None:
    async with surroundings(IntegrationContext, tmp_path) as around:
        with pytest.raises(InvalidParameterError, match="ends in the middle of a name"):
            around.context.reconcile(scope)


async def test_archived_elements_are_deleted_after_their_retention_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.framework.context.PURGE_PAUSE", 0.0)
    for days, left in ((None, {"/data/b"}), (1.0, {"/data/b"}), (0.0, set())):
        async with surroundings(IntegrationContext, tmp_path, retention_days=days) as around:
            await reconciled(around, "/data/", {"a": 1, "b": 1})
            await reconciled(around, "/data/", {"a": 1})
            await trio.sleep(0.002)  # times are stored in milliseconds
            await reconciled(around, "/data/", {"a": 1})
            kept = await around.elements("DataFile", archived=True)
            assert {each.qualified_name for each in kept if each.status is ElementStatus.ARCHIVED} == left


async def test_an_unhosted_connector_removes_no_more_than_its_deletion_safety_allows(tmp_path: Path) -> None:
    many = {f"{number:02}": 1 for number in range(40)}
    async with surroundings(IntegrationContext, tmp_path) as around:
        await reconciled(around, "/data/", many)
        assert (await reconciled(around, "/data/", {"00": 1})).removed == 0
        assert len(await held(around, "/data/")) == 40
        assert (await reconciled(around, "/data/", dict(list(many.items())[:20]))).removed == 20
    async with surroundings(IntegrationContext, tmp_path, safety=DeletionSafety(few=5, percent=10)) as around:
        assert (await reconciled(around, "/data/", dict(list(many.items())[:14]))).removed == 0


class RecordingPolicy(RemovalPolicy):
    """A removal policy that records the results of scans, and allows a limited number of removals."""

    def __init__(self, most: int | None = None) -> None:
        self.scans: list[CompletedScan] = []
        self._most = most

    async def scan_completed(self, scan: CompletedScan) -> list[str]:
        self.scans.append(scan)
        return scan.missing[: self._most]


async def test_the_removal_policy_decides_on_elements_and_their_parts_follow(tmp_path: Path) -> None:
    policy, source_keys = RecordingPolicy(most=1), ["/a", f"/a{PART}x", "/b", f"/b{PART}y"]
    async with surroundings(IntegrationContext, tmp_path) as around:
        await around.context.apply(
            [to_put(DataFile(qualified_name=source_key), source_key=source_key) for source_key in source_keys]
        )
        async with around.context.reconcile_in_order("/", policy=policy) as catalog:
            catalog.compared(2, 0, source_keys, is_last=True)
        assert [(scan.missing_count, scan.missing) for scan in policy.scans] == [(2, ["/a", "/b"])]
        assert await around.names("DataFile") == ["/b", f"/b{PART}y"]


async def test_the_removal_policy_receives_the_result_of_the_scan(tmp_path: Path) -> None:
    policy = RecordingPolicy()
    async with surroundings(IntegrationContext, tmp_path, source="other") as others:
        await others.context.apply(puts("", {"theirs": 1}))
    async with surroundings(IntegrationContext, tmp_path) as around:
        await reconciled(around, "/data/", {"a": 1, "b": 1, "c": 1, "d": 1, "gone": 1})
        async with around.context.reconcile_in_order("/data/", policy=policy) as catalog:
            await catalog.put_changed(puts("/data/", {"a": 2, "b": 2, "c": 1, "new": 1}))  # c is unchanged
            await catalog.put_changed([to_put(DataFile(qualified_name="theirs"), source_key="/data/theirs")])
            catalog.compared(2, 1, ["/data/gone"], is_last=False)
            catalog.compared(3, 0, [], is_last=True)
        (scan,) = policy.scans
        assert (scan.scope, scan.seen, scan.known, scan.refused) == ("/data/", 6, 5, 1)
        assert (scan.missing_count, scan.missing) == (1, ["/data/gone"])
        outcome = catalog.outcome
        assert (outcome.created, outcome.updated, outcome.unchanged, outcome.removed) == (1, 2, 2, 1)


@pytest.mark.parametrize(("missing", "named"), [(30, 30), (131, 100)])
async def test_beyond_the_deletion_safety_only_some_elements_are_named(
    missing: int, named: int, tmp_path: Path
) -> None:
    policy = RecordingPolicy()
    async with (
        surroundings(IntegrationContext, tmp_path, safety=DeletionSafety(most=30)) as around,
        around.context.reconcile_in_order("/", policy=policy) as catalog,
    ):
        catalog.compared(missing, 0, [f"/{number:02}" for number in range(missing)], is_last=True)
    assert [(scan.missing_count, scan.missing) for scan in policy.scans] == [
        (missing, [f"/{number:02}" for number in range(named)])
    ]


@pytest.mark.parametrize("delete", [True, False])
async def test_missing_elements_are_archived_by_their_connector_or_deleted(delete: bool, tmp_path: Path) -> None:
    async with surroundings(IntegrationContext, tmp_path) as around:
        await reconciled(around, "/data/", {"a": 1})
        async with around.context.reconcile("/data/", delete=delete):
            pass
        archived = [each.classifications["Memento"] for each in await around.elements("DataFile", archived=True)]
    assert [each["archiveProcess"] for each in archived] == ([] if delete else ["connector"])


class Pages(MemoryServer):
    """A metadata server that records the pages requested from it."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: list[tuple[str | None, int | None]] = []

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        self.pages.append((after, limit))
        return await super().fingerprints(metadata_source, scope, after=after, limit=limit)


async def test_stored_elements_are_read_in_pages_and_an_empty_put_writes_nothing() -> None:
    server = Pages()
    target = ReconcileTarget(server, user="npa", metadata_source="source", scope="/")
    in_order, at_once = OrderedCatalog(target), Catalog(target)
    await in_order.page_after("/a")
    assert server.pages == [("/a", 10_000)]
    await at_once.open()
    assert await at_once.put([]) == Outcome()
    assert server.applied == []


async def test_elements_inside_a_folder_are_removed_before_the_folder_1000_at_a_time() -> None:
    server = MemoryServer()
    catalog = OrderedCatalog(ReconcileTarget(server, user="npa", metadata_source="source", scope="/"))
    await catalog.open()
    keys = ["/folder/", *(f"/folder/{number:04}" for number in range(2_000))]
    catalog.compared(len(keys), 0, keys, is_last=True)
    await catalog.remove_missing(None)
    assert [len(batch.changes) for batch in server.applied] == [1_000, 1_000, 1]
    removed = [change.source_key for batch in server.applied for change in batch.changes if isinstance(change, Remove)]
    assert removed == keys[::-1]


@pytest.mark.parametrize("reported", [True, False])
async def test_an_incompletely_reported_comparison_is_an_error(tmp_path: Path, reported: bool) -> None:
    async with surroundings(IntegrationContext, tmp_path) as around:
        await around.context.apply([to_put(DataFile(qualified_name="/a"))])

        async def scan() -> None:
            async with around.context.reconcile_in_order("/") as catalog:
                await catalog.put_changed([to_put(DataFile(qualified_name="/b"))])
                if reported:
                    catalog.compared(1, 0, ["/a"], is_last=False)

        with pytest.raises(InvalidParameterError, match="scan of / was closed before the last part of its comparison"):
            await scan()
        assert await around.names("DataFile") == ["/a", "/b"]


@pytest.mark.parametrize(("page", "reads"), [(4, 1), (3, 2), (2, 2), (1, 4)])
async def test_a_comparison_reads_each_page_of_the_store_once(
    page: int, reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "KEYS_IN_A_PAGE", page)
    async with temporary_store() as store:
        watched = WatchedStore(store)
        context = unhosted_context(IntegrationContext, watched)
        await context.apply([to_put(DataFile(qualified_name=f"/{number}")) for number in range(3)])
        before = watched.calls
        async with context.reconcile_in_order("/") as catalog:
            comparison = await catalog.comparison()
            assert await trio.to_thread.run_sync(comparison.held_at, "/0") is not None
            await trio.to_thread.run_sync(comparison.finish)
            catalog.compared(comparison.known, 3, [], is_last=True)
        assert comparison.take_missing() == ["/0", "/1", "/2"]
        assert watched.calls - before == reads
