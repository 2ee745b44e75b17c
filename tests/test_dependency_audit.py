"""The dependency audit of `make check` fails for a known vulnerability, and says when it could ask nobody."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).parents[1] / ".ci" / "audit-dependencies"
SOUND = {"name": "sound", "version": "1.0", "vulns": []}
SKIPPED = {"name": "skipped", "skip_reason": "Dependency not found on PyPI and could not be audited"}
VULNERABLE = {"name": "bad", "version": "1.0", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["1.1"]}]}


def audited(directory: Path, code: str) -> tuple[int, list[str]]:
    """The exit status and the lines of an audit, with a stand-in for pip-audit."""
    (directory / "pip_audit.py").write_text(code)
    done = subprocess.run(
        [sys.executable, AUDIT],
        env={**os.environ, "PYTHONPATH": str(directory)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, [line.removeprefix("dependency audit: ") for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("dependencies", "status", "lines"),
    [
        ([SOUND, SKIPPED], 0, ["1 of 2 audited, 0 known vulnerabilities"]),
        ([SKIPPED], 0, ["NOT AUDITED, the index has no advisories"]),
        (
            [SOUND, VULNERABLE],
            1,
            ["bad 1.0 has PYSEC-2026-1, mended in 1.1", "2 of 2 audited, 1 known vulnerabilities"],
        ),
    ],
)
def test_what_pip_audit_says_decides(dependencies: Any, status: int, lines: list[str], tmp_path: Path) -> None:
    code = f"print({json.dumps({'dependencies': dependencies})!r}); raise SystemExit({status})"
    assert audited(tmp_path, code) == (status, lines)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("raise ConnectionError('no route')", "ConnectionError: no route"), ("print('?')", "pip-audit says nothing")],
)
def test_an_audit_that_could_not_be_made_fails_nothing_and_says_so(code: str, reason: str, tmp_path: Path) -> None:
    assert audited(tmp_path, code) == (0, [f"NOT AUDITED, {reason}"])
