"""Backups of a data directory, made while the daemon runs, and their restoration.

A backup is a compressed tar archive. Its last file, `manifest.json`, lists the others with their digests, so a
truncated archive has no manifest. Each database is copied as a consistent snapshot, and checked. All other files are
copied first: a received event that is in both a spool and the copy of its database is processed twice, which changes
nothing, and an event that was in neither would be lost.
"""

import io
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO

import apsw
import msgspec

from audit.invisible import one_line
from integration_daemon.platform.backed_up_files import files_in
from integration_daemon.platform.data_directory import LOCK, PRIVATE, RESTORED, SERVERS, locked
from integration_daemon.platform.messages import BACKUP_NOT_MADE, BACKUP_NOT_USABLE, RESTORED_DIRECTORY_NOT_EMPTY
from services.errors import InvalidParameterError

MANIFEST = "manifest.json"
_FORMAT = 1
_COMPRESSION = 1
_PRIVATE = 0o600
_READ_AT_ONCE = 1_000_000
_LONGEST_MANIFEST = 256_000_000

_LOOKS = 2
"""The number of times that files are listed: a file, such as a log, may be renamed between the listing and its copy."""

_ERRORS = (OSError, EOFError, ValueError, apsw.Error, tarfile.TarError, zlib.error)

Progress = Callable[[str], None]
"""Called with the name of each file before the file is copied."""


