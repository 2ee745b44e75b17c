"""Suggestions for an unknown name."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

ALL_OF_THEM = 8
"""Greatest number of known names that are all listed; of more, only similar names are."""
NEAR = 3


def names_instead(given: str, known: Sequence[str], *, kind: str) -> str:
    """A sentence with all known names if they are few, or else with the most similar ones.

    `kind` is the noun for the named objects, in the plural.
    """
    if not known:
        return f"There are no {kind}."
    if len(known) <= ALL_OF_THEM:
        return f"The {kind} are: {', '.join(known)}."
    near = near_names(given, known)
    return f"Did you mean {' or '.join(near)}?" if near else f"None of the {len(known):,} {kind} has a name like it."


def near_names(given: str, known: Sequence[str]) -> list[str]:
    """The most similar of the known names."""
    by_folded = {name.casefold(): name for name in reversed(known)}
    folded = given.casefold()
    parts = [name for key, name in by_folded.items() if folded and folded in key]
    close = [by_folded[key] for key in get_close_matches(folded, by_folded, n=NEAR)]
    return list(dict.fromkeys([*close, *sorted(parts, key=len)]))[:NEAR]


def nearest(given: object, known: Iterable[str]) -> str:
    """A hint at the most similar of the known names, or an empty text. What is given as a name need not be a text."""
    near = near_names(str(given), [*known])
    return f"did you mean {near[0]}?" if near else ""
