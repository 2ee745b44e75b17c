"""Compares this checkout with another revision: their benchmarks alternate, so that noise affects both equally."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.measure import Figure, Plan

CHECKOUT = Path(__file__).parents[1]

PAIRS = 15
PAIRS_OF_LONG_RUNS = 3
PAIRS_WHEN_QUICK = 3
LONG_RUN_SECONDS = 120.0
"""Processor time of one run from which fewer pairs are run."""

Case = tuple[str, str, str, str]
"""Benchmark, case, figure and unit."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of both revisions: medians, and the ratio of the pairs as a median with quartiles."""

    benchmark: str
    case: str
    figure: str
    unit: str
    current: float
    other: float
    ratio: float
    lower_quartile: float
    upper_quartile: float
    pairs: int


class ComparisonError(Exception):
    """The comparison with a revision is impossible."""


def compare(revision: str, names: list[str], plan: Plan) -> Iterator[Comparison]:
    """Run benchmarks here and in a revision of the repository, with the currently installed packages.

    In addition to the figures of each benchmark, the processor time of its whole run, including preparation, is
    compared. Raises `ComparisonError` for an unknown revision. A benchmark that fails in either is reported and left
    out.
    """
    with _checked_out(revision) as other:
        for name in names:
            pairs = []
            for number in range(1, PAIRS + 1):
                print(f"comparing {name}, pair {number} ...", file=sys.stderr, flush=True)
                first, second = (CHECKOUT, other) if number % 2 else (other, CHECKOUT)
                taken = {tree: _run(tree, name, plan) for tree in (first, second)}
                if not (taken[CHECKOUT] and taken[other]):
                    print(f"{name} does not run in both: left out", file=sys.stderr, flush=True)
                    break
                pairs.append((taken[CHECKOUT], taken[other]))
                if number >= _pairs(plan, taken[CHECKOUT]):
                    break
            yield from _compared(pairs)


@contextmanager
def _checked_out(revision: str) -> Iterator[Path]:
    """A work tree of a revision, in a temporary directory."""
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as directory:
        tree = Path(directory, "tree")
        _git("worktree", "add", "--quiet", "--detach", str(tree), revision)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> None:
    done = subprocess.run(["git", "-C", str(CHECKOUT), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ComparisonError(f"git {arguments[0]}: {done.stderr.strip()}")


def _run(tree: Path, name: str, plan: Plan) -> dict[Case, float]:
    """The figures of one run of a benchmark; empty if it fails."""
    command = [sys.executable, "-m", "benchmarks", "--json", "--only", name, *(["--quick"] if plan.quick else [])]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    with subprocess.Popen(command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        assert run.stdout is not None
        lines = run.stdout.read().splitlines()
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        return {}
    found = [msgspec.json.decode(line, type=Figure) for line in lines]
    figures = {(each.benchmark, each.case, each.figure, each.unit): each.value for each in found}
    return {**figures, (name, "the whole run", "cpu_seconds", "s"): usage.ru_utime + usage.ru_stime}


def _pairs(plan: Plan, taken: dict[Case, float]) -> int:
    if plan.quick:
        return PAIRS_WHEN_QUICK
    seconds = next(value for (_, _, figure, _), value in taken.items() if figure == "cpu_seconds")
    return PAIRS if seconds < LONG_RUN_SECONDS else PAIRS_OF_LONG_RUNS


def _compared(pairs: list[tuple[dict[Case, float], dict[Case, float]]]) -> Iterator[Comparison]:
    in_all = [case for case in (pairs[0][0] if pairs else {}) if all(case in taken for pair in pairs for taken in pair)]
    for case in in_all:
        values = [(current[case], other[case]) for current, other in pairs]
        if not all(other for _, other in values):
            continue
        ratios = [current / other for current, other in values]
        lower, median, upper = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
        benchmark, name, figure, unit = case
        yield Comparison(
            benchmark=benchmark,
            case=name,
            figure=figure,
            unit=unit,
            current=statistics.median(current for current, _ in values),
            other=statistics.median(other for _, other in values),
            ratio=median,
            lower_quartile=lower,
            upper_quartile=upper,
            pairs=len(pairs),
        )
