"""The worker pool, without connectors."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from integration_daemon.supervision.dispatch.work_item import WorkItem
from integration_daemon.supervision.dispatch.worker_pool import LONG_AFTER, WATCH_INTERVAL, Handler, WorkerPool

GRACE = 5.0


class Job:
    """A work item that awaits `task`."""

    def __init__(self, name: str, task: Callable[[], Awaitable[object]], *, seconds: float = 3600.0) -> None:
        self.name = name
        self.task = task
        self.seconds = seconds
        self.times = 1
        """How often it has to be done."""
        self.queued = False
        self.work: WorkItem[Job] | None = None


class Diary:
    """A handler that records the outcome of each job."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str | None]] = []
        self.begun: list[str] = []

    @property
    def handler(self) -> Handler[Job, str]:
        return Handler(
            attend=self.attend,
            interrupted=lambda item: "timed out" if item.timed_out else "interrupted",
            raised=lambda item, error: f"raised {error}",
            abandoned=lambda item: "abandoned",
            finished=self.finished,
        )

    async def attend(self, item: WorkItem[Job]) -> str | None:
        job = item.subject
        self.begun.append(job.name)
        item.grace = GRACE
        item.begin_step("do", job.seconds)
        await job.task()
        item.end_step()
        return "done"

    def finished(self, item: WorkItem[Job], outcome: str | None) -> bool:
        job = item.subject
        self.entries.append((job.name, outcome))
        job.times -= 1
        return job.times > 0


@asynccontextmanager
async def pool_of(
    diary: Diary, *, most_workers: int = 4, most_long: int = 0, slots: trio.CapacityLimiter | None = None
) -> AsyncIterator[WorkerPool[Job, str]]:
    pool = WorkerPool("jobs", diary.handler, most_workers=most_workers, most_long=most_long, slots=slots)
    async with trio.open_nursery() as nursery:
        pool.start(nursery)
        yield pool
        nursery.cancel_scope.cancel()


def resting(seconds: float) -> Callable[[], Awaitable[object]]:
    return partial(trio.sleep, seconds)


async def deaf(release: trio.Event) -> None:
    """Ignores its cancellation."""
    with trio.CancelScope(shield=True):
        await release.wait()


async def test_the_number_of_workers_limits_concurrent_work(autojump_clock: MockClock) -> None:
    at_work, most = 0, 0

    async def task() -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await trio.sleep(1)
        at_work -= 1

    diary = Diary()
    async with pool_of(diary, most_workers=4) as pool:
        for number in range(20):
            pool.submit(Job(str(number), task))
        await trio.sleep(10)
    assert most == 4
    assert [outcome for _, outcome in diary.entries] == ["done"] * 20


async def test_urgent_work_goes_first(autojump_clock: MockClock) -> None:
    diary = Diary()
    async with pool_of(diary, most_workers=1) as pool:
        jobs = [Job(name, resting(1)) for name in "abcd"]
        for job in jobs:
            pool.submit(job)
        await wait_all_tasks_blocked()
        pool.submit(jobs[3], urgent=True)
        await trio.sleep(10)
    assert diary.begun == ["a", "d", "b", "c"]


async def test_a_work_item_is_repeated_while_it_has_more_to_do(autojump_clock: MockClock) -> None:
    diary = Diary()
    async with pool_of(diary) as pool:
        job = Job("a", resting(1))
        job.times = 3
        pool.submit(job)
        await wait_all_tasks_blocked()
        pool.submit(job)  # in progress, and repeated anyway
        await trio.sleep(10)
    assert diary.entries == [("a", "done")] * 3


async def test_a_step_that_passes_its_deadline_is_cancelled(autojump_clock: MockClock) -> None:
    diary = Diary()
    async with pool_of(diary) as pool:
        pool.submit(Job("slow", resting(100), seconds=10))
        await trio.sleep(10 + 3 * WATCH_INTERVAL)
    assert diary.entries == [("slow", "timed out")]


async def test_work_cancelled_in_favour_of_other_work_is_interrupted(autojump_clock: MockClock) -> None:
    diary = Diary()
    async with pool_of(diary) as pool:
        job = Job("a", resting(100))
        pool.submit(job)
        await trio.sleep(1)
        assert job.work is not None
        job.work.cancel(trio.current_time(), "something else is to be done")
        await trio.sleep(1)
    assert diary.entries == [("a", "interrupted")]


async def test_work_that_does_not_end_is_abandoned_and_its_slot_reused(autojump_clock: MockClock) -> None:
    diary, release = Diary(), trio.Event()
    async with pool_of(diary, most_workers=1) as pool:
        job = Job("deaf", lambda: deaf(release), seconds=10)
        pool.submit(job)
        pool.submit(Job("next", resting(1)))
        await trio.sleep(10 + GRACE + 2)
        entries, work = list(diary.entries), job.work
        release.set()  # the late end of abandoned work is not an outcome
        await trio.sleep(1)
    assert entries == diary.entries == [("deaf", "abandoned"), ("next", "done")]
    assert work is None


async def test_an_exception_raised_during_cancellation_is_an_outcome(autojump_clock: MockClock) -> None:
    async def task() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("untidy")

    diary = Diary()
    async with pool_of(diary) as pool:
        job = Job("a", task, seconds=1)
        pool.submit(job)
        await trio.sleep(5)
        pool.submit(Job("b", resting(1)))
        await trio.sleep(5)
    assert diary.entries == [("a", "raised untidy"), ("b", "done")]


@pytest.mark.parametrize(("most_long", "begun"), [(8, 4), (0, 2)])
async def test_long_work_gives_its_slot_to_short_work(autojump_clock: MockClock, most_long: int, begun: int) -> None:
    diary = Diary()
    async with pool_of(diary, most_workers=2, most_long=most_long) as pool:
        for number in range(2):
            pool.submit(Job(f"long {number}", resting(600)))
        await trio.sleep(LONG_AFTER + 3 * WATCH_INTERVAL)
        for number in range(2):
            pool.submit(Job(f"short {number}", resting(1)))
        await trio.sleep(10)
        assert len(diary.begun) == begun


async def test_shared_slots_limit_several_pools_together(autojump_clock: MockClock) -> None:
    at_work, most = 0, 0

    async def task() -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await trio.sleep(1)
        at_work -= 1

    diary, slots = Diary(), trio.CapacityLimiter(3)
    async with pool_of(diary, slots=slots) as one, pool_of(diary, slots=slots) as other:
        for number in range(10):
            one.submit(Job(f"one {number}", task))
            other.submit(Job(f"other {number}", task))
        await trio.sleep(20)
    assert most == 3
    assert len(diary.entries) == 20
