"""Walking a directory tree, on a worker thread, in large steps.

What the catalogue holds unchanged is told apart inside the thread, by a fingerprint from one `stat`; only what is new
or different becomes a Struct. A step ends when it has gathered enough to write, or has taken long enough.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator
from errno import ENOENT, ENOTDIR

import msgspec

from services.files.classifier import VERSION, FileClass, classify
from services.files.context import folder_place
from services.files.names import stored_name
from services.metadata.changes import Link, Put
from services.metadata.statement import state
from services.metadata.types.files import DataFile, FileFolder

PUTS_IN_A_STEP = 2_000
SECONDS_IN_A_STEP = 0.25
_LOOK_AT_THE_CLOCK = 512

IsUnchanged = Callable[[str, str], bool]


class Unreadable(msgspec.Struct, frozen=True):
    """A folder or file that could not be looked at."""

    place: str
    is_folder: bool
    cause: str


class Step(msgspec.Struct):
    """What one step of a scan found."""

    seen: int = 0
    puts: list[Put] = []
    unreadable: list[Unreadable] = []

    @property
    def is_full(self) -> bool:
        """Whether it is time to write."""
        return len(self.puts) >= PUTS_IN_A_STEP


def scan(root: str, is_unchanged: IsUnchanged) -> Iterator[Step]:
    """Walk the tree below an absolute path, step by step. Blocks.

    Links to directories are not followed, and a link to a file counts only if it leads to a file in the tree.
    Sockets, pipes and devices are no data and are left out. Raises `OSError` if the root cannot be read.
    """
    real_root = os.path.realpath(root)
    step, ends = Step(), time.monotonic() + SECONDS_IN_A_STEP
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in _folder_first(folder, root, entries, is_unchanged, step):
                    path = entry.path
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(path)
                        continue
                    _look_at(entry, folder, real_root, is_unchanged, step)
                    if step.is_full or (step.seen % _LOOK_AT_THE_CLOCK == 0 and time.monotonic() > ends):
                        yield step
                        step, ends = Step(), time.monotonic() + SECONDS_IN_A_STEP
        except OSError as error:
            if folder == root:
                raise
            if error.errno not in (ENOENT, ENOTDIR):  # else it is gone since its parent was read
                step.unreadable.append(_unreadable(folder_place(stored_name(folder)), True, error))
    yield step


def _folder_first(
    folder: str, root: str, entries: Iterator[os.DirEntry[str]], is_unchanged: IsUnchanged, step: Step
) -> Iterator[os.DirEntry[str]]:
    """The entries of a folder that could be opened, once the folder itself is stated."""
    status = os.stat(folder)
    name = stored_name(folder)
    place = folder_place(name)
    fingerprint = f"d{status.st_mtime_ns}.{status.st_mode}.{VERSION}"
    step.seen += 1
    if not is_unchanged(place, fingerprint):
        parent = None if folder == root else stored_name(os.path.dirname(folder))
        step.puts.append(_folder_put(name, parent, place, fingerprint, status))
    return entries


def _look_at(entry: os.DirEntry[str], folder: str, real_root: str, is_unchanged: IsUnchanged, step: Step) -> None:
    try:
        status = entry.stat(follow_symlinks=False)
        is_link = stat.S_ISLNK(status.st_mode)
        if is_link:
            target = os.path.realpath(entry.path)
            if not target.startswith(real_root + os.sep):
                return
            status = os.stat(target)
        if not stat.S_ISREG(status.st_mode):
            return
        path = entry.path
        place = path if path.isascii() and "\\" not in path else stored_name(path)
        fingerprint = f"{status.st_size}.{status.st_mtime_ns}.{status.st_mode}.{is_link:d}.{VERSION}"
        step.seen += 1
        if not is_unchanged(place, fingerprint):
            step.puts.append(_file_put(entry, folder, place, fingerprint, status, is_link))
    except OSError as error:
        if error.errno not in (ENOENT, ENOTDIR):
            step.unreadable.append(_unreadable(stored_name(entry.path), False, error))


def folder_element(path: str, status: os.stat_result, kind: type[FileFolder] = FileFolder) -> FileFolder:
    """The element of a folder; `path` is its stored name."""
    return kind(
        qualified_name=f"{kind.type_name()}::{path}",
        display_name=path.rpartition("/")[2] or path,
        path_name=path,
        store_update_time=iso_time(status.st_mtime_ns),
    )


def iso_time(nanoseconds: int) -> str:
    """A time of the file system as properties hold it: ISO 8601, UTC, to the millisecond."""
    seconds, rest = divmod(nanoseconds // 1_000_000, 1000)
    at = time.gmtime(seconds)
    return (
        f"{at.tm_year:04}-{at.tm_mon:02}-{at.tm_mday:02}T{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}.{rest:03}+00:00"
    )


def _folder_put(name: str, parent: str | None, place: str, fingerprint: str, status: os.stat_result) -> Put:
    links = () if parent is None else (Link("FolderHierarchy", f"FileFolder::{parent}"),)
    return state(folder_element(name, status), place=place, fingerprint=fingerprint, links=links)


def _file_put(
    entry: os.DirEntry[str],
    folder: str,
    place: str,
    fingerprint: str,
    status: os.stat_result,
    is_link: bool,
) -> Put:
    file_class = classify(entry.name)
    classifications = {"DataAssetEncoding": {"encoding": file_class.encoding}} if file_class.encoding else None
    return state(
        _file_element(entry, place, file_class, status, is_link),
        place=place,
        fingerprint=fingerprint,
        links=(Link("NestedFile", f"FileFolder::{stored_name(folder)}"),),
        classifications=classifications,
    )


def _file_element(
    entry: os.DirEntry[str], path: str, file_class: FileClass, status: os.stat_result, is_link: bool
) -> DataFile:
    name = stored_name(entry.name)
    return file_class.element(
        qualified_name=f"{file_class.element.type_name()}::{path}",
        display_name=name,
        path_name=path,
        file_name=name,
        file_type=file_class.file_type,
        file_extension=file_class.extension and stored_name(file_class.extension),
        file_size=status.st_size,
        store_create_time=_birth_time(status),
        store_update_time=iso_time(status.st_mtime_ns),
        deployed_implementation_type=file_class.deployed_implementation_type,
        additional_properties={
            "canRead": _flag(os.access(entry.path, os.R_OK)),
            "canWrite": _flag(os.access(entry.path, os.W_OK)),
            "canExecute": _flag(bool(status.st_mode & 0o111)),
            "isHidden": _flag(entry.name.startswith(".")),
            "isSymLink": _flag(is_link),
        },
    )


def _birth_time(status: os.stat_result) -> str | None:
    """When the file was made, where the system tells; on Linux, Python's `stat` does not."""
    seconds: float | None = getattr(status, "st_birthtime", None)
    return None if seconds is None else iso_time(int(seconds * 1_000_000_000))


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _unreadable(place: str, is_folder: bool, error: OSError) -> Unreadable:
    return Unreadable(place, is_folder, error.strerror or type(error).__name__)
