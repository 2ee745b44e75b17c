"""The checks of the suite, whose messages state the correction."""

from collections.abc import Iterable, Sequence

from audit.foreign import named_text
from services.metadata.types.base import OpenMetadataRoot
from services.metadata.types.registry import subtypes_of, types_by_name

ROOT = OpenMetadataRoot.type_name()


def check(condition: object, message: str) -> None:
    """Fail with a message unless the condition holds; unlike `assert`, also in optimized mode."""
    if not condition:
        raise AssertionError(message)


def require_kind(errors: Sequence[BaseException], *kinds: type[BaseException], case: str) -> None:
    """Fail for an error of another kind."""
    for error in errors:
        if not isinstance(error, kinds):
            names = " or ".join(kind.__name__ for kind in kinds)
            raise AssertionError(f"the connector raised {named_text(error)} {case}: raise {names}") from error


def require_kept(expected: set[str], found: set[str], refresh: str) -> None:
    """Fail if a refresh has removed an element that it should have kept."""
    lost = expected - found
    check(
        not lost,
        f"{refresh} removed {some_of(lost)}: let errors and trio.Cancelled leave the reconcile, then it removes "
        "nothing",
    )


def some_of(names: set[str]) -> str:
    """The first names, and the number of the others."""
    first = sorted(names)[:3]
    return ", ".join(first) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def undeclared_kinds(found: set[str], names: Iterable[str]) -> set[str]:
    """The types, relationships and classifications that these names do not declare; see `Exchange`."""
    if ROOT in names:
        return set()
    return found - {each for name in names for each in (subtypes_of(name) if name in types_by_name() else (name,))}
