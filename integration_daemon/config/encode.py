"""Writing a document out: for its store, with its secrets as given, or for showing, without them."""

import re
from typing import Any

import msgspec

from services.framework.secret import Secret

MASK = "********"


def encode_for_store(value: Any) -> bytes:
    """JSON with secrets as the document gave them: only for the document's own file."""
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=_stored), indent=2)


def for_showing(value: Any) -> Any:
    """Plain content without secrets; a reference to a secret is no secret and is shown."""
    return _masked(msgspec.to_builtins(value, enc_hook=_shown))


def _stored(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.stored_form()
    raise NotImplementedError(f"{type(value).__name__} cannot be written to a document")


def _shown(value: Any) -> Any:
    if isinstance(value, Secret):
        stored = value.stored_form()
        return stored if value.is_reference else MASK
    raise NotImplementedError(f"{type(value).__name__} cannot be shown")


_IN_URL = re.compile(r"(\w://[^/@:\s]*:)[^/@\s]+@")
"""The password in a URL."""
_SECRET_WORDS = ("password", "secret", "token", "apikey", "api_key", "credential", "passphrase", "privatekey")


def _masked(content: Any) -> Any:
    """Fields that we keep without knowing them may hold secrets too: their names tell."""
    if isinstance(content, list):
        return [_masked(each) for each in content]
    if isinstance(content, str):
        return _IN_URL.sub(rf"\1{MASK}@", content)
    if not isinstance(content, dict):
        return content
    return {
        key: MASK if isinstance(value, str) and _tells_a_secret(key, value) else _masked(value)
        for key, value in content.items()
    }


def _tells_a_secret(key: Any, value: str) -> bool:
    name = str(key).lower()
    if name.startswith("secretsstore"):  # says where secrets are kept
        return False
    return any(word in name for word in _SECRET_WORDS) and not Secret(value).is_reference
