"""The page of the methods of the Python client."""

import inspect
from collections.abc import Callable
from typing import Any

from docs.generate.markdown import code, one_line, page
from integration_daemon.client import PlatformClient, ServerClient

_INTRODUCTION = """\
The methods of the [Python client](../client.md). The names and the meanings of the fields of its queries are the
parameters of the [routes](rest.md), in Python's spelling. All methods raise `ClientError`.
"""


def client_page() -> str:
    """Every method of the client with its parameters, its answer and its purpose."""
    return page(
        "The Python client",
        _INTRODUCTION,
        *(part for kind in (PlatformClient, ServerClient) for part in (f"## {kind.__name__}", *_methods(kind))),
    )


def _methods(kind: type) -> list[str]:
    return [_method(name, member) for name, member in vars(kind).items() if not name.startswith("_")]


def _method(name: str, member: Any) -> str:
    meaning = "\n\n".join(one_line(each) for each in (inspect.getdoc(member) or "").split("\n\n"))
    shown = name if isinstance(member, property) else f"{name}{_parameters(member)}"
    return f"{code(shown)}\n: " + meaning.replace("\n\n", "\n\n  ")


def _parameters(function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    shown = [each for name, each in signature.parameters.items() if name != "self"]
    names = [each.name if each.default is inspect.Parameter.empty else f"{each.name}=..." for each in shown]
    return f"({', '.join(names)})"
