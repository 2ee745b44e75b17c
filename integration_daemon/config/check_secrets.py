"""Checks the secrets of a document: a secret should be a reference, and a reference must have a permitted source."""

from collections.abc import Iterator

from audit.masking import MASK, masked, masked_text
from integration_daemon.config.problem import Problem, ProblemSeverity
from services.framework.connection import Connection
from services.secret import Secret

WARNING = ProblemSeverity.WARNING


def connection_secrets(connection: Connection, path: str) -> Iterator[Problem]:
    """The problems of the secrets of a connection."""
    for name in ("clear_password", "encrypted_password"):
        place = f"{path}.{'clearPassword' if name == 'clear_password' else 'encryptedPassword'}"
        yield from secret_problems(getattr(connection, name), place)
    for name, secret in (connection.secured_properties or {}).items():
        yield from secret_problems(secret, f"{path}.securedProperties.{name}")
    address = connection.endpoint.address if connection.endpoint is not None else None
    if address and masked_text(address) != address:
        yield clear_text(f"{path}.endpoint.address")
    for name, value in (connection.configuration_properties or {}).items():
        place = f"{path}.configurationProperties.{name}"
        if value == MASK:
            yield _masked(place)
        elif masked({name: value}) != {name: value}:
            yield clear_text(place)


def secret_problems(secret: Secret | None, path: str) -> Iterator[Problem]:
    """The problems of a secret, if there is one."""
    if secret is not None and secret.stored_form() == MASK:
        yield _masked(path)
    elif secret is not None and not secret.is_reference:
        yield clear_text(path)
    elif secret is not None and (refusal := secret.refusal):
        hint = "put it there, or allow its place in the platform file"
        yield Problem(path, f"this reference may not be followed: {refusal}", hint, WARNING)


def _masked(path: str) -> Problem:
    text = "asterisks stand here for a secret that was masked when the document was shown"
    return Problem(path, text, "write env:NAME or file:PATH for the secret", WARNING)


def clear_text(path: str) -> Problem:
    """The problem of a secret whose value is in the document."""
    return Problem(path, "the document contains a secret", "write env:NAME or file:PATH instead of its value", WARNING)
