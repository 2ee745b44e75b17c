"""`python -m benchmarks`: run all benchmarks, or some, and print their figures as a table or as JSON lines."""

import sys
from collections.abc import Iterator
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from benchmarks import (
    audit_log,
    databases,
    files,
    lateness,
    memory,
    postgres,
    recovery,
    refresh,
    remote,
    restart,
    start,
    status,
)
from benchmarks.measure import Benchmark, Figure, Plan

BENCHMARKS: dict[str, Benchmark] = {
    "refresh": refresh.measure,
    "status": status.measure,
    "audit": audit_log.measure,
    "memory": memory.measure,
    "files": files.measure,
    "remote": remote.measure,
    "postgres": postgres.measure,
    "databases": databases.measure,
    "start": start.measure,
    "restart": restart.measure,
    "lateness": lateness.measure,
    "recovery": recovery.measure,
}

app = App(name="python -m benchmarks", help=__doc__)


@app.default
def main(
    *,
    only: Annotated[list[str] | None, Parameter(help=f"One of {', '.join(BENCHMARKS)}; may be repeated.")] = None,
    quick: Annotated[bool, Parameter(help="Small sizes, once: to see that it runs.", negative="")] = False,
    json: Annotated[bool, Parameter(help="One JSON object a line, for programs.", negative="")] = False,
) -> int:
    """Measure what the daemon can do, beside the bare thing in the same run."""
    unknown = [name for name in only or () if name not in BENCHMARKS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    figures = _measure(only or list(BENCHMARKS), Plan(quick=quick))
    if json:
        for figure in figures:
            print(msgspec.json.encode(figure).decode(), flush=True)
    else:
        Console().print(_table(figures))
    return 0


def _measure(names: list[str], plan: Plan) -> Iterator[Figure]:
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        yield from BENCHMARKS[name](plan)


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
