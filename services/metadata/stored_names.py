"""Conversion of paths with arbitrary bytes to text that can be stored.

A name that is valid Unicode is unchanged. In other names, each byte that does not belong to a character is written as
`\\xNN`, and each backslash is doubled. Names that contain the separator of source keys and parts, and valid names that
look like an escaped form, are escaped in the same way. Different names therefore stay different and reversible.
"""

import os
import re

from services.metadata.sorted_diff import PART

_ESCAPED_BYTE = re.compile(rb"\\x([0-9a-f]{2})")


def stored_name(name: str) -> str:
    """The text for a name or path in the form of `os`, with its undecodable bytes as lone surrogates."""
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
    """Convert a stored name or path back to the form that `os` uses."""
    if "\\\\" not in stored and "\\x" not in stored:
        return stored
    parts = stored.encode().split(b"\\\\")
    return os.fsdecode(b"\\".join(_ESCAPED_BYTE.sub(_byte, part) for part in parts))


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes([int(match.group(1), 16)])
