"""The report of changes that a configuration document made in a running daemon."""

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.supervision.connector.operation_outcome import NotDone


class Reconfigured(msgspec.Struct, kw_only=True, rename="camel"):
    """The changes made by a changed document, by connector name."""

    added: list[str] = []
    changed: list[str] = []
    removed: list[str] = []
    unchanged: int = 0
    needs_restart: list[str] = []
    """Changed fields of the document that take effect when the server is started again."""
    not_running: list[NotDone] | UnsetType = UNSET
    """Connectors that were added or changed and have failed already; the first of them."""
    version: int | UnsetType = UNSET
    """The version of the document that is in effect now."""
