"""What the check of a document finds."""

from enum import Enum

import msgspec

from audit.masking import masked_text


class ProblemSeverity(Enum):
    """How much it matters."""

    ERROR = "error"
    """It keeps the server from starting."""
    WARNING = "warning"
    """It may not be meant so, or keeps one connector from starting."""
    NOTE = "note"
    """It is right, and good to know."""


class Problem(msgspec.Struct, frozen=True, rename="camel"):
    """Something in a document that is wrong, or may not be meant so. Whatever it quotes is without secrets."""

    path: str
    """`$.integrationServicesConfig[0].integrationServiceURLMarker`"""
    text: str
    hint: str = ""
    severity: ProblemSeverity = ProblemSeverity.ERROR
    line: int | None = None
    """In the document's file, from 1; none where the format does not tell."""

    def __post_init__(self) -> None:
        for name in ("text", "hint"):
            msgspec.structs.force_setattr(self, name, masked_text(getattr(self, name)))

    @property
    def is_error(self) -> bool:
        """Whether it keeps the server from starting."""
        return self.severity is ProblemSeverity.ERROR
