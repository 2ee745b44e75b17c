"""What is on this machine, and so needs neither a proxy nor TLS."""

import ipaddress
from urllib.parse import urlsplit


def is_on_this_machine(url: str) -> bool:
    """True if a URL names an address of this machine alone."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
