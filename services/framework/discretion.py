"""Structs that may contain secrets: their masked representation, and the known values of their secrets."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from audit.masking import MASK, masked
from audit.secret_references import is_reference
from services.secret import Secret

SHORTEST = 4
"""Characters. Shorter secrets are found only by name and form: their values would occur in every text."""
UNMISTAKABLE = 12
"""Characters. Shorter secrets are found only as whole words: `postgres` does not mask `postgresql`."""


def for_showing(value: Any) -> Any:
    """Plain content without secrets. A reference to a secret is not secret, and is kept."""
    return masked(msgspec.to_builtins(value, enc_hook=_shown))


def _shown(value: Any) -> Any:
    if isinstance(value, Secret):
        stored = value.stored_form()
        return stored if value.is_reference else MASK
    return str(value)


class DiscreetStruct(msgspec.Struct):
    """A Struct whose `repr` contains no secret."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({for_showing(self)})"


class KnownSecrets:
    """The secrets of a Struct, by value, to be masked in any text.

    The value of a reference is known after its first use.
    """

    __slots__ = ("_known", "_secrets", "_values")

    def __init__(self, secrets: list[Secret], values: frozenset[str]) -> None:
        self._secrets = secrets
        self._values = values
        self._known: tuple[tuple[str, ...], re.Pattern[str] | None] = (), _pattern_of(values)
        """The revealed values, and the pattern of all values; replaced together, because several threads use them."""

    def conceal(self, text: str) -> str:
        """The text with its secrets masked."""
        revealed = tuple([secret.last_revealed for secret in self._secrets])
        known, pattern = self._known
        if revealed != known:
            pattern = _pattern_of({*self._values, *revealed})
            self._known = revealed, pattern
        return text if pattern is None else pattern.sub(MASK, text)


def _pattern_of(values: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds these values in a text, as they are or encoded as in a URL or in a program's text."""
    forms = {form for value in values for form in (value, quote(value, safe=""), unquote(value), repr(value)[1:-1])}
    found = sorted((form for form in forms if len(form) >= SHORTEST), key=len, reverse=True)
    patterns = [
        re.escape(form) if len(form) >= UNMISTAKABLE else rf"(?<![^\W_]){re.escape(form)}(?![^\W_])" for form in found
    ]
    return re.compile("|".join(patterns)) if patterns else None


def secrets_of(value: Any) -> list[Secret]:
    """The secrets in the fields of a Struct, in order."""
    return _taken_apart(value)[1]


def _taken_apart(value: Any) -> tuple[Any, list[Secret]]:
    """The plain content of a Struct with its secrets in stored form, and these secrets."""
    secrets: list[Secret] = []

    def kept(secret: Any) -> Any:
        if isinstance(secret, Secret):
            secrets.append(secret)
            return secret.stored_form()
        return str(secret)

    return msgspec.to_builtins(value, enc_hook=kept), secrets


def known_secrets(value: Any) -> KnownSecrets | None:
    """The known secrets of a Struct; `None` if it has none, which is usual."""
    content, secrets = _taken_apart(value)
    values: set[str] = set()
    masked(content, hidden=values.add)
    literal = {secret.stored_form() for secret in secrets if not secret.is_reference}
    found = frozenset(each for each in values | literal if each != MASK and not is_reference(each))
    return KnownSecrets(secrets, found) if secrets or found else None
