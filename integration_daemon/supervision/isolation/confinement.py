"""Confinement of a connector's process: its environment variables, privileges and resource limits.

Confinement bounds mistakes and leaks. It is no sandbox: the process runs as the daemon's user, and can read that
user's files.
"""

import ctypes
import os
import resource
import sys

from integration_daemon.config.document import ProcessLimitsConfig
from services.framework.connection import Connection
from services.framework.discretion import secrets_of
from services.secret_sources.access import CREDENTIALS_DIRECTORY

_PASSED_ON = frozenset(
    {
        "PATH",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "LD_LIBRARY_PATH",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        CREDENTIALS_DIRECTORY,
    }
)
_PASSED_ON_BY_PREFIX = ("LC_", "PYTHON")
_MEGABYTE = 1_000_000
_PR_SET_NO_NEW_PRIVS = 38


def environment_for(connection: Connection) -> dict[str, str]:
    """The environment of the process: the interpreter's variables, and those of the connection's secrets."""
    own = {variable for secret in secrets_of(connection) for variable in secret.environment_variables}
    return {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_BY_PREFIX) or name in own
    }


def renounce_privileges() -> None:
    """Forbid core dumps of this process, and on Linux the gain of privileges by a program that it executes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "no_new_privs cannot be set")


def limit(limits: ProcessLimitsConfig) -> None:
    """Set permanent limits of this process, none above an existing limit."""
    wanted = {
        resource.RLIMIT_AS: limits.memory_megabytes and limits.memory_megabytes * _MEGABYTE,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: limits.processes,
    }
    for kind, value in wanted.items():
        if value is not None:
            _, most = resource.getrlimit(kind)
            value = value if most == resource.RLIM_INFINITY else min(value, most)
            resource.setrlimit(kind, (value, value))
