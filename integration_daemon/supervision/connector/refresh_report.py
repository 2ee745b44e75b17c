"""The changes that a refresh made to the catalogue, or the reason why it failed."""

import msgspec

from services.metadata.changes import Rejection

REPORTS_KEPT = 10
"""Reports of a connector that are kept, the newest first."""
REJECTIONS_SHOWN = 20


class ChangedNames(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The first names of the elements that a dry run would change; the figures count all of them."""

    created: list[str]
    updated: list[str]
    removed: list[str]
    held: list[str]
    sent: list[str] = []
    """Changes that would be sent to the third party."""


class RefreshFigures(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The figures of one attempt, without its time."""

    seconds: float
    method: str = "refresh"
    """The method of the connector that was called."""
    attempts: int = 1
    """Number of consecutive attempts that failed in this way; the times are those of the last one."""
    seen: int = 0
    """Elements that the scans of the connector reported."""
    created: int = 0
    updated: int = 0
    removed: int = 0
    held: int = 0
    """Elements that were not found, and are kept until an operator's decision."""
    sent: int = 0
    """Changes that a dry run would send to the third party."""
    rejected: int = 0
    """Elements that could not be catalogued."""
    rejections: list[Rejection] = []
    """The first rejections, with their reasons."""
    failure: str = ""
    """The reason why the refresh was no success."""
    dry: bool = False
    """True if this was a dry run, which writes nothing."""
    names: ChangedNames | None = None
    """Elements that a dry run would have changed."""


class RefreshReport(RefreshFigures, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One attempt: a refresh that read or changed the catalogue, or a call that failed."""

    began: float
    """Seconds since the epoch."""
