"""Structs that may hold secrets: how they are shown, and which secrets are known to be in them."""

from typing import Any
from urllib.parse import quote, unquote

import msgspec

from audit.masking import MASK, is_reference, masked
from services.framework.secret import Secret

SHORTEST = 4
"""Characters; shorter ones are looked for by name and form alone: by value they would be found in every text."""


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

    __slots__ = ("_secrets", "_values")

    def __init__(self, secrets: list[Secret], values: frozenset[str]) -> None:
        self._secrets = secrets
        self._values = values

    def conceal(self, text: str) -> str:
        """The text without them."""
        values = {*self._values, *(value for secret in self._secrets if (value := secret.last_revealed))}
        for value in sorted(values, key=len, reverse=True):
            for form in {value, quote(value, safe=""), unquote(value), repr(value)[1:-1]}:
                if len(form) >= SHORTEST and form in text:
                    text = text.replace(form, MASK)
        return text


def known_secrets(value: Any) -> KnownSecrets | None:
    """What is known of the secrets of a Struct; none if it has none, as most have not."""
    secrets: list[Secret] = []
    values: set[str] = set()

    def kept(secret: Any) -> Any:
        if isinstance(secret, Secret):
            secrets.append(secret)
            return secret.stored_form()
        return str(secret)

    masked(msgspec.to_builtins(value, enc_hook=kept), hidden=values.add)
    literal = {secret.stored_form() for secret in secrets if not secret.is_reference}
    found = frozenset(each for each in values | literal if each != MASK and not is_reference(each))
    return KnownSecrets(secrets, found) if secrets or found else None
