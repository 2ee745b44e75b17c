"""Loopback addresses, which need neither a proxy nor TLS, and the wildcard addresses of this machine."""

import ipaddress
from urllib.parse import urlsplit

_EVERY_IPV4_ADDRESS = "0.0.0.0"  # nosec B104 # compared, not listened on
EVERY_ADDRESS = (_EVERY_IPV4_ADDRESS, "::", "[::]")
"""Hosts in the address of a platform that listens on all addresses."""


def is_loopback(host: str) -> bool:
    """True if a host is this machine at an address that no other machine can reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_on_this_machine(url: str) -> bool:
    """True if the host of a URL is this machine."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False
