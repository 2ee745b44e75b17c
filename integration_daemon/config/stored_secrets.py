"""Replaces the masks in a document that was shown, edited and sent back by the stored secrets at their places.

A mask is never stored: a mask without a stored secret is a problem of the document.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from audit.masking import MASK
from integration_daemon.config import messages
from integration_daemon.config.difference import members_by_name
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.encode import encode_for_store, for_showing
from integration_daemon.config.load import IN_THE_REQUEST, ConfigurationError, convert_to
from integration_daemon.config.problem import Problem
from services.framework.discretion import known_secrets

StructT = TypeVar("StructT", bound=msgspec.Struct)


def with_stored_secrets(sent: Any, stored: Any, shown: Any) -> tuple[Any, list[str]]:
    """The sent content with stored secrets for their masks, and the places of masks without a stored secret.

    All content is plain; `shown` is the stored content without its secrets.
    """
    unknown: list[str] = []
    return _unmasked(sent, stored, shown, "$", unknown), unknown


def with_secrets_of(sent: StructT, load_stored: Callable[[], StructT | None]) -> tuple[StructT, list[str]]:
    """Apply `with_stored_secrets` to a document, or to a part of one. Blocks."""
    content = encode_for_store(sent)
    if MASK.encode() not in content:
        return sent, []
    stored = load_stored()
    unmasked, unknown = with_stored_secrets(msgspec.json.decode(content), plain(stored), for_showing(stored))
    return (sent if unknown else convert_to(type(sent), unmasked)), unknown


def document_with_stored_secrets(
    sent: OMAGServerConfig, load_stored: Callable[[], OMAGServerConfig | None]
) -> OMAGServerConfig:
    """A document that was sent, with the stored secrets for their masks. Blocks.

    Raises `ConfigurationError` for a mask without a stored secret.
    """
    unmasked, unknown = with_secrets_of(sent, load_stored)
    if unknown:
        raise ConfigurationError(messages.MASK_WITHOUT_SECRET, document=IN_THE_REQUEST, place=unknown[0])
    return unmasked


def mask_problems(places: Iterable[str]) -> list[Problem]:
    """The problems of masks without a stored secret."""
    text = "asterisks stand here, and the stored document has no secret there that they could stand for"
    return [Problem(place, text, "write env:NAME or file:PATH for the secret") for place in places]


def concealed(problems: Iterable[Problem], stored: msgspec.Struct | None) -> list[Problem]:
    """The problems with stored secrets masked: a problem may quote a secret that the sender does not know."""
    secrets = known_secrets(stored)
    if secrets is None:
        return list(problems)
    return [
        msgspec.structs.replace(each, text=secrets.conceal(each.text), hint=secrets.conceal(each.hint))
        for each in problems
    ]


def plain(config: msgspec.Struct | None) -> Any:
    """The plain content of a document, or of a part of one, with its secrets."""
    return msgspec.json.decode(encode_for_store(config))


def _unmasked(sent: Any, stored: Any, shown: Any, place: str, unknown: list[str]) -> Any:
    if isinstance(sent, str) and MASK in sent:
        if sent == shown:
            return stored
        unknown.append(place)
    elif isinstance(sent, dict):
        old, old_shown = _fields(stored), _fields(shown)
        return {
            key: _unmasked(value, old.get(key), old_shown.get(key), f"{place}.{key}", unknown)
            for key, value in sent.items()
        }
    elif isinstance(sent, list):
        return [
            _unmasked(value, *counterpart, f"{place}[{number}]", unknown)
            for number, (value, counterpart) in enumerate(zip(sent, _counterparts(sent, stored, shown), strict=True))
        ]
    return sent


def _fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _counterparts(sent: list[Any], stored: Any, shown: Any) -> list[tuple[Any, Any]]:
    """For each member of a list its stored counterpart, with and without secrets; twice none for a new member.

    A member without a name must be unchanged, so that no secret moves to another place.
    """
    if not isinstance(stored, list) or not isinstance(shown, list) or len(stored) != len(shown):
        return [(None, None)] * len(sent)
    names, old = members_by_name(sent), members_by_name(stored)
    if names is not None and old is not None:
        pairs = dict(zip(old, zip(stored, shown, strict=True), strict=True))
        return [pairs.get(name, (None, None)) for name in names]
    return [_same(value, number, stored, shown) for number, value in enumerate(sent)]


def _same(value: Any, number: int, stored: list[Any], shown: list[Any]) -> tuple[Any, Any]:
    if number < len(shown) and shown[number] == value:
        return stored[number], shown[number]
    alike = [each for each, seen in zip(stored, shown, strict=True) if seen == value]
    return (alike[0], value) if alike and all(each == alike[0] for each in alike) else (None, None)
