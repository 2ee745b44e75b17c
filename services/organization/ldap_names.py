"""Distinguished names (RFC 4514), in one form for all ways to write the same name."""

import re

_ESCAPED = re.compile(r"(?:\\[0-9a-fA-F]{2})+|\\.", re.DOTALL)
_SPECIAL = frozenset(',+"\\<>;=# ')


def normal_dn(dn: str) -> str:
    """A name without the differences that do not matter: case, spaces between parts, and the way of escaping."""
    if "\\" in dn:
        dn = _ESCAPED.sub(_escaped_alike, dn)
    return ",".join("+".join(sorted(map(_normal_value, part.split("+")))) for part in dn.lower().split(","))


def is_below(dn: str, whole: str) -> bool:
    """True for a name below another, and for that one itself."""
    return ("," + normal_dn(dn)).endswith("," + normal_dn(whole)) or not whole


def _normal_value(part: str) -> str:
    return "=".join(" ".join(half.split()) for half in part.split("=", 1))


def _escaped_alike(found: re.Match[str]) -> str:
    """Some escaped characters, escaped by their codes where they have a meaning in names, and else not at all."""
    text = found[0]
    codes = text.replace("\\", "") if len(text) > 2 else ""
    plain = bytes.fromhex(codes).decode("utf-8", "backslashreplace") if codes else text[1]
    return "".join(f"\\{ord(each):02x}" if each in _SPECIAL else each for each in plain)
