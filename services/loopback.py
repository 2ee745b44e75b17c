"""Addresses of this machine alone, which need neither a proxy nor TLS."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """True if a host is this machine, and only this machine can reach it."""
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
