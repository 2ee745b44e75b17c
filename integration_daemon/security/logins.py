"""Logins with a user name and a password.

The check of a password deliberately takes much processor time and memory. So only a few checks run at the same time,
and a correct password is remembered, for the address that it came from, as a keyed hash that is quick to compute.
Wrong passwords delay further attempts for the same user and from the same address; a remembered password is not
delayed.
"""

import hmac
import ipaddress
import math
import secrets
from functools import partial

import trio

from integration_daemon.security import messages
from integration_daemon.security.attempt_limit import AttemptLimit
from integration_daemon.security.expiring_keys import Recall
from integration_daemon.security.followed_list import FollowedList
from integration_daemon.security.passwords import LONGEST, NO_PASSWORD, PasswordHash
from integration_daemon.security.permissions import Caller
from integration_daemon.security.users import User
from services.errors import UserNotAuthorizedError

CHECKS_AT_ONCE = 2
"""Passwords that are checked at the same time, each on a worker thread."""
MOST_WAITING = 100
"""Logins that wait for their check; more are refused."""
MOST_REMEMBERED = 1_000
"""Pairs of user and address whose password is remembered."""
USER_AT_ONCE, USER_INTERVAL = 5, 30.0
"""Wrong passwords of one user that are allowed at once, and seconds until another attempt."""
ADDRESS_AT_ONCE, ADDRESS_INTERVAL = 10, 5.0
"""Wrong passwords from one address, for any user, that are allowed at once, and seconds until another attempt."""


class LoginRefusedError(UserNotAuthorizedError):
    """A user name and password were not accepted."""

    user = "(unknown)"
    """The user of the attempt, if a user with that name exists. An unknown name may be a secret that was typed in the
    wrong field."""


class Logins:
    """Checks passwords of the current users."""

    def __init__(self, users: FollowedList[User]) -> None:
        self._users = users
        self._turns = trio.CapacityLimiter(CHECKS_AT_ONCE)
        self._threads = trio.CapacityLimiter(CHECKS_AT_ONCE)
        self._of_user = AttemptLimit(USER_AT_ONCE, USER_INTERVAL)
        self._of_address = AttemptLimit(ADDRESS_AT_ONCE, ADDRESS_INTERVAL)
        self._secret = secrets.token_bytes(32)
        self._remembered: dict[tuple[str, str], tuple[PasswordHash, bytes]] = {}

    async def recall(self, name: str, password: str, address: str) -> Recall:
        """A function that returns the user with a name and a password until the password is changed.

        Raises `LoginRefusedError` for a wrong password, and for any password after too many wrong ones.
        """
        place = _place(address)
        right = self._recognized(name, password, place)
        if right is None:
            self._require_patience(name, place)
            async with self._turns:
                right = self._recognized(name, password, place)  # another login may have checked it meanwhile
                if right is None:
                    self._require_patience(name, place)
                    right = await self._checked(name, password, place)
        return partial(self._caller, name, right)

    async def _checked(self, name: str, password: str, place: str) -> PasswordHash:
        """The hash of a correct password. The check of an unknown user takes as long as that of a known one."""
        self._of_user.count(name)
        self._of_address.count(place)
        user = self._users.entries.get(name)
        known = NO_PASSWORD if user is None or user.password is None else user.password
        if len(password) > LONGEST or not await trio.to_thread.run_sync(known.matches, password, limiter=self._threads):
            raise self._refused(name)
        self._of_user.discount(name)
        self._of_address.discount(place)
        if len(self._remembered) >= MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[name, place] = known, self._quick_hash(password)
        return known

    def _recognized(self, name: str, password: str, place: str) -> PasswordHash | None:
        """The hash of a remembered password. A wrong password forgets the remembered one, so that it cannot be guessed
        without delay."""
        hash_, quick_hash = self._remembered.pop((name, place), (NO_PASSWORD, b""))
        if self._caller(name, hash_) is None or not hmac.compare_digest(quick_hash, self._quick_hash(password)):
            return None
        self._remembered[name, place] = hash_, quick_hash
        return hash_

    def _caller(self, name: str, hash_: PasswordHash) -> Caller | None:
        user = self._users.entries.get(name)
        return user.caller if user is not None and user.password == hash_ else None

    def _quick_hash(self, password: str) -> bytes:
        return hmac.digest(self._secret, password.encode(errors="surrogateescape"), "sha256")

    def _require_patience(self, name: str, place: str) -> None:
        seconds = max(self._of_user.wait(name), self._of_address.wait(place))
        if self._turns.statistics().tasks_waiting >= MOST_WAITING:
            seconds = max(seconds, 1.0)
        if seconds > 0:
            raise self._refused(name, math.ceil(seconds))

    def _refused(self, name: str, seconds: int = 0) -> LoginRefusedError:
        if seconds:
            error = LoginRefusedError(messages.TOO_MANY_GUESSES, seconds=seconds)
        else:
            error = LoginRefusedError(messages.WRONG_PASSWORD)
        if name in self._users.entries:
            error.user = name
        return error


def _place(address: str) -> str:
    """The key of an address for the limits: all addresses of an IPv6 /64 network share one key."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
