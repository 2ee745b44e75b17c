"""Stating the people and teams of SCIM resources in a scan."""

from collections.abc import Awaitable, Callable, Sequence

import trio

from services.organization.description import PersonDescription, TeamDescription
from services.organization.scim.resources import LONGEST_KEY, ResourceKind, ResourceProblem, described
from services.organization.synchronization import OrganizationScan

RESOURCES_AT_ONCE = 500

PageAfter = Callable[[str, int], Awaitable[Sequence[tuple[str, bytes]]]]
"""A function that returns the ids and contents of the next resources after an id, at most a given number."""
Described = PersonDescription | TeamDescription | ResourceProblem


async def state_resources(scan: OrganizationScan, kind: ResourceKind, page_after: PageAfter) -> None:
    """State all resources of a kind. An invalid resource is reported, and its catalogued element is kept unchanged."""
    after = ""
    while page := await page_after(after, RESOURCES_AT_ONCE):
        after = page[-1][0]
        found = await trio.to_thread.run_sync(_described, kind, page)
        problems = [each for each in found if isinstance(each, ResourceProblem)]
        for problem in problems:
            scan.reject(f"{kind.value}/{problem.key[:LONGEST_KEY]}", problem.problem)
        await scan.keep(kind.staged, [each.key for each in problems])
        await scan.add(
            [each for each in found if isinstance(each, PersonDescription)],
            [each for each in found if isinstance(each, TeamDescription)],
        )


def _described(kind: ResourceKind, page: Sequence[tuple[str, bytes]]) -> list[Described]:
    return [_usable(key) or described(kind, key, content) for key, content in page]


def _usable(key: str) -> ResourceProblem | None:
    if len(key) > LONGEST_KEY or not key.isprintable():
        return ResourceProblem(key, f"its id is longer than {LONGEST_KEY} characters or not printable")
    return None
