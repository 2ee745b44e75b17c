"""Make small single changes to the modules that make decisions, and print the changes that no test noticed.

Run by `make mutants`. The changed modules and the tests to run are configured in `pyproject.toml`. mutmut makes the
changes and, for each of them, runs the tests that reach the changed function. It does not change properties or
constants.

Changes without any effect on the behaviour are listed in `equivalent.toml`, with the reason.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

KILLED = ("killed", "timeout", "caught by type check")
"""The results of mutmut for a mutant that was noticed; a time-out counts as noticed."""
GOAL = 90.0
"""Percent of the mutants of each module."""
EQUIVALENT: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text())
"""The reason why a change has no effect, by module and changed line."""


def main() -> int:
    """Run the mutation tester; return exit status 1 if a module is below the goal."""
    shutil.rmtree("mutants", ignore_errors=True)
    subprocess.run(["mutmut", "run"], env=_environment(), check=True)
    counts: dict[str, Counter[str]] = {}
    unused = {(module, change) for module, changes in EQUIVALENT.items() for change in changes}
    for name, status in _results():
        module = name.rpartition(".")[0]
        if status not in KILLED:
            status, change = "survived", _change(name)
            if change in EQUIVALENT.get(module, {}):
                status = "equivalent"
                unused.discard((module, change))
            else:
                print(f"{name}\n    {change}")
        counts.setdefault(module, Counter())[status] += 1
    for module, change in sorted(unused):
        print(f"equivalent.toml has a mutant of {module} that a test notices, or that is not made:\n    {change}")
    return 0 if _report(counts) >= GOAL else 1


def _results() -> Iterable[tuple[str, str]]:
    """The name and the result of each mutant."""
    for line in _mutmut("results", "--all", "true").splitlines():
        name, _, status = line.strip().partition(": ")
        yield name, status


def _change(name: str) -> str:
    """The changed line of a mutant; a removed line begins with a minus sign."""
    lines = [line for line in _mutmut("show", name).splitlines()[1:] if not line.startswith(("+++", "---"))]
    added = [line[1:].strip() for line in lines if line.startswith("+")]
    return " ".join(added or [f"-{line[1:].strip()}" for line in lines if line.startswith("-")])


def _report(counts: dict[str, Counter[str]]) -> float:
    """Print a line for each module, and return the lowest share of noticed mutants."""
    lowest = 100.0
    print(f"\n{'mutants noticed':52} {'by tests':>9} {'by mypy':>9} {'by none':>9} {'equivalent':>11} {'%':>7}")
    for module, count in sorted(counts.items()):
        noticed = sum(count[status] for status in KILLED)
        by_mypy = count["caught by type check"]
        share = 100 * noticed / (noticed + count["survived"])
        lowest = min(lowest, share)
        print(
            f"{module:52} {noticed - by_mypy:9} {by_mypy:9} {count['survived']:9} {count['equivalent']:11} {share:7.1f}"
        )
    return lowest


def _mutmut(*arguments: str) -> str:
    return subprocess.run(
        ["mutmut", *arguments], env=_environment(), check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout


def _environment() -> dict[str, str]:
    """The environment with the programs of this virtual environment first: mutmut, and the mypy that it calls."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


if __name__ == "__main__":
    sys.exit(main())