class BackedUpFile(msgspec.Struct, frozen=True):
    """A file of a backup."""

    path: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The manifest of a backup."""

    format: int = _FORMAT
    program: str
    """The version of the program that made the backup."""
    created: datetime
    files: list[BackedUpFile]

    @property
    def size(self) -> int:
        """The total size of all files in bytes."""
        return sum(each.size for each in self.files)


def back_up(directory: Path, target: Path, progress: Progress) -> Manifest:
    """Write a backup of a data directory to a new file, which only this user can read, and verify it. Blocks.

    Raises `InvalidParameterError` if there is no data directory, the target exists, or a file cannot be read or
    written. The target appears when it is complete.
    """
    if problem := _problem(directory, target):
        raise InvalidParameterError(BACKUP_NOT_MADE, directory=directory, cause=problem)
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        with ExitStack() as undo:
            unfinished.mkdir(mode=PRIVATE)  # fails if another process uses it
            undo.callback(shutil.rmtree, unfinished, ignore_errors=True)
            archive = unfinished / "archive"
            manifest = _write(directory, archive, unfinished / "database", progress)
            _read(archive, None)
            archive.replace(target)
    except _ERRORS as error:
        raise InvalidParameterError(BACKUP_NOT_MADE, directory=directory, cause=_cause(error)) from None
    return manifest


def _problem(directory: Path, target: Path) -> str:
    """The reason why no backup can be made, judged by names alone; empty if there is none."""
    unfinished = target.with_name(f"{target.name}.unfinished")
    if not (directory / SERVERS).is_dir():
        return "there is no data directory"
    if (directory / RESTORED).exists():
        return "a restoration into it did not finish"
    if target.exists():
        return f"{target} exists already"
    if target.resolve().is_relative_to(directory.resolve()):
        return f"{target} is in the data directory"
    if unfinished.exists():
        return f"there is {unfinished} of another backup, which is being made, or was interrupted; remove it then"
    return ""


def restore(archive: Path, directory: Path) -> Manifest:
    """Create a data directory from a backup. Blocks.

    Raises `InvalidParameterError`, and leaves the directory unchanged, if it is not empty or in use, or if the backup
    is damaged or incomplete.
    """
    if not _is_empty(directory):
        raise InvalidParameterError(RESTORED_DIRECTORY_NOT_EMPTY, directory=directory)
    with locked(directory, is_restored=True):
        fresh = directory / RESTORED
        try:
            with ExitStack() as undo:
                undo.callback(shutil.rmtree, fresh, ignore_errors=True)
                if fresh.exists():  # left by a process that was killed
                    shutil.rmtree(fresh)
                manifest = _read(archive, fresh)
                undo.pop_all()  # from here on, files are moved out of `fresh`
            for each in sorted(fresh.iterdir()):
                _move_to(each, directory / each.name)
            fresh.rmdir()
        except _ERRORS as error:
            raise InvalidParameterError(BACKUP_NOT_USABLE, archive=archive, cause=_cause(error)) from None
    return manifest


def _is_empty(directory: Path) -> bool:
    """True if a data directory is missing, or has only the files that each process creates in it."""
    names = {each.name for each in directory.iterdir()} if directory.exists() else set()
    servers = directory / SERVERS
    return names <= {LOCK, SERVERS, RESTORED} and not (servers.is_dir() and any(servers.iterdir()))


def _move_to(fresh: Path, place: Path) -> None:
    if place.is_dir():  # an empty directory that was created with the data directory
        place.rmdir()
    fresh.replace(place)


def _write(directory: Path, archive: Path, scratch: Path, progress: Progress) -> Manifest:
    files: list[BackedUpFile] = []
    descriptor = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with (
        open(descriptor, "wb") as output,
        tarfile.open(fileobj=output, mode="w:gz", compresslevel=_COMPRESSION, format=tarfile.PAX_FORMAT) as tar,
    ):
        _add_plain(tar, directory, files, progress)
        for path in files_in(directory).databases:
            name = path.relative_to(directory).as_posix()
            progress(name)
            _copy_database(path, scratch)
            _add(tar, name, scratch, files)
            scratch.unlink()
        manifest = Manifest(program=version("integration-daemon"), created=datetime.now(UTC), files=files)
        content = msgspec.json.encode(manifest)
        tar.addfile(_entry(MANIFEST, len(content)), io.BytesIO(content))
    with archive.open("rb") as written:
        os.fsync(written.fileno())
    return manifest


def _add_plain(tar: tarfile.TarFile, directory: Path, files: list[BackedUpFile], progress: Progress) -> None:
    """Add the files that are not databases."""
    copied: set[Path] = set()
    for _ in range(_LOOKS):
        for path in files_in(directory).plain:
            if path not in copied:
                name = path.relative_to(directory).as_posix()
                progress(name)
                with suppress(FileNotFoundError):  # a log was rotated, or a file of a spool has been processed
                    _add(tar, name, path, files)
                    copied.add(path)


def _copy_database(source: Path, target: Path) -> None:
    """Copy a snapshot of a database, in one step that delays no writer, and check the copy."""
    try:
        with closing(apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READWRITE)) as database:
            database.set_busy_timeout(10_000)
            with closing(apsw.Connection(str(target))) as copied:
                with copied.backup("main", database, "main") as backup:
                    while not backup.done:
                        backup.step(-1)
                copied.pragma("journal_mode", "DELETE")
                _check(copied)
    except apsw.Error as error:
        raise apsw.Error(f"the database {source} cannot be copied: {error}") from None


def _check(database: apsw.Connection) -> None:
    (found, *_) = database.execute("PRAGMA quick_check(1)").fetchall()
    if found != ("ok",):
        raise apsw.CorruptError(f"it is damaged: {found[0]}")


def _add(tar: tarfile.TarFile, name: str, path: Path, files: list[BackedUpFile]) -> None:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size  # a log may grow meanwhile: only this much of it is copied
        digested = _Digested(file)
        tar.addfile(_entry(name, size), digested)
    files.append(BackedUpFile(_shown(name), size, digested.sha256.hexdigest()))


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, _PRIVATE
    return entry


def _read(archive: Path, directory: Path | None) -> Manifest:
    """Check a backup against its manifest, and extract it into `directory` if one is given."""
    found: dict[str, BackedUpFile] = {}
    manifest: Manifest | None = None
    if directory is not None:
        directory.mkdir(mode=PRIVATE)
    with tarfile.open(archive, "r:gz") as tar:
        for entry in tar:
            if manifest is not None or not entry.isreg() or not _is_below(entry.name) or entry.name in found:
                raise tarfile.TarError(f"it is no backup of this program: {one_line(entry.name):.200}")
            content = tar.extractfile(entry)
            assert content is not None  # it is a regular file
            if entry.name == MANIFEST:
                manifest = _manifest(content.read(_LONGEST_MANIFEST))
            else:
                digested = _Digested(content)
                if directory is None:
                    while digested.read(_READ_AT_ONCE):
                        pass
                else:
                    _extract(digested, directory, entry.name)
                found[entry.name] = BackedUpFile(_shown(entry.name), entry.size, digested.sha256.hexdigest())
    if manifest is None or list(found.values()) != manifest.files:
        raise tarfile.TarError("it is incomplete or damaged")
    return manifest


def _manifest(content: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise tarfile.TarError(f"its {MANIFEST} cannot be read: {error}") from None
    if manifest.format != _FORMAT:
        raise tarfile.TarError(f"it was made by version {manifest.program} of this program; use that version")
    return manifest


def _is_below(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _extract(content: "_Digested", directory: Path, name: str) -> None:
    path = directory / name
    for parent in reversed([each for each in path.parents if each.is_relative_to(directory)]):
        parent.mkdir(mode=PRIVATE, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
        shutil.copyfileobj(content, file, _READ_AT_ONCE)
        file.flush()
        os.fsync(file.fileno())


class _Digested:
    """A file, and the digest of the bytes read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = sha256()

    def read(self, size: int = -1) -> bytes:
        """Read from the file."""
        content = self._file.read(size)
        self.sha256.update(content)
        return content


def _shown(name: str) -> str:
    """The form of a file name in the manifest, which is JSON: names of files may be any bytes."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _cause(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{one_line(_shown(str(error.filename)))}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__
