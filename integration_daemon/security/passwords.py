"""Passwords of users, stored as slow hashes (scrypt, RFC 7914)."""

import hashlib
import hmac
import secrets

import msgspec

from integration_daemon.security import messages
from integration_daemon.security.tokens import PREFIX
from services.errors import InvalidParameterError

COST = 2**14
BLOCK_SIZE = 8
PARALLELIZATION = 5
"""The parameters of scrypt for new passwords; the computation of a hash takes 16 MiB of memory."""
SHORTEST = 8
LONGEST = 256
"""Characters of a password."""


class PasswordHash(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A stored password."""

    cost: int
    block_size: int
    parallelization: int
    salt: bytes
    key: bytes

    def matches(self, password: str) -> bool:
        """True if this is the hash of a password. Blocks, deliberately for long."""
        return hmac.compare_digest(self.key, self._derived(password))

    def _derived(self, password: str) -> bytes:
        return hashlib.scrypt(
            password.encode(errors="surrogateescape"),
            salt=self.salt,
            n=self.cost,
            r=self.block_size,
            p=self.parallelization,
            maxmem=2 * 128 * self.block_size * (self.cost + self.parallelization),
        )


def hashed(password: str) -> PasswordHash:
    """The hash of a new password. Blocks.

    Raises `InvalidParameterError` for a password that is too short or too long, or could be taken for an API token.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        problem = f"it has {len(password)} characters, and not {SHORTEST} to {LONGEST}"
        raise InvalidParameterError(messages.PASSWORD_NOT_USABLE, problem=problem)
    if password.startswith(PREFIX):
        raise InvalidParameterError(messages.PASSWORD_NOT_USABLE, problem=f"it begins with {PREFIX}, as API tokens do")
    empty = msgspec.structs.replace(NO_PASSWORD, salt=secrets.token_bytes(16))
    return msgspec.structs.replace(empty, key=empty._derived(password))


NO_PASSWORD = PasswordHash(
    cost=COST, block_size=BLOCK_SIZE, parallelization=PARALLELIZATION, salt=bytes(16), key=bytes(64)
)
"""Matches no password; the comparison takes as long as that with a user's hash."""
