"""The files shown in the documentation, each preceded by `<!-- file: NAME -->`."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
WRITING_A_CONNECTOR = ROOT / "docs" / "writing-a-connector.md"

_FILE = re.compile(r"<!-- file: (?P<name>\S+) -->\n```\w+\n(?P<content>.*?)^```$", re.DOTALL | re.MULTILINE)
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<content>.*?)^```$", re.DOTALL | re.MULTILINE)


def write_files(page: Path, directory: Path) -> set[str]:
    """Write the files that a page shows, and return their names."""
    shown = {found["name"]: found["content"] for found in _FILE.finditer(page.read_text("utf-8"))}
    for name, content in shown.items():
        (directory / name).write_text(content, "utf-8")
    return set(shown)


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of a page in a language."""
    return [found["content"] for found in _BLOCK.finditer(page.read_text("utf-8")) if found["language"] == language]


def rows_of(page: Path, first: str) -> list[list[str]]:
    """The cells of the table whose heading begins with this cell, without code marks."""
    lines = page.read_text("utf-8").splitlines()
    heading = next(at for at, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows: list[list[str]] = []
    for line in lines[heading + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().replace("`", "") for cell in line.strip("|").split("|")])
    return rows
