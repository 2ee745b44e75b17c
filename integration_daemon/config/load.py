"""Loading a configuration document from JSON, YAML or TOML.

Documents that an Egeria wrote load unchanged: unknown fields are passed over (the check names them), nulls count as
absent, and numbers and booleans may be given as strings.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from audit.errors import DescribedError
from integration_daemon.config import messages
from integration_daemon.config.document import OMAGServerConfig
from services.framework.secret import Secret

_PLACE = re.compile(r" - at `(?:key in )?(\$.*?)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")


class ConfigurationError(DescribedError):
    """A configuration document that cannot be used."""


def load_document(path: Path) -> OMAGServerConfig:
    """Load a document; raises `ConfigurationError` naming the file and the place. Blocks."""
    return convert(read_document(path), str(path))


def read_document(path: Path) -> Any:
    """The plain content of a document's file, whatever it is; raises `ConfigurationError`. Blocks."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            messages.DOCUMENT_NOT_READABLE, document=path, cause=error.strerror or type(error).__name__
        ) from None
    name, decode = _FORMATS.get(path.suffix.lower(), _FORMATS[".json"])
    try:
        return decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ConfigurationError(
            messages.DOCUMENT_NOT_WELL_FORMED, document=path, format=name, cause=_where(error, content)
        ) from None


def decode_document(content: bytes, name: str = "in the request") -> OMAGServerConfig:
    """A document that came as JSON from elsewhere; raises `ConfigurationError`."""
    try:
        raw = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(
            messages.DOCUMENT_NOT_WELL_FORMED, document=name, format="JSON", cause=_where(error, content)
        ) from None
    return convert(raw, name)


def convert(raw: Any, document: str) -> OMAGServerConfig:
    """The document that plain content stands for; raises `ConfigurationError` for the first thing that is wrong."""
    try:
        config: OMAGServerConfig = convert_to(OMAGServerConfig, raw)
    except msgspec.ValidationError as error:
        place, problem = explain(error)
        raise ConfigurationError(
            messages.DOCUMENT_WRONG_TYPE, document=document, place=place, problem=problem
        ) from None
    return config


def convert_to(kind: type[Any], raw: Any) -> Any:
    """Plain content as a Struct of the document; raises `msgspec.ValidationError`."""
    return msgspec.convert(without_nulls(raw), kind, strict=False, dec_hook=_secret)


def explain(error: msgspec.ValidationError) -> tuple[str, str]:
    """The place and the problem in a validation error. A missing field's place is the field's own."""
    text = str(error)
    match = _PLACE.search(text)
    place, problem = (match.group(1), text[: match.start()]) if match else ("$", text)
    missing = _MISSING.search(problem)
    if missing:
        return f"{place}.{missing.group(1)}", "this field is required and is missing"
    return place, problem


def without_nulls(raw: Any) -> Any:
    """The content without fields that are null: the ecosystem writes them for absent ones."""
    if isinstance(raw, dict):
        return {key: without_nulls(value) for key, value in raw.items() if value is not None}
    if isinstance(raw, list):
        return [without_nulls(value) for value in raw]
    return raw


def _secret(kind: type[Any], value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError("Expected `str`")


def _yaml(content: bytes) -> Any:
    return msgspec.yaml.decode(content)


def _toml(content: bytes) -> Any:
    return msgspec.toml.decode(content)


_FORMATS: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    ".json": ("JSON", msgspec.json.decode),
    ".config": ("JSON", msgspec.json.decode),
    ".yaml": ("YAML", _yaml),
    ".yml": ("YAML", _yaml),
    ".toml": ("TOML", _toml),
}


def _where(error: Exception, content: bytes) -> str:
    """The error, with the line and column that it gives as a byte position only."""
    text = " ".join(str(error).split())
    match = re.search(r"\(byte (\d+)\)", text)
    if match is None:
        return text
    before = content[: int(match.group(1))]
    line = before.count(b"\n") + 1
    column = len(before) - (before.rfind(b"\n") + 1) + 1
    return f"{text[: match.start()].strip()} (line {line}, column {column})"
