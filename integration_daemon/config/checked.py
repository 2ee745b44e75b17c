"""Completes and checks a document for a server."""

from collections.abc import Mapping
from typing import NamedTuple

from integration_daemon.config.check import check_document
from integration_daemon.config.complete import complete
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.placeholders import resolved
from integration_daemon.config.problem import Problem
from services.allowance import Allowance


class Checked(NamedTuple):
    """A completed document, and its errors."""

    stored: OMAGServerConfig
    """The document with its placeholders."""
    config: OMAGServerConfig
    """The document with the values of the placeholders."""
    unset: list[Problem]
    """The errors of placeholders without a value."""
    errors: list[Problem]
    """The other errors."""


def checked(config: OMAGServerConfig, variables: Mapping[str, str], allowance: Allowance) -> Checked:
    """Complete and check a document. Blocks, and imports the modules of the connectors."""
    stored = complete(config)
    effective, unset = resolved(stored, variables)
    if effective is not stored:
        effective = complete(effective)
    errors = [problem for problem in check_document(effective, allowance) if problem.is_error]
    return Checked(stored, effective, unset, errors)
