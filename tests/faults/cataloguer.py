"""Catalogues a tree that keeps changing, until it is killed; prints each completed round.

Round k creates folder k with its files, removes folder k-2, and scans the tree.
"""

import shutil
import sys
from itertools import count
from pathlib import Path

import trio

from services.files import scan
from services.files.context import FilesIntegratorContext, folder_source_key
from services.files.scan import Step
from services.files.tree_scan import scan_tree
from services.metadata.removal import DeletionSafety
from tests.services.contexts import Surroundings, surroundings

FILES = 40
STEADY = 200
SAFETY = DeletionSafety(few=1_000)
"""After a sudden end, one refresh may remove the elements of two rounds."""


async def scanned(around: Surroundings[FilesIntegratorContext], tree: Path) -> int:
    """Bring the catalogue up to date with the tree; return how many elements were put."""
    puts = 0
    async with around.context.reconcile_in_order(folder_source_key(str(tree)), delete=True) as catalog:

        async def take(step: Step) -> None:
            nonlocal puts
            puts += len(step.puts)
            if step.puts:
                await catalog.put_changed(step.puts)

        await scan_tree(str(tree), catalog, take)
    return puts


def change(tree: Path, number: int) -> None:
    """Change the tree before a round."""
    folder = tree / str(number)
    folder.mkdir(parents=True, exist_ok=True)
    for file in range(FILES if number else STEADY):
        (folder / f"{file}.csv").write_text("x")
    if number > 2:
        shutil.rmtree(tree / str(number - 2), ignore_errors=True)


async def main(directory: Path) -> None:
    """Catalogue `directory/tree` in `directory/store.sqlite`."""
    scan.PUTS_IN_A_STEP = 16  # so that a round has many commits
    async with surroundings(FilesIntegratorContext, directory, safety=SAFETY) as around:
        first = max((int(each.name) for each in (directory / "tree").glob("*")), default=-1) + 1
        for number in count(first):
            change(directory / "tree", number)
            await scanned(around, directory / "tree")
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
