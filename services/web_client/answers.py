"""The `Retry-After` of responses, and the texts of errors of the HTTP client."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from services.cause import innermost_text

_SHORTEST_PAUSE = 0.1


def retry_after_seconds(response: httpx2.Response, longest: float) -> float | None:
    """Seconds after which a request may be sent again (RFC 9110, 10.2.3), at most `longest`.

    `None` if the response does not ask for a retry.
    """
    if response.status_code not in (429, 503) or "Retry-After" not in response.headers:
        return None
    text = response.headers["Retry-After"]
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(longest, max(_SHORTEST_PAUSE, seconds))


def request_error_text(error: Exception) -> str:
    """The text of an error of the HTTP client, for an operator."""
    text = innermost_text(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"its certificate is not trusted ({text}); name its authority with caBundle"
    return text
