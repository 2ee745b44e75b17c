"""Topological order of teams: each team after the teams that it is a part of."""

from collections.abc import Iterable, Mapping, Sequence


def in_order(parts: Iterable[tuple[str, str]]) -> tuple[list[str], list[tuple[str, str]]]:
    """Sort the teams in pairs of a part and a whole.

    Returns the teams, wholes before their parts, and the pairs that are left out because they would form a cycle.
    """
    wholes: dict[str, list[str]] = {}
    for team, whole in parts:
        wholes.setdefault(team, []).append(whole)
        wholes.setdefault(whole, [])
    return _walk(wholes)


def _walk(wholes: Mapping[str, Sequence[str]]) -> tuple[list[str], list[tuple[str, str]]]:
    """Visit each team and its wholes depth first, without recursion: the depth of nesting is not limited."""
    order: list[str] = []
    left_out: list[tuple[str, str]] = []
    done: set[str] = set()
    for first in wholes:
        if first in done:
            continue
        path, ahead = {first: None}, [(first, iter(wholes[first]))]
        while ahead:
            team, rest = ahead[-1]
            whole = next(rest, None)
            if whole is None:
                ahead.pop()
                path.popitem()
                done.add(team)
                order.append(team)
            elif whole in path:
                left_out.append((team, whole))
            elif whole not in done:
                path[whole] = None
                ahead.append((whole, iter(wholes[whole])))
    return order, left_out
