"""`python -m benchmarks`: run all benchmarks, or some, and print their figures as a table or as JSON lines."""

import importlib
import sys
from collections.abc import Iterator
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from benchmarks.measure import Benchmark, Figure, Plan

MODULES = {
    "refresh": "refresh",
    "status": "status",
    "audit": "audit_log",
    "memory": "memory",
    "files": "files",
    "small": "small",
    "small-databases": "small_databases",
    "remote": "remote",
    "postgres": "postgres",
    "databases": "databases",
    "start": "start",
    "restart": "restart",
    "lateness": "lateness",
    "recovery": "recovery",
}
"""The module of each benchmark. It is imported when the benchmark runs, since some need packages of an extra."""

app = App(name="python -m benchmarks", help=__doc__)


@app.default
def main(
    *,
    only: Annotated[list[str] | None, Parameter(help=f"One of {', '.join(MODULES)}; may be repeated.")] = None,
    quick: Annotated[bool, Parameter(help="Small sizes, once: to see that it runs.", negative="")] = False,
    json: Annotated[bool, Parameter(help="One JSON object a line, for programs.", negative="")] = False,
) -> int:
    """Measure what the daemon can do, beside the bare thing in the same run."""
    unknown = [name for name in only or () if name not in MODULES]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(MODULES)}", file=sys.stderr)
        return 2
    figures = _measure(only or list(MODULES), Plan(quick=quick))
    try:
        if json:
            for figure in figures:
                print(msgspec.json.encode(figure).decode(), flush=True)
        else:
            Console().print(_table(figures))
    except MissingExtraError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _measure(names: list[str], plan: Plan) -> Iterator[Figure]:
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        yield from _benchmark(name)(plan)


class MissingExtraError(Exception):
    """A benchmark needs a package that is not installed."""


def _benchmark(name: str) -> Benchmark:
    try:
        benchmark: Benchmark = importlib.import_module(f"benchmarks.{MODULES[name]}").measure
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the benchmark {name} needs the package {error.name}: install integration-daemon[dev]"
        ) from error
    return benchmark


def _table(figures: Iterator[Figure]) -> Table:
    table = Table("benchmark", "case", "figure", "value", "unit", "beside", "its value", "ratio")
    for index in (3, 6, 7):
        table.columns[index].justify = "right"
    for figure in figures:
        table.add_row(
            figure.benchmark,
            figure.case,
            figure.figure,
            _number(figure.value),
            figure.unit,
            figure.beside,
            _number(figure.beside_value),
            _number(figure.ratio),
        )
    return table


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


if __name__ == "__main__":
    sys.exit(app())
