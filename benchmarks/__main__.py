"""Run all benchmarks, or some, and print their figures as a table or as JSON lines.

With `--compare REVISION`, run each alternately here and in that revision, and print the ratios.
"""

import sys
from collections.abc import Iterator
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from benchmarks.catalogue import MODULES, MissingExtraError, benchmark
from benchmarks.comparison import Comparison, ComparisonError, compare
from benchmarks.measure import Figure, Plan, readable

WIDTH = 160
"""Width, in characters, of a table that is written to a file or a log."""

app = App(name="python -m benchmarks", help=__doc__)


@app.default
def main(
    *,
    only: Annotated[list[str] | None, Parameter(help=f"One of {', '.join(MODULES)}; may be repeated.")] = None,
    compare_with: Annotated[
        str | None, Parameter(name="--compare", help="Run in turn with this revision, and print the ratios.")
    ] = None,
    quick: Annotated[bool, Parameter(help="Small sizes, once: to see that it runs.", negative="")] = False,
    json: Annotated[bool, Parameter(help="One JSON object a line, for programs.", negative="")] = False,
) -> int:
    """Measure the daemon, compared with the bare operation in the same run, or with another revision."""
    unknown = [name for name in only or () if name not in MODULES]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(MODULES)}", file=sys.stderr)
        return 2
    names, plan = only or list(MODULES), Plan(quick=quick)
    lines = _measure(names, plan) if compare_with is None else compare(compare_with, names, plan)
    try:
        if json:
            for line in lines:
                print(msgspec.json.encode(line).decode(), flush=True)
        else:
            Console(width=None if sys.stdout.isatty() else WIDTH).print(_table(lines))
    except (MissingExtraError, ComparisonError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _measure(names: list[str], plan: Plan) -> Iterator[Figure]:
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        yield from benchmark(name)(plan)


def _table(lines: Iterator[Figure] | Iterator[Comparison]) -> Table:
    table = Table()
    for line in lines:
        cells = _comparison_cells(line) if isinstance(line, Comparison) else _figure_cells(line)
        if not table.columns:
            for title, cell in cells.items():
                table.add_column(title, justify="left" if isinstance(cell, str) else "right")
        table.add_row(*(cell if isinstance(cell, str) else readable(cell) for cell in cells.values()))
    return table


def _figure_cells(figure: Figure) -> dict[str, str | float | None]:
    return {
        "benchmark": figure.benchmark,
        "case": figure.case,
        "figure": figure.figure,
        "value": figure.value,
        "unit": figure.unit,
        "baseline": figure.baseline,
        "baseline value": figure.baseline_value,
        "ratio": figure.ratio,
    }


def _comparison_cells(comparison: Comparison) -> dict[str, str | float | None]:
    return {
        "benchmark": comparison.benchmark,
        "case": comparison.case,
        "figure": comparison.figure,
        "unit": comparison.unit,
        "current": comparison.current,
        "other": comparison.other,
        "current / other": comparison.ratio,
        "lower quartile": comparison.lower_quartile,
        "upper quartile": comparison.upper_quartile,
        "pairs": comparison.pairs,
    }


if __name__ == "__main__":
    sys.exit(app())
