"""Plain content: the objects, lists, texts, numbers and booleans of a document in any format."""

import math
from datetime import date, time
from typing import Any

from audit.safe_text import has_lone_surrogate

DEEPEST = 100
"""The deepest nesting of objects and lists; documents of the ecosystem have about fifteen levels."""
LARGEST_NUMBER = 2**63 - 1


class ContentError(Exception):
    """The content is not allowed in a document."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{problem} - at `{place}`")
        self.place = place
        self.problem = problem


def require_plain(content: Any) -> None:
    """Raise `ContentError` for content that could not be stored, sent or calculated with.

    Later code may process the content recursively, and write it as JSON.
    """
    pending: list[tuple[Any, str, int]] = [(content, "$", 0)]
    while pending:
        value, place, depth = pending.pop()
        if depth > DEEPEST:
            shallow = place[:60] + "..."
            raise ContentError(shallow, f"the content is nested more than {DEEPEST} deep")
        if isinstance(value, dict):
            for key, each in value.items():
                problem = _problem_of(key) if isinstance(key, str) else f"the key {key!r} is no text; quote it"
                if problem:
                    raise ContentError(place, problem)
                pending.append((each, f"{place}.{key}", depth + 1))
        elif isinstance(value, list):
            pending.extend((each, f"{place}[{index}]", depth + 1) for index, each in enumerate(value))
        elif problem := _problem_of(value):
            raise ContentError(place, problem)


def _problem_of(value: Any) -> str:
    if isinstance(value, str):
        if "\0" in value:
            return "the text has a NUL character"
        if has_lone_surrogate(value):
            return "the text has half of a surrogate pair"
    elif isinstance(value, bool) or value is None:
        return ""
    elif isinstance(value, int):
        if abs(value) > LARGEST_NUMBER:
            return "the number is larger than a whole number can be (2^63 - 1)"
    elif isinstance(value, float):
        if not math.isfinite(value):
            return f"{value} is not a number that can be counted with"
    elif not isinstance(value, date | time):
        return f"a {type(value).__name__} is not something that a document can hold"
    return ""
