"""How deep JSON is nested, found in its bytes before a parser goes into their depth."""

import re

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(each for each in range(256) if each not in b'"[]{}')
_TEXT = re.compile(rb'"[^"]*"')


def is_nested_deeper(content: bytes, most: int) -> bool:
    """True if more objects and lists than `most` are within one another."""
    if content.count(b"[") + content.count(b"{") <= most:
        return False
    marks = content.replace(rb"\\", b"").replace(rb"\"", b"").translate(_BRACKETS, _OTHERS)
    brackets = _TEXT.sub(b"", marks.replace(b'""', b""))  # without the brackets that are in texts
    for _ in range(most):
        around = brackets.replace(b"[]", b"")  # the innermost are taken out, each time
        if len(around) == len(brackets):
            break  # the rest has no partner, and the parser will say so
        brackets = around
    return brackets.count(b"[") > most or b"[]" in brackets
