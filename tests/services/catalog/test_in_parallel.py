"""Many calls at the same time, and what is done with their results meanwhile."""

import pytest
import trio
import trio.testing

from services.catalog.rest.in_parallel import all_results, batches_of


async def halved(number: int) -> float | None:
    await trio.lowlevel.checkpoint()
    return None if number % 10 == 9 else number / 2


async def test_results_are_handed_over_in_batches_and_the_rest_at_the_end() -> None:
    async with batches_of(halved, range(100), 4, 40) as batches:
        sizes = [len(batch) async for batch in batches]
    assert sum(sizes) == 90
    assert all(40 <= size < 40 + 4 for size in sizes[:-1])


async def test_few_calls_are_made_ahead_of_a_batch_that_is_worked_on() -> None:
    made: list[int] = []

    async def call(number: int) -> int:
        await trio.lowlevel.checkpoint()
        made.append(number)
        return number

    async with batches_of(call, range(10_000), 16, 50) as batches:
        first = await batches.receive()
        await trio.testing.wait_all_tasks_blocked()
        assert len(made) < 3 * (50 + 16)
        found = [number async for batch in batches for number in batch]
    assert sorted(first + found) == list(range(10_000))


async def test_an_exception_ends_the_other_calls() -> None:
    async def call(number: int) -> int:
        if number == 7:
            raise ValueError(number)
        await trio.sleep_forever()

    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="7"), flatten_subgroups=True):
        async with batches_of(call, range(100), 16, 50) as batches:
            assert [batch async for batch in batches] == []
    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="7"), flatten_subgroups=True):
        await all_results(call, range(100), 16)


@pytest.mark.parametrize("seed", range(20))  # the order in which trio runs tasks differs
async def test_an_exception_is_not_taken_for_the_end_of_the_results(seed: int) -> None:
    async def call(number: int) -> int:
        await trio.lowlevel.checkpoint()
        raise ValueError(number)

    with pytest.RaisesGroup(pytest.RaisesExc(ValueError), flatten_subgroups=True):
        async with batches_of(call, [seed], 16, 50) as batches:
            assert [batch async for batch in batches] == []


async def test_a_block_that_ends_early_ends_the_calls() -> None:
    async with batches_of(halved, range(10_000), 16, 5) as batches:
        first = await batches.receive()
    assert 5 <= len(first) < 5 + 16
