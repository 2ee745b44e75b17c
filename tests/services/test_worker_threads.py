"""Calls on worker threads: few threads for many calls, and no call waits for a hung one."""

import threading
from collections.abc import Iterator
from contextvars import ContextVar
from functools import partial

import pytest
import trio
import trio.testing

from services.worker_threads import WorkerThreads

PATIENCE = 5.0
"""Seconds."""


class Hanging:
    """Calls that do not return until they are released."""

    def __init__(self) -> None:
        self._released = threading.Event()
        self.began = threading.Semaphore(0)

    def call(self) -> str:
        self.began.release()
        self._released.wait()
        return "returned"

    def release(self) -> None:
        self._released.set()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    hanging = Hanging()
    yield hanging
    hanging.release()


async def gather(threads: WorkerThreads, number: int) -> list[int]:
    """Submit this many calls at once, and return the threads that ran them."""
    idents: list[int] = []

    async def one() -> None:
        idents.append(await threads.run(threading.get_ident))

    async with trio.open_nursery() as nursery:
        for _ in range(number):
            nursery.start_soon(one)
    return idents


async def began(hanging: Hanging, seconds: float = PATIENCE) -> bool:
    """Wait until one more call hangs; false if none does within this many seconds."""
    return await trio.to_thread.run_sync(lambda: hanging.began.acquire(timeout=seconds))


async def test_a_caller_gets_the_result_or_exception_of_its_call() -> None:
    threads = WorkerThreads("test", slots=1)
    assert await threads.run(lambda: 2) == 2
    with pytest.raises(ValueError, match="nothing"):
        await threads.run(partial(int, "nothing"))


async def test_a_call_runs_in_the_context_of_its_caller() -> None:
    variable: ContextVar[str] = ContextVar("variable")
    threads = WorkerThreads("test", slots=1)
    variable.set("the caller's")
    assert await threads.run(variable.get) == "the caller's"


async def test_many_calls_use_no_more_threads_than_there_are_slots() -> None:
    idents = await gather(WorkerThreads("test", slots=1), 100)
    assert len(idents) == 100
    assert len(set(idents)) == 1


async def test_as_many_calls_run_at_once_as_there_are_slots() -> None:
    both = threading.Barrier(2, timeout=PATIENCE)
    threads = WorkerThreads("test", slots=2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(threads.run, both.wait)
        nursery.start_soon(threads.run, both.wait)


async def test_hung_calls_do_not_delay_others(hanging: Hanging) -> None:
    threads = WorkerThreads("test", slots=1, most_long=5)
    results: list[str] = []

    async def one() -> None:
        results.append(await threads.run(hanging.call))

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(one)
        assert all([await began(hanging) for _ in range(5)])
        with trio.fail_after(PATIENCE):
            assert len(set(await gather(threads, 10))) == 1
        hanging.release()
    assert results == ["returned"] * 5


async def test_threads_without_a_slot_end_when_their_calls_return(hanging: Hanging) -> None:
    threads = WorkerThreads("test", slots=1, most_long=2)
    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(threads.run, hanging.call)
        with trio.fail_after(PATIENCE):
            await gather(threads, 1)
        hanging.release()
    assert len(set(await gather(threads, 100))) == 1


async def test_the_number_of_long_calls_is_limited(hanging: Hanging) -> None:
    threads = WorkerThreads("test", slots=1, most_long=1)
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(threads.run, hanging.call)
        assert await began(hanging)
        assert await began(hanging)
        assert not await began(hanging, 0.1)
        hanging.release()
    assert await threads.run(lambda: "all is well") == "all is well"


async def test_a_thread_continues_after_a_long_call_although_another_has_its_slot(hanging: Hanging) -> None:
    threads, second = WorkerThreads("test", slots=1, most_long=1), Hanging()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(threads.run, hanging.call)
        assert await began(hanging)
        nursery.start_soon(threads.run, second.call)
        assert await began(second)
        async with trio.open_nursery() as waiting:
            waiting.start_soon(threads.run, partial(str, "waits for one of them"))
            hanging.release()
        second.release()


async def test_a_cancelled_caller_leaves_its_thread_behind(hanging: Hanging) -> None:
    threads = WorkerThreads("test", slots=1)
    with trio.move_on_after(0.05) as scope:
        await threads.run(hanging.call)
    assert scope.cancelled_caught
    hanging.release()
    assert await threads.run(lambda: "the thread goes on") == "the thread goes on"


async def test_a_call_cancelled_before_it_begins_is_not_made(hanging: Hanging) -> None:
    threads = WorkerThreads("test", slots=1)
    made: list[int] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(threads.run, hanging.call)
        assert await began(hanging)
        with trio.CancelScope() as scope:
            scope.cancel()
            await threads.run(partial(made.append, 1))
        with trio.move_on_after(0.05):
            await threads.run(partial(made.append, 2))
        hanging.release()
        await threads.run(partial(made.append, 3))
    assert made == [3]


def test_a_thread_that_outlives_the_event_loop_does_no_harm(
    hanging: Hanging, capsys: pytest.CaptureFixture[str]
) -> None:
    async def leave_behind() -> threading.Thread:
        threads = WorkerThreads("left behind", slots=1)
        with trio.move_on_after(0.05):
            await threads.run(hanging.call)
        (thread,) = [each for each in threading.enumerate() if each.name == "left behind"]
        return thread

    async def make_a_call() -> str:
        return await WorkerThreads("next", slots=1).run(lambda: "all is well")

    thread = trio.run(leave_behind)
    hanging.release()
    while thread.name == "left behind":
        pass
    assert trio.run(make_a_call) == "all is well"
    assert capsys.readouterr().err == ""
