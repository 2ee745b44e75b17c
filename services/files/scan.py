"""Walks a directory tree in the order of source keys, on a worker thread or in a process, in large steps.

Unchanged elements are recognized by a fingerprint from one `stat`; only new and changed files become Structs. A step
ends when it has enough elements to write, or has taken long enough.
"""

import os
import stat
import time
from collections.abc import Iterator
from errno import ENOENT, ENOTDIR

import msgspec

from services.files.context import folder_source_key
from services.files.mapping import (
    FileStatement,
    file_fingerprint,
    folder_fingerprint,
    folder_put,
    was_mount,
)
from services.metadata.changes import Put
from services.metadata.sorted_diff import SortedDiff
from services.metadata.stored_names import stored_name

PUTS_IN_A_STEP = 2_000
SECONDS_IN_A_STEP = 0.25
_LOOK_AT_THE_CLOCK = 512


class Unreadable(msgspec.Struct, frozen=True):
    """A folder or file that could not be read."""

    source_key: str
    cause: str


class Step(msgspec.Struct, tag="step", omit_defaults=True):
    """The findings of one step of a scan, compared with the catalogue."""

    seen: int = 0
    known: int = 0
    unchanged: int = 0
    last: str = ""
    """The last source key that was stated."""
    puts: list[Put] = []
    unreadable: list[Unreadable] = []
    not_understood: list[Unreadable] = []
    """Files whose content could not be examined; they are classified by their names."""
    missing: list[str] = []
    dropped: list[str] = []
    """Source keys of parts that files in `puts` no longer have."""
    folders: dict[str, int] = {}
    """The folders that were read, by source key, with their modification times in nanoseconds."""

    @property
    def is_full(self) -> bool:
        """True if the step is large enough to be written."""
        return len(self.puts) >= PUTS_IN_A_STEP


class _Found(msgspec.Struct, gc=False):
    """An entry of a folder that has not been examined yet."""

    source_key: str
    entry: os.DirEntry[str]
    is_folder: bool


def scan(
    root: str, comparison: SortedDiff, *, after: str = "", part: str | None = None, by_content: bool = False
) -> Iterator[Step]:
    """Walk the tree below an absolute path, step by step. Blocks.

    The scan continues after the source key `after`, the last one of an earlier scan of the tree. With `part`, a folder
    in the tree, only that folder and its new subfolders are scanned. `by_content` examines the content of new and
    changed files. Links to directories are not followed, and a link to a file counts only if its target is in the tree.
    Sockets, pipes and devices contain no data and are left out. Raises `OSError` if the root or the part cannot be
    read.
    """
    walk = _Walk(root, comparison, after, part, by_content=by_content)
    ends = time.monotonic() + SECONDS_IN_A_STEP
    for source_key in walk.run():
        step = walk.step
        if step.is_full or (step.seen % _LOOK_AT_THE_CLOCK == 0 and time.monotonic() > ends):
            yield walk.take_step(source_key)
            ends = time.monotonic() + SECONDS_IN_A_STEP
    comparison.finish()
    yield walk.take_step("")


class _Walk:
    """A scan in progress: depth first, and within each folder in the order of source keys."""

    def __init__(self, root: str, comparison: SortedDiff, after: str, part: str | None, *, by_content: bool) -> None:
        self.step = Step()
        self._root = root
        self._real_root = os.path.realpath(root)
        self._comparison = comparison
        self._after = after
        self._part = part
        self._by_content = by_content
        self._reported = (0, 0)

    def run(self) -> Iterator[str]:
        """Examine the entries in order; yield the source key of each."""
        first = self._part or self._root
        source_key = folder_source_key(stored_name(first))
        ahead = [iter(self._entries(first, source_key))]
        yield source_key
        while ahead:
            found = next(ahead[-1], None)
            if found is None:
                ahead.pop()
                continue
            if found.is_folder and self._part is not None and self._comparison.held_at(found.source_key) is not None:
                self._comparison.keep_scope(found.source_key)
            elif found.is_folder:
                ahead.append(iter(self._entries_below(found)))
            else:
                self._look_at(found.entry, found.source_key)
            yield found.source_key

    def take_step(self, last: str) -> Step:
        """Return the findings since the last step."""
        step, self.step = self.step, Step()
        known, unchanged = self._reported
        self._reported = self._comparison.known, self._comparison.unchanged
        step.known, step.unchanged = self._reported[0] - known, self._reported[1] - unchanged
        step.missing, step.last = self._comparison.take_missing(), last
        return step

    def _entries(self, folder: str, source_key: str) -> list[_Found]:
        """State a readable folder, and return its entries in order."""
        with os.scandir(folder) as entries:
            status = os.stat(folder)
            found = [self._found(entry, source_key) for entry in entries]
        self.step.folders[source_key] = status.st_mtime_ns
        if source_key > self._after:
            self.step.seen += 1
            is_mount = os.path.ismount(folder)
            if not (is_mount or found) and was_mount(self._comparison.held_at(source_key)):
                self._comparison.keep_scope(source_key)
                self.step.unreadable.append(Unreadable(source_key, "its file system is no longer mounted"))
                return []
            fingerprint = folder_fingerprint(status, is_mount=is_mount)
            if not self._comparison.is_unchanged(source_key, fingerprint):
                self.step.puts.append(folder_put(source_key, fingerprint, status, is_root=folder == self._root))
        elif self._after.startswith(source_key):
            found = [each for each in found if each.source_key > self._after or self._after.startswith(each.source_key)]
        found.sort(key=_source_key)
        return found

    def _found(self, entry: os.DirEntry[str], folder: str) -> _Found:
        name = stored_name(entry.name)
        is_folder = entry.is_dir(follow_symlinks=False)
        return _Found(f"{folder}{name}/" if is_folder else folder + name, entry, is_folder)

    def _entries_below(self, found: _Found) -> list[_Found]:
        try:
            return self._entries(found.entry.path, found.source_key)
        except OSError as error:
            if error.errno not in (ENOENT, ENOTDIR):  # otherwise it was removed since its parent was read
                self._comparison.keep_scope(found.source_key)
                self.step.unreadable.append(_unreadable(found.source_key, error))
            return []

    def _look_at(self, entry: os.DirEntry[str], source_key: str) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
            is_link = stat.S_ISLNK(status.st_mode)
            if is_link:
                target = os.path.realpath(entry.path)
                if not target.startswith(self._real_root + os.sep):
                    return
                status = os.stat(target)
            if not stat.S_ISREG(status.st_mode):
                return
            fingerprint = file_fingerprint(status, is_link=is_link, by_content=self._by_content)
            self.step.seen += 1
            if not self._comparison.is_unchanged(source_key, fingerprint):
                held = self._comparison.take_parts(source_key)
                file = FileStatement(
                    entry, source_key, fingerprint, status, is_link=is_link, by_content=self._by_content
                )
                self._state(source_key, file, held)
        except OSError as error:
            if error.errno not in (ENOENT, ENOTDIR):
                self._comparison.keep(source_key)
                self.step.unreadable.append(_unreadable(source_key, error))

    def _state(self, source_key: str, file: FileStatement, held: list[str]) -> None:
        if file.problem is not None:
            self.step.not_understood.append(Unreadable(source_key, file.problem))
        puts = list(file.puts())
        self.step.puts.extend(puts)
        if held:
            self.step.dropped.extend(sorted({*held} - {put.source_key for put in puts}))


def _source_key(found: _Found) -> str:
    return found.source_key


def _unreadable(source_key: str, error: OSError) -> Unreadable:
    return Unreadable(source_key, error.strerror or type(error).__name__)
