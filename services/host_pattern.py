"""Patterns of host names, as an administrator writes them."""

import ipaddress
import re

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")


class HostPattern:
    """A host name, an IP address, or `*.` and a domain, which matches every name below the domain."""

    def __init__(self, text: str) -> None:
        """Raises `ValueError` for an invalid pattern."""
        self._text = _normal(text)
        if not _is_address(self._text) and not _NAME.fullmatch(self._text):
            raise ValueError(f"{text!r} is not a host name, an IP address or a domain after '*.'")

    def matches(self, host: str) -> bool:
        """True if the pattern matches `host`, which must not include a port."""
        host = _normal(host)
        if self._text.startswith("*."):
            return host.endswith(self._text[1:]) and not _is_address(host) and len(host) >= len(self._text)
        return host == self._text

    def __str__(self) -> str:
        return self._text


def _normal(host: str) -> str:
    """The canonical spelling of a host: lower case, without a final dot; addresses in their shortest form."""
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
