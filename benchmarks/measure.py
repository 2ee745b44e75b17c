"""Measuring, and what a measurement is."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measured figure; with `beside`, what the bare thing reached in the same run."""

    benchmark: str
    case: str
    figure: str
    value: float
    unit: str
    beside: str = ""
    beside_value: float | None = None
    ratio: float | None = None


class Plan(msgspec.Struct, frozen=True):
    """How thoroughly to measure."""

    quick: bool = False
    """Small sizes and one repetition: to see that a benchmark runs, not what it says."""

    @property
    def repeats(self) -> int:
        """How often to take each figure; the median counts."""
        return 1 if self.quick else 5

    def sizes(self, *sizes: int) -> Iterator[int]:
        """The sizes to measure at; only the smallest when quick."""
        yield from sizes[:1] if self.quick else sizes


Benchmark = Callable[[Plan], Iterator[Figure]]


def beside(benchmark: str, case: str, figure: str, value: float, unit: str, name: str, bare: float) -> Figure:
    """A figure with the bare thing's beside it."""
    return Figure(
        benchmark=benchmark,
        case=case,
        figure=figure,
        value=value,
        unit=unit,
        beside=name,
        beside_value=bare,
        ratio=value / bare if bare else None,
    )


def readable(value: float | None) -> str:
    """A number with three digits that count, or whole from 100 on; nothing for none."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def interleaved(repeats: int, *takes: Callable[[], float]) -> list[float]:
    """The median of each take, the takes run in turn so that a noisy moment touches all of them."""
    rounds = [[_settled(take) for take in takes] for _ in range(repeats)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def _settled(take: Callable[[], float]) -> float:
    gc.collect()
    return take()


class Stopwatch:
    """Seconds between entering and leaving a block."""

    seconds = 0.0

    def __enter__(self) -> "Stopwatch":
        self._began = time.perf_counter()
        return self

    def __exit__(self, *exception: object) -> None:
        self.seconds = time.perf_counter() - self._began
