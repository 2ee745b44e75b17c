"""Invisible characters in text that people read: control and format characters.

Characters that change the direction of text (U+202A to U+202E, U+2066 to U+2069) make a terminal show the text in
another order, so they are shown as escapes.
"""

import json
import re
from unicodedata import category

_OTHER_THAN_ASCII = re.compile(r"[^ -~]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def one_line(text: str) -> str:
    """The text in one line, with its invisible characters escaped as in Python."""
    return text if text.isprintable() else _OTHER_THAN_ASCII.sub(_as_in_python, text)


def escaped_json(content: bytes) -> bytes:
    """The same JSON with the invisible characters of its texts escaped."""
    if content.isascii():
        return content
    return _BEYOND_ASCII.sub(_as_in_json, content.decode()).encode()


def _as_in_python(found: re.Match[str]) -> str:
    character = found.group()
    return character if _is_visible(character) else repr(character)[1:-1]


def _as_in_json(found: re.Match[str]) -> str:
    character = found.group()
    return character if _is_visible(character) else json.dumps(character)[1:-1]


def _is_visible(character: str) -> bool:
    """True if a character has a glyph, or is a space of any width."""
    return character.isprintable() or category(character) == "Zs"
