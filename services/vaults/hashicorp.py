"""HashiCorp Vault and OpenBao: secrets of the key-value engine, version 2.

The reference `vault:secret/sales/db#password` is the key `password` of `sales/db` in the engine mounted at `secret`.
The environment of the daemon configures the vault with the variables of Vault's own command line: `VAULT_ADDR`,
`VAULT_TOKEN` (a token, or a reference to one), `VAULT_NAMESPACE` and `VAULT_CACERT`.
"""

import os
import ssl
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2
import msgspec

from audit.secret_references import is_reference
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError
from services.loopback import is_on_this_machine
from services.messages import SECRET_NOT_READABLE, VAULT_REFUSES, VAULT_UNAVAILABLE
from services.secret_sources.reading import MOST_BYTES, read_reference

REMEMBERED = 30.0
"""Seconds for which a read path is cached: many connectors have their secrets at one path."""
DEADLINE = 10.0
"""Seconds for one request."""
LARGEST_ANSWER = 1_000_000

_REFUSED, _NOT_FOUND, _TOO_MANY = 403, 404, 429


class HashiCorpVault:
    """Reads one vault over HTTP."""

    def __init__(self, *, deadline: float = DEADLINE, clock: Callable[[], float] = time.monotonic) -> None:
        self._deadline = deadline
        self._clock = clock
        self._cache: dict[str, tuple[float, dict[str, Any]]] = {}
        """For each path, the time of reading, and the keys and values."""

    @property
    def environment_variables(self) -> frozenset[str]:
        """The environment variables that configure the vault."""
        return frozenset({"VAULT_ADDR", "VAULT_TOKEN", "VAULT_NAMESPACE", "VAULT_CACERT"})

    def read(self, name: str) -> str:
        """The secret `MOUNT/PATH#KEY`; blocks."""
        path, _, key = name.partition("#")
        mount, *parts = path.split("/")
        if not key or not mount or not parts or any(part in ("", ".", "..") for part in parts):
            raise _not_readable(name, "it is not in the form vault:MOUNT/PATH#KEY")
        read_at, values = self._cache.get(path, (0.0, {}))
        if not values or self._clock() - read_at > REMEMBERED:
            values = self._fetch(name, "/".join(quote(part, safe="") for part in (mount, "data", *parts)))
            self._cache[path] = self._clock(), values
        value = values.get(key)
        if not isinstance(value, str) or len(value) > MOST_BYTES:
            raise _not_readable(name, f"{path} has no key {key} with a text")
        return value

    def _fetch(self, name: str, path: str) -> dict[str, Any]:
        """The keys and values at a path of the vault's API."""
        url = _address(name)
        token = os.environ.get("VAULT_TOKEN", "").strip()
        if not token:
            raise _not_readable(name, "VAULT_TOKEN is not set")
        value = read_reference(token) if is_reference(token) else token
        headers = {"X-Vault-Token": value, "X-Vault-Request": "true", "Accept-Encoding": "identity"}
        if namespace := os.environ.get("VAULT_NAMESPACE"):
            headers["X-Vault-Namespace"] = namespace
        try:
            status, content = self._answer(f"{url}/v1/{path}", headers)
        except (httpx2.HTTPError, TimeoutError, OSError, ValueError) as error:
            cause = f"{type(error).__name__} while {path} was read"
            raise ThirdPartyUnavailableError(VAULT_UNAVAILABLE, address=url, cause=cause) from None
        if status == _REFUSED:
            raise UserNotAuthorizedError(VAULT_REFUSES, address=url, reference=f"vault:{name}")
        if status >= 500 or status == _TOO_MANY:
            raise ThirdPartyUnavailableError(VAULT_UNAVAILABLE, address=url, cause=f"it answers with {status}")
        if status != 200:
            raise _not_readable(name, "nothing is there" if status == _NOT_FOUND else f"the vault answers {status}")
        try:
            return msgspec.json.decode(content, type=_Answer).data.data
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _not_readable(name, "the answer is not that of a key-value engine of version 2") from None

    def _answer(self, url: str, headers: dict[str, str]) -> tuple[int, bytes]:
        """The status and content of a response; raises `TimeoutError` or `ValueError` for an endless response."""
        last = self._clock() + self._deadline
        content = b""
        with (
            httpx2.Client(verify=_trust(), timeout=self._deadline, trust_env=not is_on_this_machine(url)) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            for piece in answer.iter_raw():  # decompressed, a small response could have any size
                content += piece
                if self._clock() > last:
                    raise TimeoutError
                if len(content) > LARGEST_ANSWER:
                    raise ValueError
            return answer.status_code, content


class _Values(msgspec.Struct):
    data: dict[str, Any]


class _Answer(msgspec.Struct):
    data: _Values


def _address(name: str) -> str:
    """The URL of the vault: with TLS, unless the vault is on this machine, since the token is sent there."""
    url = os.environ.get("VAULT_ADDR", "").rstrip("/")
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme == "https" or (parts.scheme == "http" and is_on_this_machine(url))
        is_usable = is_usable and bool(parts.hostname) and not (parts.username or parts.password or parts.query)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise _not_readable(name, "VAULT_ADDR is no URL that begins with https://")
    return url


def _trust() -> ssl.SSLContext:
    """A context that trusts the certificates of the system and of `VAULT_CACERT`; raises `OSError`."""
    context = ssl.create_default_context()
    if bundle := os.environ.get("VAULT_CACERT"):
        context.load_verify_locations(bundle)
    return context


def _not_readable(name: str, cause: str) -> ConnectorConfigurationError:
    return ConnectorConfigurationError(SECRET_NOT_READABLE, reference=f"vault:{name}", cause=cause)
