"""Structs that may hold secrets: their masked representation, and the known values of their secrets."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from audit.masking import MASK, masked
from audit.secret_references import is_reference
from services.secret import Secret

SHORTEST = 4
"""Characters; shorter ones are looked for by name and form alone: by value they would be found in every text."""
UNMISTAKABLE = 12
"""Characters; shorter ones are looked for as whole words: `postgres` is no reason to mask `postgresql`."""


def for_showing(value: Any) -> Any:
    """Plain content without secrets; a reference to a secret is no secret and is shown."""
    return masked(msgspec.to_builtins(value, enc_hook=_shown))


def _shown(value: Any) -> Any:
    if isinstance(value, Secret):
        stored = value.stored_form()
        return stored if value.is_reference else MASK
    return str(value)


class DiscreetStruct(msgspec.Struct):
    """A Struct whose `repr` shows no secret."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({for_showing(self)})"


class KnownSecrets:
    """The secrets of a Struct, by value: to be found in a text that has them without saying so.

    Of a reference, the value is known from the first time on that it was used.
    """

    __slots__ = ("_known", "_secrets", "_values")

    def __init__(self, secrets: list[Secret], values: frozenset[str]) -> None:
        self._secrets = secrets
        self._values = values
        self._known: tuple[tuple[str, ...], re.Pattern[str] | None] = (), _pattern_of(values)
        """What was revealed, and the pattern of all values; replaced as one, since several threads conceal."""

    def conceal(self, text: str) -> str:
        """The text without them."""
        revealed = tuple([secret.last_revealed for secret in self._secrets])
        known, pattern = self._known
        if revealed != known:
            pattern = _pattern_of({*self._values, *revealed})
            self._known = revealed, pattern
        return text if pattern is None else pattern.sub(MASK, text)


def _pattern_of(values: Iterable[str]) -> re.Pattern[str] | None:
    """What finds these values in a text, as they are or as a URL or a program's text would have them."""
    forms = {form for value in values for form in (value, quote(value, safe=""), unquote(value), repr(value)[1:-1])}
    found = sorted((form for form in forms if len(form) >= SHORTEST), key=len, reverse=True)
    patterns = [
        re.escape(form) if len(form) >= UNMISTAKABLE else rf"(?<![^\W_]){re.escape(form)}(?![^\W_])" for form in found
    ]
    return re.compile("|".join(patterns)) if patterns else None


def secrets_of(value: Any) -> list[Secret]:
    """The secrets that the fields of a Struct hold, in its order."""
    return _taken_apart(value)[1]


def _taken_apart(value: Any) -> tuple[Any, list[Secret]]:
    """The plain content of a Struct with its secrets as they are stored, and these secrets."""
    secrets: list[Secret] = []

    def kept(secret: Any) -> Any:
        if isinstance(secret, Secret):
            secrets.append(secret)
            return secret.stored_form()
        return str(secret)

    return msgspec.to_builtins(value, enc_hook=kept), secrets


def known_secrets(value: Any) -> KnownSecrets | None:
    """What is known of the secrets of a Struct; none if it has none, as most have not."""
    content, secrets = _taken_apart(value)
    values: set[str] = set()
    masked(content, hidden=values.add)
    literal = {secret.stored_form() for secret in secrets if not secret.is_reference}
    found = frozenset(each for each in values | literal if each != MASK and not is_reference(each))
    return KnownSecrets(secrets, found) if secrets or found else None
