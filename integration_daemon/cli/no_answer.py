"""Explanations for a platform that does not answer."""

import ssl
from urllib.parse import urlsplit

import httpx2
import trio

from integration_daemon.client import NoAnswerError

PATIENCE = 3.0
"""Seconds for the test whether an address speaks TLS."""


async def explain_no_answer(url: str, failed: NoAnswerError) -> str:
    """One line with the reason why the platform at this address did not answer, and the remedy."""
    error, cause = failed.__cause__, _cause(failed)
    other = _other_scheme(url)
    text = f"no answer from {url}: {str(failed.parameters['reason']).rstrip('.')}"
    if url.startswith("https://") and isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {url} is not trusted: {cause.verify_message}. "
            "Name the certificate of its authority with --ca-bundle FILE"
        )
    if url.startswith("https://") and isinstance(cause, ssl.SSLError) and cause.reason in _NOT_TLS:
        return f"{url} does not speak TLS: try --url {other}"
    if url.startswith("http://") and isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError):
        if await _speaks_tls(url):
            return f"{url} speaks TLS only: try --url {other}"
        return f"{url} ended the connection without an answer; is it a platform?"
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return f"{text}. Is the daemon running there? Name another address with --url"
    return text


_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")


def _cause(error: BaseException) -> BaseException:
    """The socket or TLS error that caused an error of the HTTP client."""
    seen = error
    while (under := seen.__cause__ or seen.__context__) is not None:
        seen = under
        if isinstance(seen, ssl.SSLError):
            break
    return seen


def _other_scheme(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{'http' if scheme == 'https' else 'https'}://{rest}"


async def _speaks_tls(url: str) -> bool:
    """True if the address speaks TLS, with any certificate. Nothing is sent over the connection."""
    parts = urlsplit(url)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with trio.move_on_after(PATIENCE):
        try:
            async with await trio.open_tcp_stream(parts.hostname or "", parts.port or 80) as plain:
                await trio.SSLStream(plain, context, server_hostname=parts.hostname).do_handshake()
                return True
        except (OSError, trio.BrokenResourceError):
            return False
    return False
