"""Patterns of host names, as an administrator writes them."""

import ipaddress
import re

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")


class HostPattern:
    """A host name, an IP address, or `*.` and a domain for every name below that domain."""

    def __init__(self, text: str) -> None:
        """Raises `ValueError` for a text that is none of them."""
        self._text = _normal(text)
        if not _is_address(self._text) and not _NAME.fullmatch(self._text):
            raise ValueError(f"{text!r} is not a host name, an IP address or a domain after '*.'")

    def matches(self, host: str) -> bool:
        """True if it stands for a host, which has no port with it."""
        host = _normal(host)
        if self._text.startswith("*."):
            return host.endswith(self._text[1:]) and not _is_address(host) and len(host) >= len(self._text)
        return host == self._text

    def __str__(self) -> str:
        return self._text


def _normal(host: str) -> str:
    """The one spelling of a host: case and a final dot do not matter, nor how an address is written."""
    host = host.strip("[]").lower().removesuffix(".")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
