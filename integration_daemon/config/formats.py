"""The formats of a document: decoding bytes to plain content, and finding the lines of places."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, time
from typing import Any

import msgspec

from integration_daemon.config.answer import place_in_document
from integration_daemon.config.places import Found, json_places, lines_of, toml_places, yaml_places
from integration_daemon.config.plain import DEEPEST, ContentError, require_plain
from integration_daemon.config.yaml_content import decode_yaml

TOO_DEEP = f"it is nested more than {DEEPEST} deep"


class NotWellFormedError(ValueError):
    """The bytes are not well-formed. The text has the line and column if they are known."""


class Format(msgspec.Struct, frozen=True):
    """A format of documents."""

    name: str
    parse: Callable[[str], Any]
    """Decodes a text to its content; raises `ValueError`."""
    places: Callable[[str], Iterator[Found]]
    """Finds the lines of values in a well-formed text."""

    def decode(self, content: bytes) -> Any:
        """The content; raises `NotWellFormedError`, or `ContentError` for content that is not allowed."""
        text = _text(content)
        try:
            parsed = self.parse(text)
        except RecursionError:
            raise NotWellFormedError(TOO_DEEP) from None
        except (ValueError, msgspec.MsgspecError) as error:
            raise NotWellFormedError(_with_line(error, text)) from None
        require_plain(parsed)
        return parsed

    def lines(self, content: bytes, wanted: Iterable[str]) -> dict[str, int]:
        """The known lines of places, also of a document inside an answer."""
        return lines_of(wanted, map(_in_document, self.places(_text(content))))


def _in_document(found: Found) -> Found:
    place = place_in_document(found.place)
    return found if place == found.place else msgspec.structs.replace(found, place=place)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotWellFormedError(f"it is not UTF-8 (line {line}); save the file in that encoding") from None


def _json(text: str) -> Any:
    content = msgspec.json.decode(text)
    require_plain(content)  # before any recursive processing
    try:
        json.loads(text, object_pairs_hook=_without_repetition)
    except _RepeatedError:
        repeated = next(found for found in json_places(text) if found.is_repeated)
        problem = f"the key stands twice in the same object (line {repeated.line})"
        raise ContentError(repeated.place, problem) from None
    return content


class _RepeatedError(Exception):
    """An object has a duplicate key."""


def _without_repetition(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        raise _RepeatedError


def _toml(text: str) -> Any:
    if (deep := _DEEP_KEY.search(text)) is not None:  # the parser takes quadratic time for it
        place = "$." + deep.group().strip(" \t[")[:60] + "..."
        raise ContentError(place, f"the content is nested more than {DEEPEST} deep")
    return _without_dates(msgspec.toml.decode(text))


_DEEP_KEY = re.compile(rf"^[ \t]*\[*[ \t]*(?:[^\s.=#\[\]\"']+[ \t]*\.[ \t]*){{{DEEPEST}}}", re.MULTILINE)


def _without_dates(content: Any) -> Any:
    """Convert dates to texts, as the other formats have them."""
    require_plain(content)
    return _dates_as_text(content)


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _dates_as_text(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(each) for each in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _with_line(error: Exception, text: str) -> str:
    """The text of an msgspec error, with its byte position converted to line and column."""
    problem = " ".join(str(error).split())
    match = re.search(r"\(byte (\d+)\)", problem)
    if match is None:
        return problem
    before = text.encode()[: int(match.group(1))]
    line = before.count(b"\n") + 1
    column = len(before) - (before.rfind(b"\n") + 1) + 1
    return f"{problem[: match.start()].strip()} (line {line}, column {column})"


JSON = Format("JSON", _json, json_places)
YAML = Format("YAML", decode_yaml, yaml_places)
TOML = Format("TOML", _toml, toml_places)
_BY_ENDING = {".yaml": YAML, ".yml": YAML, ".toml": TOML}


def format_of(ending: str) -> Format:
    """The format for a file name extension; JSON for an unknown one."""
    return _BY_ENDING.get(ending.lower(), JSON)
