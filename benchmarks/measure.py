"""Measurement, and the representation of figures."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measured figure; `baseline` names the bare operation of the same run, whose figure is `baseline_value`."""

    benchmark: str
    case: str
    figure: str
    value: float
    unit: str
    baseline: str = ""
    baseline_value: float | None = None
    ratio: float | None = None


class Plan(msgspec.Struct, frozen=True):
    """The extent of a measurement."""

    quick: bool = False
    """Small sizes and one repetition, to check only that a benchmark runs."""

    @property
    def repeats(self) -> int:
        """The number of repetitions of each figure, of which the median is used."""
        return 1 if self.quick else 5

    def sizes(self, *sizes: int) -> Iterator[int]:
        """The sizes to measure; only the smallest if `quick`."""
        yield from sizes[:1] if self.quick else sizes


Benchmark = Callable[[Plan], Iterator[Figure]]


def with_baseline(benchmark: str, case: str, figure: str, value: float, unit: str, name: str, bare: float) -> Figure:
    """A figure with that of the bare operation, its baseline."""
    return Figure(
        benchmark=benchmark,
        case=case,
        figure=figure,
        value=value,
        unit=unit,
        baseline=name,
        baseline_value=bare,
        ratio=value / bare if bare else None,
    )


def peak_megabytes() -> float:
    """The peak memory of this process. `getrusage` would include the memory of the parent process (Linux)."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024


def readable(value: float | None) -> str:
    """A number with three significant digits, or a whole number from 100 on; empty for `None`."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def interleaved(repeats: int, *takes: Callable[[], float]) -> list[float]:
    """The median of each kind of run; the runs alternate, so that noise affects all of them equally."""
    rounds = [[_settled(take) for take in takes] for _ in range(repeats)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def _settled(take: Callable[[], float]) -> float:
    gc.collect()
    return take()


class Stopwatch:
    """Measures the seconds between entering and leaving a block."""

    seconds = 0.0

    def __enter__(self) -> "Stopwatch":
        self._began = time.perf_counter()
        return self

    def __exit__(self, *exception: object) -> None:
        self.seconds = time.perf_counter() - self._began
