"""Normalization of distinguished names (RFC 4514): equal names have one spelling."""

import re

_ESCAPED = re.compile(r"(?:\\[0-9a-fA-F]{2})+|\\.", re.DOTALL)
_SPECIAL = frozenset(',+"\\<>;=# ')


def normal_dn(dn: str) -> str:
    """The normal form of a name: lower case, without optional spaces, with one way of escaping."""
    if "\\" in dn:
        dn = _ESCAPED.sub(_normal_escapes, dn)
    return ",".join("+".join(sorted(map(_normal_value, part.split("+")))) for part in dn.lower().split(","))


def is_below(dn: str, whole: str) -> bool:
    """True if a name is `whole` or below it."""
    return ("," + normal_dn(dn)).endswith("," + normal_dn(whole)) or not whole


def _normal_value(part: str) -> str:
    return "=".join(" ".join(half.split()) for half in part.split("=", 1))


def _normal_escapes(found: re.Match[str]) -> str:
    """Escape special characters by their codes, and other characters not at all."""
    text = found[0]
    codes = text.replace("\\", "") if len(text) > 2 else ""
    plain = bytes.fromhex(codes).decode("utf-8", "backslashreplace") if codes else text[1]
    return "".join(f"\\{ord(each):02x}" if each in _SPECIAL else each for each in plain)
