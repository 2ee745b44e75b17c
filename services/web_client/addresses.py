"""The addresses of third parties with an HTTP interface."""

from urllib.parse import urlsplit


def problem_of(url: str) -> str:
    """The reason why a URL is not a valid address of a third party; empty if it is valid."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        return str(error)
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "it does not begin with https://host or http://host"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "it has a user, a query or a fragment in it"
    return ""
