"""Refuses requests that a foreign web page makes a browser send.

A page of any web site can make the browser of a visitor send requests to every address that the visitor can reach.
Browsers name the origin of such a request: in `Origin`, in `Sec-Fetch-Site` (W3C, Fetch Metadata Request Headers) and,
for images and the like, in `Referer`. A page whose own host name was pointed at this address (DNS rebinding) has the
same origin as its requests, but its name is in `Host`. Of these headers, other clients send `Host` alone.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from integration_daemon.rest.messages import CROSS_SITE_REQUEST, CROSS_SITE_REQUESTS
from integration_daemon.rest.serving.incidents import Incidents
from integration_daemon.rest.serving.memory import Application, Receive, Send
from integration_daemon.rest.serving.refusal import refuse
from services.errors import UserNotAuthorizedError
from services.host_pattern import HostPattern
from services.loopback import is_loopback

_CONSOLE_PAGE = "/"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w-]{1,63}(\.[\w-]{1,63})*\.?)(:\d{0,5})?", re.ASCII)
"""A name or an address with or without a port. The web framework fails on any other text."""
_OWN_SITES = ("same-origin", "none")
"""Values of `Sec-Fetch-Site`: a page of this platform, and the user, who typed the address or used a bookmark."""


class BrowserGuard:
    """ASGI middleware that answers 403 to requests of foreign web pages, and discards their bodies."""

    def __init__(self, app: Application, incidents: Incidents, allowed_hosts: Sequence[HostPattern] | None) -> None:
        self._app = app
        self._incidents = incidents
        self._allowed_hosts = allowed_hosts

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        header = foreign_origin(scope, self._allowed_hosts) if scope["type"] == "http" else None
        if header is None:
            await self._app(scope, receive, send)
            return
        self._incidents.add(CROSS_SITE_REQUESTS)
        await refuse(scope, receive, send, UserNotAuthorizedError(CROSS_SITE_REQUEST, header=header))


def foreign_origin(scope: Mapping[str, Any], allowed_hosts: Sequence[HostPattern] | None) -> str | None:
    """The header that proves an HTTP request to be from a foreign web page; `None` for other requests."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    host, scheme = headers.get(b"host", ""), scope["scheme"]
    if host and not _is_own_name(host, scope, allowed_hosts):
        return "Host"
    if scope["method"] == "GET" and scope["path"] == _CONSOLE_PAGE:
        return None  # a link from any page may lead here: the page itself contains no data
    if headers.get(b"sec-fetch-site", "none") not in _OWN_SITES:
        return "Sec-Fetch-Site"
    own = f"{scheme}://{host}"
    if headers.get(b"origin", own) != own:
        return "Origin"
    if b"referer" in headers and _origin(headers[b"referer"]) != own:
        return "Referer"
    is_of_browser = b"origin" in headers or b"sec-fetch-site" in headers
    if is_of_browser and headers.get(b"content-type", "application/json").partition(";")[0] != "application/json":
        return "Content-Type"  # pages can send other types without a preflight request
    return None


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _is_own_name(host: str, scope: Mapping[str, Any], allowed_hosts: Sequence[HostPattern] | None) -> bool:
    """True if a `Host` header, with or without a port, names this platform.

    Plain HTTP is served on loopback alone. Over TLS, the certificate restricts the names, so any name is accepted if
    `allowed_hosts` is none.
    """
    if not _HOST.fullmatch(host):
        return False
    if scope["scheme"] == "https" and allowed_hosts is None:
        return True
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    address, *_ = scope.get("server") or ("",)
    return is_loopback(name) or name == address or any(each.matches(name) for each in allowed_hosts or ())
