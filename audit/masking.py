"""The one place that keeps secrets out of what people read: logs, errors, statuses, configuration that is shown.

A secret is told by the name of the field that holds it, or by the form of the text that holds it: the password of a
URL, or `name=value` with a name that tells a secret. A text that parses is parsed; of a text that can be read in two
ways, the reading that hides more is taken.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from audit.secret_names import is_surely_secret, tells_a_secret

MASK = "********"
_REFERENCES = ("env:", "file:")
_NAMES, _VALUES = ("name", "key", "propertyName"), ("value", "propertyValue")
"""The fields of an object that stands for a named value."""

Hidden = Callable[[str], None]
"""Is told each secret that is masked."""


def shown_insert(value: object) -> str:
    """A value as a part of a text that people read."""
    if isinstance(value, dict | list | tuple | set | frozenset):
        return str(masked(value))
    return masked_text(str(value))


def is_reference(value: str) -> bool:
    """Whether a value only says where the secret is, `env:NAME` or `file:PATH`, and so is none itself."""
    return value.startswith(_REFERENCES)


def masked(content: Any, hidden: Hidden | None = None) -> Any:
    """Plain content (objects, lists, texts, numbers) without its secrets; a reference to a secret is shown."""
    if isinstance(content, str):
        return masked_text(content, hidden)
    if isinstance(content, dict):
        name, holder = _named_value(content)
        return {
            key: _masked_field(name if key == holder else str(key), value, hidden) for key, value in content.items()
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
    if isinstance(value, bool) or value is None or value == "" or not tells_a_secret(name):
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
    """A text without the secrets that its form gives away; a text without any is returned as it is."""
    if not ("=" in text or ":" in text or "@" in text or "earer " in text or "PRIVATE" in text):
        return text  # nearly every text: this costs less than a microsecond
    if text[:1] in "{[" and (content := _parsed(text)) is not None:
        shown = masked(content, hidden)
        return text if shown == content else msgspec.json.encode(shown).decode()
    rules = _WHOLE if _IS_AN_ADDRESS.match(text) else _PROSE

    def hide(match: re.Match[str]) -> str:
        return _shown(match, hidden)

    for rule in rules:
        text = rule.sub(hide, text)
    return text


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _shown(match: re.Match[str], hidden: Hidden | None) -> str:
    """What takes the place of something that may be a secret."""
    groups = match.groupdict()
    before, secret, name, scheme = match["before"], match["secret"], groups.get("name"), groups.get("scheme")
    if name is not None and not _is_secret(name, groups["sign"], secret):
        return match.group()
    if scheme is not None and scheme.lower() in _WEB and (port := _PORT.match(secret)) is not None:
        rest = masked_text(secret[port.end() :] + "@", hidden)[:-1]  # may have an address in it in its turn
        return before + port.group() + rest
    if hidden is not None:
        hidden(secret.strip("\"'") if secret[0] in "\"'" else secret)
    return before + MASK


def _is_secret(name: str, sign: str, value: str) -> bool:
    unquoted = value.lstrip("\\").strip("\"'")
    if not unquoted or is_reference(unquoted) or unquoted.startswith(MASK) or unquoted in ("YES)", "NO)"):
        return False  # the last is how MariaDB says whether a password was given
    return tells_a_secret(name) if sign.startswith("=") else is_surely_secret(name)


_IS_AN_ADDRESS = re.compile(r"\s*(?:(?:[a-z][\w+.\-]*:)+//|jdbc:|[a-z_][\w.]*\s*=)", re.IGNORECASE)
"""A URL or a list of names and values, from the beginning: then all of the text is taken to be one."""
_WEB = ("http", "https", "ws", "wss")
_PORT = re.compile(r"\d{1,5}(?=[/?#]|\Z)")
"""The beginning of what is no password: of the web's addresses, many have an `@` in their path."""

_NAME = r"(?<![\w.\-])(?P<name>(?:api|access|private|secret|shared) key|[a-z_][\w.\-]*)"
_SIGN = r"(?P<end>\\?[\"'])?\s*(?P<sign>(?<=[\"'])\s*:|=>?|(?<![$.\]/]):(?!//))\s*"
_QUOTED = r"\\?\"(?:\\.|[^\"\\])*\\?\"?|'(?:\\.|''|[^'\\])*'?|[\[{].*[\]}]"
_NEXT = r"&[\w.\-]+=|;\s*(?:[\w.\-]+|user id|data source|initial catalog)\s*=|\s+[\w.]+\s*="
_SCHEME = r"(?<![\w+.\-])(?P<scheme>[a-z][\w+.\-]{0,40})://"
_ORACLE = r"(?P<before>jdbc:oracle:\w+:[^/\s]+/)(?P<secret>{any}{{1,1024}})(?=@)"
_BEARER = r"(?P<before>\bbearer\s+)(?P<secret>(?=\S*\d)[\w+/.~\-]{8,}=*)"
_PRIVATE_KEY = r"(?P<before>-----BEGIN [A-Z ]*PRIVATE KEY-----)(?P<secret>.+?)(?=-----END|\Z)"


def _compiled(*rules: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rule, re.IGNORECASE | re.DOTALL) for rule in rules)


_WHOLE = _compiled(
    _PRIVATE_KEY,
    rf"(?P<before>{_NAME}{_SIGN})(?P<secret>{_QUOTED}|.+?(?={_NEXT}|\Z))",
    _ORACLE.format(any="."),
    rf"(?P<before>{_SCHEME}[^:@]{{0,256}}:)(?P<secret>.{{1,2048}})(?=@)",
)
"""For an address: a password ends where the next name begins, or at the last `@`, whatever it has in it."""
_PROSE = _compiled(
    _PRIVATE_KEY,
    rf"(?P<before>{_NAME}{_SIGN}(?:(?:bearer|basic|digest|negotiate)\s+)?)"
    rf"(?P<secret>{_QUOTED}|[^\n]{{1,256}}?(?=;\s*(?:\w+|user id|data source|initial catalog)=)|(?:\\.|\S)+)",
    _ORACLE.format(any=r"\S"),
    rf"(?P<before>{_SCHEME}[^\s:@]{{0,256}}:)(?P<secret>\S{{1,2048}}(?=@)|[^\s@][^@\n]{{0,2048}}(?=@))",
    r"(?P<before>\A[^\s:/@]+:)(?P<secret>\S+)(?=@[\w.\-\[\]:]+(?:[/?]\S*)?\Z)",
    _BEARER,
)
"""For a text that has addresses in it: a password ends at a space, unless only what follows the space makes it one."""
