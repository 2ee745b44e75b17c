"""`python -m benchmarks`: what is not installed stops only the benchmarks that need it."""

import subprocess
import sys

import pytest

WITHOUT_PSYCOPG = (
    "import sys, runpy; sys.modules['psycopg'] = None; runpy.run_module('benchmarks', run_name='__main__')"
)


def measured(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run some benchmarks in a Python that has no PostgreSQL driver."""
    command = [sys.executable, "-c", WITHOUT_PSYCOPG, "--quick", "--json", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_a_benchmark_without_extras_runs_without_them() -> None:
    run = measured("--only", "refresh")
    assert run.returncode == 0, run.stderr
    assert '"refreshes_per_s"' in run.stdout


@pytest.mark.parametrize("name", ["databases", "postgres"])
def test_a_benchmark_says_what_it_lacks(name: str) -> None:
    run = measured("--only", name)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == (
        f"the benchmark {name} needs the package psycopg: install integration-daemon[dev]"
    )
