"""Loads a configuration document from JSON, YAML or TOML.

Documents written by Egeria load unchanged: unknown fields are ignored (the check reports them), nulls count as
absent, and numbers and booleans may be given as strings. The answer of a platform that shows a document loads, too.
"""

import os
import re
import stat
from pathlib import Path
from typing import Any

import msgspec

from audit.errors import DescribedError
from integration_daemon.config import messages
from integration_daemon.config.answer import NoDocumentError, document_in
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.formats import JSON, Format, NotWellFormedError, format_of
from integration_daemon.config.plain import ContentError

MOST_BYTES = 64_000_000
"""The largest size of a document in bytes. A document of 100,000 connectors has about 50 million."""
IN_THE_REQUEST = "in the request"

_PLACE = re.compile(r" - at `(?:key in )?(\$.*?)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")
_UNKNOWN = re.compile(r"contains unknown field `(.*)`$", re.DOTALL)


class ConfigurationError(DescribedError):
    """A configuration document that cannot be used."""


def load_document(path: Path) -> OMAGServerConfig:
    """Load a document; raises `ConfigurationError` naming the file and the place. Blocks."""
    return convert(read_document(path), str(path))


def read_document(path: Path) -> Any:
    """The plain content of a document's file, whether valid or not; raises `ConfigurationError`. Blocks."""
    return decode_content(read_file(path), format_of(path.suffix), str(path))


def decode_document(content: bytes, name: str = IN_THE_REQUEST) -> OMAGServerConfig:
    """Decode a document received as JSON; raises `ConfigurationError`."""
    return convert(decode_content(content, JSON, name), name)


def decode_content(content: bytes, form: Format, document: str) -> Any:
    """Decode the bytes of a document, or of an answer of a platform that shows it; raises `ConfigurationError`."""
    try:
        return document_in(decode(content, form, document))
    except NoDocumentError as error:
        raise ConfigurationError(messages.ANSWER_WITHOUT_DOCUMENT, document=document, cause=error) from None


def decode(content: bytes, form: Format, document: str) -> Any:
    """Decode bytes to plain content; raises `ConfigurationError`."""
    try:
        return form.decode(content)
    except ContentError as error:
        raise ConfigurationError(
            messages.DOCUMENT_WRONG_TYPE, document=document, place=error.place, problem=error.problem
        ) from None
    except NotWellFormedError as error:
        raise ConfigurationError(
            messages.DOCUMENT_NOT_WELL_FORMED, document=document, format=form.name, cause=error
        ) from None


def read_file(path: Path) -> bytes:
    """The bytes of a document's file; raises `ConfigurationError` for other kinds of files. Blocks."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            os.close(descriptor)
            raise ConfigurationError(messages.DOCUMENT_NOT_A_FILE, document=path, kind=_kind(mode))
        with open(descriptor, "rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(messages.DOCUMENT_NOT_READABLE, document=path, cause=cause) from None
    if len(content) > MOST_BYTES:
        raise ConfigurationError(messages.DOCUMENT_TOO_LARGE, document=path, most=MOST_BYTES // 1_000_000)
    return content


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a directory"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device"


def convert(raw: Any, document: str) -> OMAGServerConfig:
    """Convert plain content to a document; raises `ConfigurationError` for the first error."""
    try:
        config: OMAGServerConfig = convert_to(OMAGServerConfig, raw)
    except msgspec.ValidationError as error:
        place, problem = explain(error)
        raise ConfigurationError(
            messages.DOCUMENT_WRONG_TYPE, document=document, place=place, problem=problem
        ) from None
    return config


def convert_to(kind: type[Any], raw: Any) -> Any:
    """Convert plain content to a Struct of the document; raises `msgspec.ValidationError`."""
    return msgspec.convert(without_nulls(raw), kind, strict=False, dec_hook=_from_text)


def explain(error: msgspec.ValidationError) -> tuple[str, str]:
    """The place and the problem in a validation error. The place of a missing or unknown field is the field's own."""
    text = str(error)
    match = _PLACE.search(text)
    place, problem = (match.group(1), text[: match.start()]) if match else ("$", text)
    missing = _MISSING.search(problem)
    if missing:
        return f"{place}.{missing.group(1)}", "this field is required and is missing"
    unknown = _UNKNOWN.search(problem)
    if unknown:
        return f"{place}.{unknown.group(1)}", "this field is not known"
    return place, problem


def without_nulls(raw: Any) -> Any:
    """Remove null fields, which Egeria writes for absent ones."""
    if isinstance(raw, dict):
        return {key: without_nulls(value) for key, value in raw.items() if value is not None}
    if isinstance(raw, list):
        return [without_nulls(value) for value in raw]
    return raw


def _from_text(kind: type[Any], value: Any) -> Any:
    """Convert a text to a secret or a pattern, whose class raises `ValueError` for an invalid one."""
    if isinstance(value, str):
        return kind(value)
    raise TypeError("Expected `str`")
