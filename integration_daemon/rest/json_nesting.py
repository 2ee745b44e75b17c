"""How deep JSON is nested, found in its bytes before a parser goes into their depth."""

import re

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(each for each in range(256) if each not in b'"[]{}')
_RUN = re.compile(rb"(\[+)(\]*)")
_TAKEN_OUT = 8
"""Levels of brackets that are taken out together. The others are counted, in one pass whatever their depth."""
_TEXT = re.compile(rb'"[^"]*"')


def is_nested_deeper(content: bytes, most: int) -> bool:
    """True if more objects and lists than `most` are within one another."""
    if content.count(b"[") + content.count(b"{") <= most:
        return False
    marks = content.replace(rb"\\", b"").replace(rb"\"", b"").translate(_BRACKETS, _OTHERS)
    brackets = _TEXT.sub(b"", marks.replace(b'""', b""))  # without the brackets that are in texts
    levels = min(most, _TAKEN_OUT)
    for _ in range(levels):
        brackets = brackets.replace(b"[]", b"")  # the innermost are taken out, each time
    depth = 0
    for run in _RUN.finditer(brackets):  # few are left of what is not hostile
        depth += len(run[1])
        if depth > (most - levels if run[2] else most):  # one without a partner has not been taken out of anything
            return True
        depth -= len(run[2])
    return False
