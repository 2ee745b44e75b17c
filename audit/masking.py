"""Masking of secrets in everything that people read: logs, errors, statuses, and displayed configuration.

A secret is recognized by the name of its field, or by the form of the text that contains it: the password of a
URL, or `name=value` with the name of a secret. A text that parses is parsed; if a text can be read in two ways, the
reading that hides more is used.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from audit.safe_text import LONGEST_TEXT, safe_text
from audit.secret_names import is_clearly_secret_name, is_secret_name
from audit.secret_references import is_reference

MASK = "********"
LONGEST_SECRET = 1_024
"""Characters examined beyond the cut of a text, so that a secret at the cut is recognized."""
_NAMES, _VALUES = ("name", "key", "propertyName"), ("value", "propertyValue")
"""Fields of an object that represents a named value."""

Hidden = Callable[[str], None]
"""A function that is called with each masked secret."""


def shown_text(value: object) -> str:
    """Convert any value to text for people: safe to encode, without secrets, cut to `LONGEST_TEXT`.

    `LONGEST_SECRET` more characters are examined, so that a secret at the cut is recognized completely. Never raises.
    """
    if type(value) in _CONTAINERS:
        value = _Masked(value)
    return safe_text(masked_text(safe_text(value, LONGEST_TEXT + LONGEST_SECRET)))


class _Masked:
    """A container whose text is without secrets. `safe_text` handles exceptions of its members' `str`."""

    def __init__(self, content: object) -> None:
        self._content = content

    def __str__(self) -> str:
        return str(masked(self._content))


_CONTAINERS = (dict, list, tuple, set, frozenset)


def masked(content: Any, hidden: Hidden | None = None) -> Any:
    """Plain content (objects, lists, texts, numbers) without its secrets; a reference to a secret is shown."""
    if isinstance(content, str):
        return masked_text(content, hidden)
    if isinstance(content, dict):
        name, holder = _named_value(content)
        return {
            masked(key, hidden): _masked_field(name if key == holder else str(key), value, hidden)
            for key, value in content.items()
        }
    if isinstance(content, list | tuple | set | frozenset):
        return [masked(each, hidden) for each in content]
    return content


def _named_value(content: dict[Any, Any]) -> tuple[str, str | None]:
    """The name, and the field of the value, of an object such as `{"name": "password", "value": ...}`."""
    name = next((content[each] for each in _NAMES if isinstance(content.get(each), str)), None)
    holder = next((each for each in _VALUES if each in content), None)
    return (name, holder) if name is not None else ("", None)


