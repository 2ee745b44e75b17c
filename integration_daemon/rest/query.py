"""Decodes the query of a request to the Struct that its route declares.

Each parameter is decoded by the type of its field; an error names the parameter, its value, and the accepted values.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, get_args

import msgspec
from msgspec import inspect

from integration_daemon.rest.messages import QUERY_NOT_UNDERSTOOD
from services.errors import InvalidParameterError
from services.metadata.bounds import Natural, Positive
from services.near_names import nearest

LONGEST_SHOWN = 60
"""The largest number of characters of the request that an error repeats."""

PageSize = Positive
"""The number of elements in the answer. Each route has a maximum, which is used for larger numbers."""
Offset = Natural
"""The number of elements to skip."""
Text = Annotated[str, msgspec.Meta(max_length=4_000)]


class Query(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The base of all queries, which can name the user if the path does not."""

    delegating_user_id: Text = ""
    user: Text = ""


class FreeQuery(Query, frozen=True, kw_only=True, rename="camel"):
    """The query of the compatible routes: clients of Egeria send parameters that have no meaning here."""


def read_query(kind: type[Query], sent: Mapping[str, str]) -> Query:
    """The query as its Struct; raises `InvalidParameterError` for the first wrong parameter."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    values: dict[str, Any] = {}
    for name, text in sent.items():
        field = fields.get(name)
        if field is not None:
            values[field.name] = _read(name, text, field.type)
        elif not issubclass(kind, FreeQuery):
            raise not_understood(name, f"it is {_none_of(name, fields)}")
    return kind(**values)


def require_one_of(name: str, value: str | None, known: Collection[str]) -> None:
    """Raise `InvalidParameterError` for an unknown value, with the most similar known value, or all of them."""
    if value is not None and value not in known:
        raise not_understood(name, f"{_shown(value)} is {_none_of(value, known)}")


def require_storable_text(name: str, text: str) -> str:
    """Return the text; raises `InvalidParameterError` for a NUL character, with which databases cannot search."""
    if "\x00" in text:
        raise not_understood(name, "it has the character NUL in it")
    return text


def not_understood(name: str, problem: object) -> InvalidParameterError:
    """The error for a parameter of the URL."""
    return InvalidParameterError(QUERY_NOT_UNDERSTOOD, name=_cut(name), problem=problem)


def _read(name: str, text: str, kind: Any) -> Any:
    require_storable_text(name, text)
    try:
        if datetime in get_args(kind):
            time = datetime.fromisoformat(text.replace(" ", "+"))  # the decoded form of an unescaped plus sign
            return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
        return msgspec.convert(text, kind, strict=False)
    except ValueError:
        raise not_understood(name, f"{_shown(text)} is not {_expected(inspect.type_info(kind))}") from None


def _expected(kind: inspect.Type) -> str:
    """A description of the values of a type."""
    if isinstance(kind, inspect.UnionType):
        return " or ".join(_expected(each) for each in kind.types if not isinstance(each, inspect.NoneType))
    if isinstance(kind, inspect.IntType):
        return f"a whole number of {kind.ge or 0} or more, and of 63 bits at most"
    if isinstance(kind, inspect.BoolType):
        return "true or false"
    if isinstance(kind, inspect.DateTimeType):
        return "a time such as 2026-11-23T18:00:00Z"
    if isinstance(kind, inspect.EnumType):
        return "one of " + ", ".join(str(each.value) for each in kind.cls)
    if isinstance(kind, inspect.LiteralType):
        return "one of " + ", ".join(str(value) for value in kind.values)
    if isinstance(kind, inspect.StrType) and kind.max_length is not None:
        return f"a text of at most {kind.max_length} characters"
    return "a text"


def _none_of(wrong: str, known: Collection[str]) -> str:
    hint = nearest(wrong, known)
    return f"none of {', '.join(sorted(known)) or 'those there are'}{f'; {hint}' if hint else ''}"


def _shown(text: str) -> str:
    return repr(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."
