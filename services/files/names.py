"""Conversion of paths with arbitrary bytes to text that can be stored.

A name that is valid Unicode stays as it is. In one that is not, each byte that does not belong to any character is
written as `\\xNN` and each backslash doubled; so is a name with the character that stands between source keys and their
parts, and so are the backslashes of valid names that could be taken for such a form. Thus no two names become one, and
a name can be found again.
"""

import os
import re

from services.metadata.sorted_diff import PART

_ESCAPED_BYTE = re.compile(rb"\\x([0-9a-f]{2})")


def stored_name(name: str) -> str:
    """The text for a name or path as `os` gives it, with its undecodable bytes as lone surrogates."""
    if name.isascii() and "\\" not in name and PART not in name:
        return name
    return "/".join([_stored_component(each) for each in name.split("/")])


def _stored_component(name: str) -> str:
    if PART in name or not _is_text(name):
        escaped = name.replace("\\", "\\\\").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return escaped.replace(PART, "\\x01")
    return name.replace("\\", "\\\\") if "\\\\" in name or "\\x" in name else name


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def system_name(stored: str) -> str:
    """The name or path, as `os` takes it, that a stored one stands for."""
    if "\\\\" not in stored and "\\x" not in stored:
        return stored
    parts = stored.encode().split(b"\\\\")
    return os.fsdecode(b"\\".join(_ESCAPED_BYTE.sub(_byte, part) for part in parts))


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes([int(match.group(1), 16)])
