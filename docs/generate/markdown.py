"""Markdown, and the docstrings that become Markdown."""

import ast
import inspect
import re
import textwrap
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


def field_docstrings(kind: type) -> dict[str, str]:
    """The docstrings below the fields of a class, or below the members of an enum, by name."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if each.__module__.partition(".")[0] in ("audit", "services", "integration_daemon"):
            found |= _docstrings_in(each)
    return found


def _docstrings_in(kind: type) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for field, following in zip(definition.body, definition.body[1:], strict=False):
        if (
            (name := _name_of(field))
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            found[name] = one_line(following.value.value)
    return found


def _name_of(statement: ast.stmt) -> str | None:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return None