def _masked_field(name: str, value: Any, hidden: Hidden | None) -> Any:
    if isinstance(value, bool) or value is None or value == "" or not is_secret_name(name):
        return masked(value, hidden)
    if isinstance(value, str) and is_reference(value):
        return value
    if hidden is not None:
        for leaf in _leaves(value):
            hidden(leaf)
    return MASK


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return _leaves(list(value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return [leaf for each in value for leaf in _leaves(each)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def masked_text(text: str, hidden: Hidden | None = None) -> str:
    """Mask the secrets that the form of a text reveals; a text without secrets is returned unchanged."""
    if not ("=" in text or ":" in text or "@" in text or "earer " in text or "PRIVATE" in text or "idt_" in text):
        return text  # the case of nearly every text; the check takes less than a microsecond
    if text[:1] in "{[" and (content := _parsed(text)) is not None:
        shown = masked(content, hidden)
        return text if shown == content else msgspec.json.encode(shown).decode()
    reading = _WHOLE if _IS_AN_ADDRESS.match(text) else _PROSE
    text = _without_named_values(text, reading.value, hidden)

    def hide(match: re.Match[str]) -> str:
        scheme, secret = match.groupdict().get("scheme"), match["secret"]
        if scheme is not None and scheme.lower() in _WEB and (port := _PORT.match(secret)) is not None:
            rest = masked_text(secret[port.end() :] + "@", hidden)[:-1]  # may itself contain an address
            return match["before"] + port.group() + rest
        return match["before"] + _hide(secret, hidden)

    for form in reading.forms:
        text = form.sub(hide, text)
    return text


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _without_named_values(text: str, value: re.Pattern[str], hidden: Hidden | None) -> str:
    """Mask the values of `name=value` and `name: value` with the name of a secret."""
    pieces: list[str] = []
    kept = at = 0
    while (named := _NAMED.search(text, at)) is not None:
        at = named.end()
        found = value.match(text, at) if _names_secret(named["name"], named["sign"]) else None
        if found is not None and not _is_shown(found["secret"]):
            pieces += text[kept : found.start("secret")], _hide(found["secret"], hidden)
            kept = at = found.end()
    return "".join([*pieces, text[kept:]])


def _names_secret(name: str, sign: str) -> bool:
    return is_secret_name(name) if sign.startswith("=") else is_clearly_secret_name(name)


def _is_shown(value: str) -> bool:
    """True if a value need not be masked: a reference, a masked value, or the `YES` and `NO` of database drivers."""
    bare = value.lstrip("\\").strip("\"'")
    return not bare or is_reference(bare) or bare in ("YES)", "NO)") or _MASKED.fullmatch(bare) is not None


def _hide(secret: str, hidden: Hidden | None) -> str:
    if hidden is not None:
        hidden(secret.strip("\"'") if secret[0] in "\"'" else secret)
    return MASK


class _Reading(NamedTuple):
    """A way of reading a text."""

    value: re.Pattern[str]
    """The value after a name and its sign."""
    forms: tuple[re.Pattern[str], ...]
    """Patterns of secrets without a name."""


_IS_AN_ADDRESS = re.compile(r"\s*(?:(?:[a-z][\w+.\-]*:)+/|jdbc:|[a-z_][\w.]*\s*=)", re.IGNORECASE)
"""Beginning of a text that is a URL, or a list of names and values, as a whole."""
_WEB = ("http", "https", "ws", "wss")
_PORT = re.compile(r"\d{1,5}(?=[/?#\s]|\Z)")
"""A port, and so not the beginning of a password: many web addresses contain an `@` in their path."""
_MASKED = re.compile(r"\*{8}\W*")
_NAMED = re.compile(
    r"(?<![\w.\-])(?P<name>(?:api|access|private|secret|shared) key|[a-z_][\w.\-]*)"
    r"(?:\\?[\"'])?\s*(?P<sign>(?<=[\"'])\s*:|=>?|(?<![$.\]/]):(?!//))\s*",
    re.IGNORECASE,
)
_QUOTED = r"\\?\"(?:\\.|[^\"\\])*\\?\"?|'(?:\\.|''|[^'\\])*'?|[\[{].*[\]}]"
_OTHER = r"(?:[\w.\-]+|user id|data source|initial catalog)\s*="
"""Name of a value in a list with semicolons as separators."""
_SCHEME = r"(?<![\w+.\-])(?P<scheme>[a-z][\w+.\-]{0,40}):/{1,2}"
_ORACLE = r"(?P<before>jdbc:oracle:\w+:[^/\s]+/)(?P<secret>{any}{{1,1024}})(?=@)"
_PRIVATE_KEY = r"(?P<before>-----BEGIN [A-Z ]*PRIVATE KEY-----)(?P<secret>.+?)(?=-----END|\Z)"


def _reading(value: str, *forms: str) -> _Reading:
    compiled = [re.compile(each, re.IGNORECASE | re.DOTALL) for each in (value, _PRIVATE_KEY, *forms)]
    return _Reading(compiled[0], tuple(compiled[1:]))


_WHOLE = _reading(
    rf"(?P<secret>{_QUOTED}|.+?(?=&[\w.\-]+=|;\s*{_OTHER}|\s+[\w.]+\s*=|\Z))",
    _ORACLE.format(any="."),
    rf"(?P<before>{_SCHEME}[^:@]{{0,256}}:)(?P<secret>.{{1,2048}})(?=@)",
)
"""A text that is one address: a password ends before the next name, or at the last `@`, and contains any character."""
_PROSE = _reading(
    rf"(?:(?:bearer|basic|digest|negotiate)\s+)?(?P<secret>{_QUOTED}|[^\n]{{1,256}}?(?=;\s*{_OTHER})|(?:\\.|\S)+)",
    _ORACLE.format(any=r"\S"),
    rf"(?P<before>{_SCHEME}[^\s:@]{{0,256}}:)(?P<secret>\S{{1,2048}}(?=@)|[^\s@][^@\n]{{0,2048}}(?=@))",
    r"(?P<before>\A[^\s:/@]+:)(?P<secret>\S+)(?=@[\w.\-\[\]:]+(?:[/?]\S*)?\Z)",
    r"(?P<before>\bbearer\s+)(?P<secret>(?=\S*\d)[\w+/.~\-]{8,}=*)",
    r"(?P<before>)(?P<secret>\bidt_[\w\-]{43}(?![\w\-]))",
)
"""Prose that contains addresses: a password ends at a space, unless the `@` that marks it as one is after the space."""
