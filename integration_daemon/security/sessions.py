"""Sessions of browsers: each begins with a link that works once, and ends after some hours.

A session has a cookie, which is HttpOnly and SameSite=Strict, and a page key. Browsers send cookies to every port of a
host, so the cookie alone does not authenticate: each request must also have the page key, which only pages of the
platform's own origin can read. Cross-site requests are refused earlier (`rest.serving.browser_guard`).
"""

import hmac
import secrets

from integration_daemon.security.expiring_keys import ExpiringKeys, Recall
from integration_daemon.security.permissions import Caller

LINK_LASTS = 300.0
SESSION_LASTS = 12 * 3600.0
"""Seconds."""
MOST_SESSIONS = 20
"""Sessions, and links, of one caller. One more ends the oldest."""


class Sessions:
    """The links and the sessions of one platform, which end with the process."""

    def __init__(self) -> None:
        self._links = ExpiringKeys(LINK_LASTS, MOST_SESSIONS)
        self._sessions = ExpiringKeys(SESSION_LASTS, MOST_SESSIONS)
        self._secret = secrets.token_bytes(32)

    def link(self, owner: str, recall: Recall) -> str:
        """A code that begins one session of a caller."""
        return self._links.add(owner, recall)

    def begin(self, code: str) -> tuple[str, str] | None:
        """The cookie and the page key of a new session; `None` if the code is not valid."""
        entry = self._links.take(code)
        if entry is None:
            return None
        cookie = self._sessions.add(entry.owner, entry.recall)
        return cookie, self._page_key(cookie)

    def caller(self, cookie: str, page_key: str) -> Caller | None:
        """The caller of a session; `None` if the session has ended or the page key is wrong."""
        is_of_page = hmac.compare_digest(self._page_key(cookie).encode(), page_key.encode(errors="replace"))
        return self._sessions.find(cookie) if is_of_page else None

    def end(self, cookie: str) -> None:
        """End a session, which invalidates its cookie."""
        self._sessions.take(cookie)

    def _page_key(self, cookie: str) -> str:
        return hmac.new(self._secret, cookie.encode(errors="replace"), "sha256").hexdigest()
