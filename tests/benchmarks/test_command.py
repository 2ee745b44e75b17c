"""`python -m benchmarks`: a missing extra stops only the benchmarks that need it; two revisions run alternately."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

WITHOUT_PSYCOPG = (
    "import sys, runpy; sys.modules['psycopg'] = None; runpy.run_module('benchmarks', run_name='__main__')"
)


def measured(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run some benchmarks in a Python that has no PostgreSQL driver."""
    command = [sys.executable, "-c", WITHOUT_PSYCOPG, "--quick", "--json", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_a_benchmark_that_needs_no_extras_runs_without_them() -> None:
    run = measured("--only", "refresh")
    assert run.returncode == 0, run.stderr
    assert '"refreshes_per_s"' in run.stdout


@pytest.mark.parametrize("name", ["databases", "postgres"])
def test_a_benchmark_names_the_extra_it_lacks(name: str) -> None:
    run = measured("--only", name)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == (
        f"the benchmark {name} needs the package psycopg: install integration-daemon[dev]"
    )


def test_a_revision_and_this_checkout_run_alternately() -> None:
    run = measured("--only", "audit", "--compare", "HEAD")
    assert run.returncode == 0, run.stderr
    comparisons = [json.loads(line) for line in run.stdout.splitlines()]
    whole = comparisons[-1]
    assert (whole["benchmark"], whole["figure"], whole["pairs"]) == ("audit", "cpu_seconds", 3)
    for each in comparisons:
        assert 0 < each["lower_quartile"] <= each["ratio"] <= each["upper_quartile"], each
    trees = subprocess.run(["git", "worktree", "list"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "benchmarks-" not in trees


def test_an_unknown_revision_is_reported_in_one_line() -> None:
    run = measured("--only", "audit", "--compare", "no-such-revision")
    assert run.returncode == 1
    assert run.stderr.splitlines() == ["git worktree: fatal: invalid reference: no-such-revision"]


def test_the_figures_are_written_to_a_page(tmp_path: Path) -> None:
    run = measured("--only", "audit")
    figures = tmp_path / "figures.jsonl"
    figures.write_text(run.stdout, encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.report", str(figures)]
    page = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert page.startswith("# Performance\n")
    assert "Rate of audit records written to a file" in page
    for line in run.stdout.splitlines():
        figure = json.loads(line)
        assert f"| {figure['case']} | {figure['figure'].replace('_', ' ')} |" in page
