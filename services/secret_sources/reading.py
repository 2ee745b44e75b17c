"""Resolving references to secrets.

env:NAME           an environment variable
file:PATH          a file with one line
credential:NAME    a credential of the systemd service
SCHEME:NAME        a secret in a vault, such as vault:secret/sales/db#password
"""

import os
import stat

from audit.errors import DescribedError
from services.errors import ConnectorConfigurationError
from services.messages import SECRET_NOT_ALLOWED, SECRET_NOT_READABLE
from services.secret_sources.access import CREDENTIALS_DIRECTORY, granted
from services.secret_sources.vault import variables_of_vaults, vault_of

MOST_BYTES = 64 * 1024
"""The maximum size of a file with a secret."""
_ATTEMPTS = 3
"""Attempts to open a file: a mounted directory may be replaced between resolving a path in it and opening the file."""


def read_reference(reference: str) -> str:
    """The secret that a reference names. Blocks.

    Raises `ConnectorConfigurationError` if the reference may not be followed, or the secret cannot be read.
    """
    scheme, _, name = reference.partition(":")
    require_allowed(reference)
    try:
        if scheme == "env":
            return os.environ[name]
        if scheme == "file":
            return _file(name)
        if scheme == "credential":
            return _file(os.path.join(os.environ[CREDENTIALS_DIRECTORY], name))
    except KeyError as error:
        raise _not_readable(reference, f"the variable {error.args[0]} is not set") from None
    except OSError as error:
        raise _not_readable(reference, error.strerror or type(error).__name__) from None
    except ValueError as error:
        raise _not_readable(reference, str(error)) from None
    return _from_vault(reference, scheme, name)


def environment_variables(reference: str) -> frozenset[str]:
    """The environment variables that are read to resolve a reference."""
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        return frozenset({name})
    if scheme in ("file", "credential"):
        return frozenset()
    vault = vault_of(scheme)
    return vault.environment_variables if vault is not None else frozenset()


def _from_vault(reference: str, scheme: str, name: str) -> str:
    """A secret in a vault. A vault is foreign code: the text of its unexpected errors may contain the secret."""
    try:
        vault = vault_of(scheme)
        if vault is None:
            raise _not_readable(reference, f"no installed package has a vault {scheme}")
        return vault.read(name)
    except DescribedError:
        raise
    except Exception as error:
        raise _not_readable(reference, f"the vault raised {type(error).__name__}") from None


def require_allowed(reference: str) -> None:
    """Raise `ConnectorConfigurationError` for a reference that this process may not follow. Blocks."""
    if problem := refusal(reference):
        raise ConnectorConfigurationError(SECRET_NOT_ALLOWED, reference=reference, problem=problem)


def refusal(reference: str) -> str:
    """The reason why this process may not follow a reference; empty if it may. Blocks."""
    scheme, _, name = reference.partition(":")
    access = granted()
    if scheme == "file" and not ("\0" not in name and access.allows_file(name)):
        places = [f"below {each}" for each in access.directories] + [
            f"in {each}" for each in access.document_directories
        ]
        return f"the file is not {' or '.join(places)}"
    if scheme == "credential" and ("/" in name or "\0" in name or name.startswith(".")):
        return "the name of a credential is no path"
    if scheme == "env" and not access.allows_variable(name):
        return f"the name of the variable is not {' or '.join(access.variables)}"
    if scheme == "env" and name in variables_of_vaults():
        return "the variable is for reaching a vault"
    return ""


def _file(path: str) -> str:
    """The content of a regular file with a single line; raises `OSError` and `ValueError`."""
    for attempt in range(_ATTEMPTS):
        try:
            descriptor = os.open(os.path.realpath(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            break
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES} bytes")
    try:
        secret = content.decode().strip()
    except UnicodeDecodeError:
        raise ValueError("it is not a text in UTF-8") from None
    if len(secret.splitlines()) > 1:
        raise ValueError("it has more than one line")
    return secret


def _not_readable(reference: str, cause: str) -> ConnectorConfigurationError:
    return ConnectorConfigurationError(SECRET_NOT_READABLE, reference=reference, cause=cause)
