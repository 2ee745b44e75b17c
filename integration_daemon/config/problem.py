"""Problems that the check of a document finds."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path

import msgspec

from audit.masking import masked_text
from audit.message import ErrorMessage
from services.errors import InvalidParameterError


class ProblemSeverity(Enum):
    """The severity of a problem."""

    ERROR = "error"
    """The server cannot start."""
    WARNING = "warning"
    """Probably a mistake, or one connector cannot start."""
    NOTE = "note"
    """Valid, but worth knowing."""


class Problem(msgspec.Struct, frozen=True, rename="camel"):
    """An error or a likely mistake in a document. Quoted values have their secrets masked."""

    path: str
    """The place in the document, such as `$.integrationServicesConfig[0].integrationServiceURLMarker`."""
    text: str
    hint: str = ""
    severity: ProblemSeverity = ProblemSeverity.ERROR
    line: int | None = None
    """The line in the document's file, from 1; none: not known."""

    def __post_init__(self) -> None:
        for name in ("text", "hint"):
            msgspec.structs.force_setattr(self, name, masked_text(getattr(self, name)))

    def shown(self, file: Path) -> str:
        """The problem in one line, as compilers write theirs."""
        where = file if self.line is None else f"{file}:{self.line}"
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}: {self.severity.value}: {self.path}: {self.text}{hint}"

    @property
    def is_error(self) -> bool:
        """True if the server cannot start."""
        return self.severity is ProblemSeverity.ERROR


class ProblemsError(InvalidParameterError):
    """A document, or a part of one, has errors; each names its place."""

    problems: Sequence[Problem] = ()


def problems_error(definition: ErrorMessage, problems: Sequence[Problem], **inserts: object) -> ProblemsError:
    """The error for these problems, which fill the insert `problems` of the message."""
    error = ProblemsError(definition, problems="; ".join(f"{each.path}: {each.text}" for each in problems), **inserts)
    error.problems = problems
    return error
