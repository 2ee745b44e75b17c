"""Markdown, and the docstrings that become Markdown."""

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def literally(text: str) -> str:
    """Escape text, so that Markdown shows it unchanged."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


def code(text: object) -> str:
    """Text marked as code; it must not contain a backtick."""
    return f"`{text}`"


def one_line(text: str) -> str:
    """Text without line breaks."""
    return " ".join(text.split())


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells are Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(one_line(cell) for cell in line) + " |" for line in lines)


def page(title: str, *parts: str) -> str:
    """A page of parts with blank lines between them."""
    return "\n\n".join((f"# {title}", *(part.strip("\n") for part in parts if part))) + "\n"
