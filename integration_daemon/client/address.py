"""The address of a platform."""

from urllib.parse import urlsplit

from integration_daemon.client.errors import WrongSettingError

DEFAULT_PORT = 9443
UNIX = "unix:"
"""The prefix of the address of a Unix socket; the path of the socket follows."""
_FORM = "the address of a platform has the form http://HOST:PORT, https://HOST:PORT or unix:PATH"


def platform_address(given: str, *, setting: str) -> str:
    """The address without a slash at its end; raises `WrongSettingError` with a correction for an invalid one.

    `setting` is the source of the address: a parameter, or the name of an environment variable. The given text is not
    repeated, because it may contain a password.
    """
    if given.startswith(UNIX) and given != UNIX:
        return given
    try:
        parts = urlsplit(given)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise WrongSettingError(setting, f"{_FORM}, and its port is a number up to 65535") from None
    if parts.username is not None or parts.password is not None:
        raise WrongSettingError(setting, "leave the user and the password out of the address; name a user and a token")
    if parts.scheme not in ("http", "https") or not named or parts.query or parts.fragment:
        raise WrongSettingError(setting, f"{_FORM}, such as {_suggested(given)}")
    return given.rstrip("/")


def _suggested(given: str) -> str:
    """The address that the user probably meant."""
    place = given.rpartition("://")[2].rpartition("@")[2]
    for end in "/?#":
        place = place.partition(end)[0]
    host, _, port = place.rpartition(":") if ":" in place else (place, "", "")
    if host.isdecimal() and not port:
        host, port = "", host  # only a port
    return f"http://{host or 'localhost'}:{port if port.isdecimal() else DEFAULT_PORT}"
