"""API tokens: made by the command line, kept in the data directory as hashes, looked up by a running platform.

A token is `idt_` and 256 random bits in base64url, so that a scanner recognises one that has leaked. A hash without
salt is enough for a value that nobody can guess.
"""

import base64
import fcntl
import hashlib
import os
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from integration_daemon.security import messages
from integration_daemon.security.permissions import Caller, Role
from integration_daemon.security.scope import EVERYTHING, Scope, scope_of
from services.errors import InvalidParameterError

PREFIX = "idt_"
OF_TOKENS = "token "
"""What the names of callers with tokens begin with."""
_FILE = "tokens.json"
_LOCK = ".tokens.lock"


class Token(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """An API token as it is kept. A field that is not understood could be a limit, so it is an error."""

    name: str
    """Unique; the audit log names the caller by it."""
    roles: tuple[Role, ...]
    sha256: str
    created: float
    """Seconds since the epoch, as all times here."""
    expires: float | None = None
    user: str | None = None
    """The only user name that requests with the token may have; none: any."""
    servers: tuple[str, ...] = ()
    """Shell patterns of the servers for which its roles count; none: all."""
    connectors: tuple[str, ...] = ()
    """Shell patterns of the connectors for which its roles count; none: all."""

    def is_expired(self, now: float) -> bool:
        """True if the token is not valid any more."""
        return self.expires is not None and self.expires <= now

    @property
    def caller(self) -> Caller:
        """The caller that presents the token."""
        return Caller(f"{OF_TOKENS}{self.name}", self.roles, self.user, scope_of(self.servers, self.connectors))


class TokenFile:
    """The tokens of one data directory. All methods block."""

    def __init__(self, data_directory: Path) -> None:
        self._directory = data_directory / "security"

    @property
    def path(self) -> Path:
        """The file, which need not exist."""
        return self._directory / _FILE

    def version(self) -> tuple[int, ...] | None:
        """A value that is another one after each change; none without a file."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size

    def load(self) -> list[Token]:
        """All tokens, expired ones included; raises `InvalidParameterError` for a file that is not one of tokens."""
        try:
            return msgspec.json.decode(_read_regular(self.path), type=list[Token])
        except FileNotFoundError:
            return []
        except (OSError, ValueError, RecursionError) as error:
            cause = getattr(error, "strerror", None) or error
            raise InvalidParameterError(messages.TOKENS_NOT_READABLE, path=self.path, cause=cause) from None

    def create(
        self, name: str, roles: tuple[Role, ...], *, user: str | None, expires: float | None, scope: Scope = EVERYTHING
    ) -> str:
        """Add a token, and return it: it cannot be read later.

        Raises `InvalidParameterError` for a name in use, or if the tokens cannot be written.
        """
        text = PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        token = Token(
            name=name,
            roles=roles,
            sha256=digest(text),
            created=time.time(),
            expires=expires,
            user=user,
            servers=scope.servers,
            connectors=scope.connectors,
        )
        with self._changing() as tokens:
            if any(each.name == name for each in tokens):
                raise InvalidParameterError(messages.TOKEN_NAME_TAKEN, name=name)
            tokens.append(token)
        return text

    def revoke(self, name: str) -> None:
        """Remove a token; raises `InvalidParameterError` if there is none of that name."""
        with self._changing() as tokens:
            if not any(each.name == name for each in tokens):
                raise InvalidParameterError(messages.NO_SUCH_TOKEN, name=name)
            tokens[:] = [each for each in tokens if each.name != name]

    @contextmanager
    def _changing(self) -> Iterator[list[Token]]:
        """The tokens, to be changed by one process at a time; they are written at the end of the block."""
        with ExitStack() as lock:
            try:
                make_private(self._directory)
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                descriptor = os.open(self._directory / _LOCK, flags, 0o600)
                lock.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                tokens = self.load()
                yield tokens
                write_private(self.path, msgspec.json.format(msgspec.json.encode(tokens)))
            except OSError as error:
                cause = error.strerror or type(error).__name__
                raise InvalidParameterError(messages.TOKENS_NOT_WRITABLE, path=self.path, cause=cause) from None


def digest(token: str) -> str:
    """The hash under which a token is kept."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


def make_private(directory: Path) -> None:
    """Make a directory in the data directory, and that one, for this user alone; an existing one is made private."""
    directory.parent.parent.mkdir(parents=True, exist_ok=True)
    directory.parent.mkdir(mode=0o700, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    directory.chmod(0o700)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only this user can read, as a whole or not at all."""
    descriptor, fresh = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def _read_regular(path: Path) -> bytes:
    """The content of a regular file: reading anything else could wait for ever."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is not a file")
        return file.read()
