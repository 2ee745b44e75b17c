"""Finds the number of the last change of a store, which the change feed does not contain."""

from services.metadata.bounds import GREATEST
from services.metadata.store import MetadataStore


async def last_change(store: MetadataStore, *, known: int = 0) -> int:
    """The number of the last change, found by bisection; `known` is a number that is not greater, or 0.

    Raises `InvalidParameterError` for a store without a change feed.
    """
    low, step = known, 1
    while await _goes_beyond(store, low + step):
        low, step = low + step, step * 2
        if low + step > GREATEST:
            break
    high = low + step
    while low < high:
        middle = (low + high) // 2
        if await _goes_beyond(store, middle):
            low = middle + 1
        else:
            high = middle
    return low


async def _goes_beyond(store: MetadataStore, number: int) -> bool:
    return bool((await store.changes(number, 1)).changes)
