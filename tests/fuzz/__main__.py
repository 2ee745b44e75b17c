"""Feeds bytes that Atheris chooses to what decodes bytes of others; only the errors that are promised may come out.

The options after the target are those of libFuzzer. It ends with a report, and the input, at the first other error.
"""

import base64
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["audit", "services", "integration_daemon"]):
    import jwt
    import msgspec
    from jwt.exceptions import PyJWTError

    from audit.chain import value_after, verify
    from audit.masking import masked_text
    from integration_daemon.config.check import check_raw
    from integration_daemon.config.encode import encode_for_store
    from integration_daemon.config.formats import JSON, TOML, YAML, Format
    from integration_daemon.config.load import ConfigurationError, convert, decode
    from integration_daemon.config.platform_file import check_platform_file
    from integration_daemon.security.openid_connect.key_set import KeySet
    from integration_daemon.security.openid_connect.settings import SignatureAlgorithm
    from integration_daemon.supervision.isolation.protocol import Answer, FromProcess, ToProcess, decode_error
    from services.framework.discretion import for_showing, known_secrets
    from services.metadata.changes import Batch, ElementPage, Outcome, Query
    from services.secret import Secret


def document(content: bytes) -> None:
    """A configuration document or a platform file, in one of the three formats: checked, shown and encoded."""
    form = (JSON, YAML, TOML)[content[0] % 3] if content else JSON
    try:
        raw = decode(content[1:], form, "fuzzed")
        check_platform_file(raw)
        for problem in check_raw(raw):
            problem.shown(Path("fuzzed"))
        config = convert(raw, "fuzzed")
    except ConfigurationError:
        return
    for_showing(config)
    known_secrets(config)
    assert _decoded(encode_for_store(config), JSON) == config


def _decoded(content: bytes, form: Format) -> object:
    return convert(decode(content, form, "stored"), "stored")


def wire(content: bytes) -> None:
    """Messages of connector processes, and bodies of metadata requests."""
    for kind in (FromProcess, ToProcess, Batch, Query, ElementPage, Outcome):
        try:
            message = msgspec.json.decode(content, type=kind, dec_hook=_secret)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
        if isinstance(message, Answer) and message.error is not None:
            decode_error(message.error)


def _secret(kind: type[object], value: object) -> object:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise NotImplementedError


def text(content: bytes) -> None:
    """Masking a text; a text that was masked is left as it is."""
    shown = masked_text(content.decode(errors="replace"))
    masked_text(shown)


def chain(content: bytes) -> None:
    """The lines of a log that somebody else wrote."""
    verify((str(number), line) for number, line in enumerate(content.split(b"\n")))
    if content:
        value_after(content)


def keys(content: bytes) -> None:
    """The keys of an issuer, and the header of a JSON Web Token."""
    with suppress(ValueError):
        key_set = KeySet(content, list(SignatureAlgorithm))
        for algorithm in SignatureAlgorithm:
            key_set.find(None, algorithm)
    with suppress(PyJWTError, ValueError):
        parts = (base64.urlsafe_b64encode(each).rstrip(b"=") for each in (content, b"{}", b"x"))
        jwt.get_unverified_header(b".".join(parts))


TARGETS: dict[str, Callable[[bytes], None]] = {each.__name__: each for each in (document, wire, text, chain, keys)}


if __name__ == "__main__":
    target = TARGETS[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()
