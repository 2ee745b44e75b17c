"""What a refresh did to the catalogue."""

import msgspec

from services.metadata.changes import Rejection

KEPT = 10
"""Reports of a connector that are kept, the newest first."""
REJECTIONS_SHOWN = 20


class RefreshReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One refresh that looked at or changed the catalogue."""

    began: float
    """Seconds since the epoch."""
    seconds: float
    seen: int = 0
    """Elements that its scans stated."""
    created: int = 0
    updated: int = 0
    removed: int = 0
    held: int = 0
    """Elements that were not found, and are kept until an operator decides."""
    rejected: int = 0
    """Elements that could not be catalogued."""
    rejections: list[Rejection] = []
    """Why, for the first of them."""
    failure: str = ""
    """The message of what ended it early."""
    dry: bool = False
    """Nothing was written: this is what would have been."""
