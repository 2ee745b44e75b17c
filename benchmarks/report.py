"""`python -m benchmarks.report FIGURES`: the page of the documentation about performance, from the output of `--json`.

The page names the machine on which it is made, so make it where the figures were measured.
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
Each figure of the daemon stands beside that of the bare operation: the least that the same work costs with the same
libraries, such as a pool of trio tasks that call nothing, or reading a directory without cataloguing it. Both are
measured in the same run, one after the other, since machines differ and ratios hold. Where a limit is a time, a ratio
above 1 is how much longer the daemon takes; where it is a rate, a ratio below 1 is the share of it that the daemon
reaches.
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
        ("Case", "Figure", "Value", "Beside", "Its value", "Ratio"),
        (
            (
                literally(each.case),
                literally(each.figure.replace("_", " ")),
                readable(each.value),
                literally(each.beside),
                readable(each.beside_value),
                readable(each.ratio),
            )
            for each in figures
        ),
    )


def main() -> None:
    """Print the page for the figures in the file that is named."""
    lines = Path(sys.argv[1]).read_bytes().splitlines()
    print(write_page(msgspec.json.decode(line, type=Figure) for line in lines), end="")


if __name__ == "__main__":
    main()
