"""The address, the socket and the token that a daemon stores in its data directory for the programs of its user."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from integration_daemon.client.address import UNIX
from integration_daemon.security.local_user import LOCAL_ADDRESS, LOCAL_SOCKET, LOCAL_TOKEN
from services.loopback import EVERY_ADDRESS

ENVIRONMENT = "INTEGRATION_DAEMON_"
"""The prefix of the names of all environment variables."""


def data_directory(given: Path | None = None) -> Path:
    """The data directory of the daemon on this machine."""
    return given or Path(os.environ.get(ENVIRONMENT + "DATA_DIR") or "data")


def local_socket() -> str | None:
    """The address of the Unix socket of a daemon that was started in this directory, if it listens on one."""
    try:
        path = Path(os.fsdecode((data_directory() / LOCAL_SOCKET).read_bytes()))
        is_own = path.is_socket() and path.stat().st_uid == os.geteuid()  # another user's socket could collect tokens
        return f"{UNIX}{path}" if is_own else None
    except (OSError, ValueError):
        return None


def local_token(url: str) -> str | None:
    """The token that a daemon stored for its user, if it was started in this directory and has this address."""
    directory = data_directory()
    try:
        own = urlsplit((directory / LOCAL_ADDRESS).read_text(encoding="utf-8").strip())
        given = urlsplit(url)
        is_own_host = given.hostname in (own.hostname, "localhost") or own.hostname in EVERY_ADDRESS
        if (own.scheme, own.port) != (given.scheme, given.port) or not is_own_host:
            return None  # another program listens there, and must not receive the token
        return (directory / LOCAL_TOKEN).read_text(encoding="utf-8").strip() or None
    except (OSError, ValueError):
        return None


def local_address() -> str | None:
    """The address of a daemon that was started in this directory, for programs and browsers on this machine."""
    file = data_directory() / LOCAL_ADDRESS
    try:
        url = file.read_text(encoding="utf-8").strip()
        if file.stat().st_uid != os.geteuid():  # the address of another user's program could collect tokens
            return None
        for every in EVERY_ADDRESS:
            url = url.replace(f"//{every}:", "//localhost:")
        return url
    except (OSError, ValueError):
        return None
