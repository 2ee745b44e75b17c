"""Measures the nesting of JSON in its bytes, before a recursive parser decodes them."""

import re

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(each for each in range(256) if each not in b'"[]{}')
_RUN = re.compile(rb"(\[+)(\]*)")
_TAKEN_OUT = 8
"""Levels of brackets that are removed by replacement. Deeper levels are counted in one pass, whatever their depth."""
_TEXT = re.compile(rb'"[^"]*"')


def is_nested_deeper(content: bytes, most: int) -> bool:
    """True if objects and lists are nested deeper than `most` levels."""
    if content.count(b"[") + content.count(b"{") <= most:
        return False
    marks = content.replace(rb"\\", b"").replace(rb"\"", b"").translate(_BRACKETS, _OTHERS)
    brackets = _TEXT.sub(b"", marks.replace(b'""', b""))  # without the brackets that are in texts
    levels = min(most, _TAKEN_OUT)
    for _ in range(levels):
        brackets = brackets.replace(b"[]", b"")  # removes the innermost level
    depth = 0
    for run in _RUN.finditer(brackets):  # few brackets are left, unless the content is hostile
        depth += len(run[1])
        if depth > (most - levels if run[2] else most):  # an unclosed bracket has had no levels removed from within it
            return True
        depth -= len(run[2])
    return False
