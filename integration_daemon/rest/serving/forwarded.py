"""Applies the headers in which a proxy describes the original request: the client's address, the scheme and the host.

Any client can send `X-Forwarded-For`, `-Proto` and `-Host`. They are trusted if the connection comes from a trusted
proxy, and removed from every other request.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from integration_daemon.config.address_range import AddressRange, address_of
from integration_daemon.rest.serving.memory import Application, Receive, Send

_FOR, _PROTO, _HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"
_FORWARDED = (_FOR, _PROTO, _HOST, b"forwarded")


class ForwardedClients:
    """ASGI middleware that replaces a trusted proxy by its client."""

    def __init__(self, app: Application, proxies: Sequence[AddressRange]) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(name in _FORWARDED for name, _ in scope["headers"]):
            scope = self._original(scope)
        await self._app(scope, receive, send)

    def _original(self, scope: Mapping[str, Any]) -> dict[str, Any]:
        """The request as the client sent it to the proxy."""
        forwarded = {name: _values(scope, name) for name in (_FOR, _PROTO, _HOST)}
        headers = [(name, value) for name, value in scope["headers"] if name not in _FORWARDED]
        changed = {**scope, "headers": headers}
        if not self._is_trusted((scope.get("client") or ("",))[0]):
            return changed
        if forwarded[_FOR]:
            changed["client"] = (self._client(forwarded[_FOR]), 0)
        if forwarded[_PROTO] and forwarded[_PROTO][-1] in ("http", "https"):
            changed["scheme"] = forwarded[_PROTO][-1]
        if forwarded[_HOST]:
            host = forwarded[_HOST][-1].encode("latin-1")
            changed["headers"] = [(name, host if name == b"host" else value) for name, value in headers]
        return changed

    def _client(self, hops: Sequence[str]) -> str:
        """The last address that is not a trusted proxy; that client may have forged the addresses before it."""
        for hop in reversed(hops):
            if not self._is_trusted(hop):
                return hop
        return hops[0]

    def _is_trusted(self, text: str) -> bool:
        address = address_of(text)
        return address is not None and any(address in each for each in self._proxies)


def _values(scope: Mapping[str, Any], header: bytes) -> list[str]:
    values = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == header)
    return [each.strip() for each in values.split(",") if each.strip()]
