"""`python -m benchmarks.report FIGURES`: creates the documentation page about performance from the output of `--json`.

The page names the machine on which it is created, so create it where the figures were measured.
"""

import importlib
import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import msgspec

from benchmarks.catalogue import MODULES
from benchmarks.measure import Figure, readable
from docs.generate.markdown import literally, page, table

INTRODUCTION = """
Each figure of the daemon is compared with that of the bare operation, which is the minimum cost of the same work with
the same libraries, such as a pool of trio tasks that call nothing, or reading a directory without cataloguing it. Both
are measured alternately in the same run, because machines differ and ratios hold. For a time, a ratio above 1 is the
factor by which the daemon takes longer; for a rate, a ratio below 1 is the share that the daemon reaches.
"""

REPEAT = """
    make performance                              # all of this page; takes a while, on a machine at rest
    .venv/bin/python -m benchmarks --only refresh # one benchmark
    make compare REV=main                         # two revisions in turn, with the ratios and their quartiles
"""


def write_page(figures: Iterable[Figure]) -> str:
    """The page, in Markdown."""
    sections = (
        part for name, group in groupby(figures, key=lambda figure: figure.benchmark) for part in _section(name, group)
    )
    return page("Performance", INTRODUCTION, _machine(), "## How to repeat it", REPEAT, *sections)


def _machine() -> str:
    processor = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on Linux, "
        f"{os.cpu_count()} cores ({processor[1] if processor else platform.machine()}), {memory:.0f} GiB of memory."
    )


def _section(name: str, figures: Iterable[Figure]) -> Iterator[str]:
    yield f"## {name.capitalize()}"
    if name in MODULES:
        yield importlib.import_module(f"benchmarks.{MODULES[name]}").__doc__ or ""
    yield table(
        ("Case", "Figure", "Value", "Baseline", "Baseline value", "Ratio"),
        (
            (
                literally(each.case),
                literally(each.figure.replace("_", " ")),
                readable(each.value),
                literally(each.baseline),
                readable(each.baseline_value),
                readable(each.ratio),
            )
            for each in figures
        ),
    )


def main() -> None:
    """Print the page for the figures in the given file."""
    lines = Path(sys.argv[1]).read_bytes().splitlines()
    print(write_page(msgspec.json.decode(line, type=Figure) for line in lines), end="")


if __name__ == "__main__":
    main()
