"""Removes malformed values from a document one by one, so that the rest of it can still be checked."""

import re
from typing import Any, Generic, TypeVar

import msgspec

from integration_daemon.config.load import convert_to, explain
from integration_daemon.config.problem import Problem

MOST = 1_000
"""The largest number of malformed values that are reported for one document."""
_STEP = re.compile(r"\.([^.\[]*)|\[([^\]]*)\]")


StructT = TypeVar("StructT", bound=msgspec.Struct)


class Pruning(Generic[StructT]):
    """A document of some kind without its malformed values."""

    def __init__(self, raw: dict[str, Any], kind: type[StructT]) -> None:
        self.problems: list[Problem] = []
        self.config: StructT | None = None
        """`None` if there are too many malformed values."""
        self._content = msgspec.json.decode(msgspec.json.encode(raw, enc_hook=str))
        self._kept: dict[str, list[int]] = {}
        """The original positions of the remaining items of shortened lists."""
        for _ in range(MOST):
            try:
                self.config = convert_to(kind, self._content)
            except msgspec.ValidationError as error:
                place, text = explain(error)
                hint = "add it" if "is missing" in text else "correct the value"
                self.problems.append(Problem(self.place_in_document(place), text, hint))
                if not self._take_out(place):
                    return
            else:
                return

    def place_in_document(self, place: str) -> str:
        """The place of a value in the original document."""
        original = "$"
        for match in _STEP.finditer(place):
            key, index = match.groups()
            kept = self._kept.get(original)
            if key is not None:
                original += f".{key}"
            elif kept is not None and index.isdigit() and int(index) < len(kept):
                original += f"[{kept[int(index)]}]"
            else:
                original += f"[{index}]"
        return original

    def _take_out(self, place: str) -> bool:
        """Remove the value at a place, or the value that contains it if a required field would be missing."""
        steps = list(_STEP.finditer(place))
        while steps:
            last = steps.pop()
            holder = self._at(steps)
            key, index = last.groups()
            if isinstance(holder, list) and key is None:
                self._remove(holder, place[: last.start()], index)
                return True
            if isinstance(holder, dict) and holder.pop(key, None) is not None:
                return True
        return False

    def _at(self, steps: list[re.Match[str]]) -> Any:
        value = self._content
        for step in steps:
            key, index = step.groups()
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and key is None and index.isdigit() and int(index) < len(value):
                value = value[int(index)]
            else:
                return None
        return value

    def _remove(self, items: list[Any], place: str, index: str) -> None:
        if not index.isdigit() or int(index) >= len(items):
            items.clear()
            return
        kept = self._kept.setdefault(self.place_in_document(place), list(range(len(items))))
        del items[int(index)], kept[int(index)]
