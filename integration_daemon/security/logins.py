"""Logins with the password of a user.

A check takes much processor time and memory on purpose. So only a few run at the same time, and a password that was
right is remembered as a keyed hash that is quick to compute, for the address that it came from. Wrong passwords make
the next ones wait, for each user and for each address; a remembered password does not wait.
"""

import hmac
import ipaddress
import math
import secrets
from functools import partial

import trio

from integration_daemon.security import messages
from integration_daemon.security.expiring_keys import Recall
from integration_daemon.security.followed_list import FollowedList
from integration_daemon.security.guesses import Guesses
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
"""Wrong passwords of one user, and seconds until another may be tried."""
ADDRESS_AT_ONCE, ADDRESS_INTERVAL = 10, 5.0
"""Wrong passwords from one address, whoever the user is, and seconds until another may be tried."""


class LoginRefusedError(UserNotAuthorizedError):
    """A user name and a password were not accepted."""

    user = "(unknown)"
    """The user whose password was tried, if there is one of that name. A name that there is not may be a secret that
    somebody typed in the wrong place."""


class Logins:
    """Checks passwords against the users as they are now."""

    def __init__(self, users: FollowedList[User]) -> None:
        self._users = users
        self._turns = trio.CapacityLimiter(CHECKS_AT_ONCE)
        self._threads = trio.CapacityLimiter(CHECKS_AT_ONCE)
        self._of_user = Guesses(USER_AT_ONCE, USER_INTERVAL)
        self._of_address = Guesses(ADDRESS_AT_ONCE, ADDRESS_INTERVAL)
        self._secret = secrets.token_bytes(32)
        self._remembered: dict[tuple[str, str], tuple[PasswordHash, bytes]] = {}

    async def recall(self, name: str, password: str, address: str) -> Recall:
        """The user with a name and a password, as long as the password is the same.

        Raises `LoginRefusedError` for a wrong one, and for any while too many have been wrong.
        """
        place = _place(address)
        right = self._recognized(name, password, place)
        if right is None:
            self._require_patience(name, place)
            async with self._turns:
                right = self._recognized(name, password, place)  # by the check that this login waited for
                if right is None:
                    self._require_patience(name, place)
                    right = await self._checked(name, password, place)
        return partial(self._caller, name, right)

    async def _checked(self, name: str, password: str, place: str) -> PasswordHash:
        """The hash of a password, if it is right. This takes as long for a user that there is not."""
        self._of_user.count(name)
        self._of_address.count(place)
        user = self._users.entries.get(name)
        known = NO_PASSWORD if user is None or user.password is None else user.password
        if len(password) > LONGEST or not await trio.to_thread.run_sync(known.matches, password, limiter=self._threads):
            raise self._refused(name)
        self._of_user.take_back(name)
        self._of_address.take_back(place)
        if len(self._remembered) >= MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[name, place] = known, self._quick_hash(password)
        return known

    def _recognized(self, name: str, password: str, place: str) -> PasswordHash | None:
        """The hash of a password that is remembered; another password has it forgotten, so that it cannot be guessed
        here."""
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
    """The address, or the network of one that can change within it at will."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
