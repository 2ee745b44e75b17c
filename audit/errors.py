"""The base class of the program's errors, each of which has a remedy for the operator."""

from typing import ClassVar

from audit.masking import shown_text
from audit.message import ErrorMessage


class DescribedError(Exception):
    """An error with a message id, a system action and a user action.

    `str(error)` is `{id} {text}`, the form shown in statuses and audit records. Parameters are shown to operators:
    all but numbers are kept as text, in which recognizable secrets are masked.
    """

    exception_class_name: ClassVar[str] = ""
    """The class name in answers of the compatible REST API and in the audit log; empty: the Python class name."""

    def __init__(self, definition: ErrorMessage, /, **parameters: object) -> None:
        self.definition = definition
        self.parameters: dict[str, object] = {
            name: value if isinstance(value, int | float) else shown_text(value) for name, value in parameters.items()
        }
        super().__init__(f"{definition.id} {definition.render(self.parameters)}")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.definition, self.parameters)


def _rebuild(cls: type[DescribedError], definition: ErrorMessage, parameters: dict[str, object]) -> DescribedError:
    """Rebuild an unpickled error: errors cross process boundaries, but pickling does not keep keyword arguments."""
    return cls(definition, **parameters)


def exception_class_name(error: BaseException) -> str:
    """The displayed class name of an exception: Egeria's for our errors, Python's qualified name otherwise."""
    if isinstance(error, DescribedError) and error.exception_class_name:
        return error.exception_class_name
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
