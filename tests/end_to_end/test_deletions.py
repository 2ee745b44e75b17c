"""Held deletions on the command line: listed, rejected, kept across a restart, approved."""

import json
from pathlib import Path

from tests.end_to_end.program import Running, running
from tests.end_to_end.test_reload import document


def waiting(program: Running) -> list[tuple[int, bool]]:
    shown = json.loads(program.command("deletions", "list", "--json").stdout)
    return [(held["count"], held["rejected"]) for each in shown for held in each["held"]]


def catalogued(program: Running) -> int:
    return len(json.loads(program.command("elements", "--type", "DataFile", "--json").stdout))


def test_an_operator_decides_on_a_large_deletion(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.csv").write_text("x")
    (tmp_path / "daemon.json").write_text(document("a"))
    with running(tmp_path, "daemon.json") as program:
        program.command("refresh", "--connector", "a")
        assert catalogued(program) == 60
        for number in range(40):
            (folder / f"{number}.csv").unlink()
        program.command("refresh", "--connector", "a")
        assert waiting(program) == [(40, False)]
        assert "40 elements no longer found -> Decide whether" in program.command("status").stdout
        assert "waiting for a decision: 0 elements" in program.command("deletions", "reject", "a").stdout
    with running(tmp_path, "daemon.json") as program:
        assert waiting(program) == [(40, True)]
        assert catalogued(program) == 60
        program.command("deletions", "approve", "a")
        assert waiting(program) == []
        assert catalogued(program) == 20
        nothing = program.command("deletions", "approve", "a")
        assert nothing.returncode == 1
        assert "No removal of integration connector a is waiting" in nothing.stderr
