"""Reads the docstrings below the fields of classes, which document these fields."""

import ast
import inspect
import textwrap
from functools import cache


@cache
def field_docstrings(kind: type) -> dict[str, str]:
    """The docstrings below the fields of a class, or below the members of an enum, by name. Reads source files."""
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
            found[name] = " ".join(following.value.value.split())
    return found


def _name_of(statement: ast.stmt) -> str | None:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return None
