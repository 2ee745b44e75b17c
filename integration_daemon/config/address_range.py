"""Ranges of IP addresses, as an administrator writes them."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRange:
    """An IP address, or a network such as `10.0.0.0/8`."""

    def __init__(self, text: str) -> None:
        """Raises `ValueError` for a text that is neither."""
        try:
            self._network = ipaddress.ip_network(text)
        except ValueError as error:
            raise ValueError(f"{error}; write an IP address, or a network such as 10.0.0.0/8") from None

    def __contains__(self, address: Address) -> bool:
        return address in self._network


def address_of(text: str) -> Address | None:
    """The address in a text, with an IPv4-mapped IPv6 address as IPv4; `None` for any other text."""
    try:
        address = ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
