"""The address of the platform for a browser."""

import socket
import ssl
from contextlib import suppress
from urllib.parse import urlsplit

from integration_daemon.rest.serving.address import TLSFiles
from services.loopback import EVERY_ADDRESS


def shown_url(url: str, tls: TLSFiles | None) -> str:
    """The URL of a platform with a host that a browser can reach, if the platform listens on all addresses. Blocks.

    The host is the first host of the certificate, or else the name of this machine.
    """
    parts = urlsplit(url)
    if parts.hostname not in EVERY_ADDRESS:
        return url
    host = (_first_host(tls) if tls is not None else None) or socket.gethostname()
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{parts.port}"


def _first_host(tls: TLSFiles) -> str | None:
    """The first host in a certificate that is not a pattern, names before addresses."""
    try:
        hosts = _subject_alternative_names(tls)
    except (OSError, ssl.SSLError):
        return None
    named = [value for wanted in ("DNS", "IP Address") for kind, value in hosts if kind == wanted]
    return next((host for host in named if "*" not in host), None)


def _subject_alternative_names(tls: TLSFiles) -> tuple[tuple[str, str], ...]:
    """The names in the certificate. `ssl` decodes only a peer's certificate, so this function acts as both peers."""
    for_server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    for_server.load_cert_chain(tls.certificate, tls.key)
    for_client = ssl.create_default_context(cafile=str(tls.certificate))
    for_client.check_hostname = False
    for_client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = for_server.wrap_bio(to_server, to_client, server_side=True)
    client = for_client.wrap_bio(to_client, to_server)
    for _ in range(4):  # the client has received the certificate at its second step
        for end in (client, server):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
    shown = client.getpeercert() or {}
    return tuple(shown.get("subjectAltName", ()))  # type: ignore[arg-type]
