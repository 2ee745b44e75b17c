"""The files of a chained log, in the order in which they were written."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_ROTATED = re.compile(r"(?P<base>.*)\.(?P<number>\d+)")


def by_log(paths: Iterable[Path]) -> list[list[Path]]:
    """The files of each log, oldest first; the oldest rotated file has the highest number."""
    logs: dict[str, list[tuple[int, Path]]] = {}
    for path in paths:
        rotated = _ROTATED.fullmatch(str(path))
        base, number = (rotated["base"], int(rotated["number"])) if rotated else (str(path), 0)
        logs.setdefault(base, []).append((-number, path))
    return [[path for _, path in sorted(files)] for files in logs.values()]


def lines_of(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """The lines of files, each with its place (`path:number`); raises `OSError`. Blocks."""
    for path in paths:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                yield f"{path}:{number}", line.removesuffix(b"\n")
