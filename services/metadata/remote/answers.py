"""Conversion of error responses of a metadata server to errors."""

import httpx2
import msgspec

from audit.message import ErrorMessage
from services.cause import innermost_text
from services.errors import (
    InvalidParameterError,
    MetadataServerNotRunningError,
    MetadataServerNotUnderstoodError,
    MetadataServerUnavailableError,
    PropertyServerError,
    UserNotAuthorizedError,
)
from services.metadata import messages
from services.metadata.wire import ErrorAnswer

LONGEST_PAUSE = 10.0
"""Longest pause before a repetition, in seconds, whatever the server asks for."""

_ERROR = msgspec.json.Decoder(ErrorAnswer)
_CLASSES: dict[str, type[InvalidParameterError | UserNotAuthorizedError | PropertyServerError]] = {
    "UserNotAuthorizedException": UserNotAuthorizedError,
    "InvalidParameterException": InvalidParameterError,
}


class Counterpart:
    """The name and platform of a metadata server, for errors."""

    def __init__(self, platform_url: str, server: str) -> None:
        self.platform_url = platform_url.rstrip("/")
        self.server = server
        self.has_served = False
        """Whether a request was successful: the server is then of the right type, even if its responses deny this
        while it starts."""

    def unavailable(self, cause: str) -> MetadataServerUnavailableError:
        """The error for a request without a response."""
        return MetadataServerUnavailableError(
            messages.SERVER_DOES_NOT_ANSWER,
            metadata_server=self.server,
            url=self.platform_url,
            server=self.server,
            cause=cause,
        )

    def not_understood(self, status: int, problem: str) -> MetadataServerNotUnderstoodError:
        """The error for a response that does not come from a metadata server."""
        return MetadataServerNotUnderstoodError(
            messages.ANSWER_NOT_UNDERSTOOD,
            server=self.server,
            url=self.platform_url,
            status=status,
            problem=problem,
        )

    def caller_refused(self, status: int, place: str) -> UserNotAuthorizedError:
        """The error for a caller that the server does not accept."""
        return UserNotAuthorizedError(
            messages.CALLER_REFUSED, server=self.server, url=self.platform_url, status=status, place=place
        )

    def require_answer(self, response: httpx2.Response) -> None:
        """Raise an error for a response that does not come from a metadata server."""
        if response.status_code >= 400 and not error_in(response.content).exception_error_message_id:
            if response.status_code >= 500:
                raise self.unavailable(f"HTTP status {response.status_code}")
            if response.status_code in (401, 403):
                raise self.caller_refused(response.status_code, "to a request")
            raise self.not_understood(response.status_code, "it is not an answer of a metadata server")

    def raise_if_error(self, content: bytes, user: str) -> None:
        """Raise the error that an FFDC body describes."""
        error = error_in(content)
        is_starting = self.has_served and error.exception_error_message_id == messages.SERVICE_NOT_AVAILABLE.id
        if is_starting or error.exception_error_message_id == messages.SERVER_NOT_AVAILABLE.id:
            raise MetadataServerNotRunningError(
                messages.SERVER_NOT_AVAILABLE, metadata_server=self.server, server=self.server, user=user
            )
        if error.exception_error_message_id == messages.SERVICE_NOT_AVAILABLE.id:
            raise MetadataServerNotUnderstoodError(_definition(error))  # the server is of another type
        if error.exception_error_message_id:
            simple = error.exception_class_name.rpartition(".")[2]
            raise _CLASSES.get(simple, PropertyServerError)(_definition(error))


def error_in(content: bytes) -> ErrorAnswer:
    """The error in a body, or one without an id."""
    try:
        return _ERROR.decode(content) if content[:1] == b"{" else ErrorAnswer()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ErrorAnswer()


def retry_after_seconds(response: httpx2.Response) -> float | None:
    """Seconds after which the server asks the client to repeat the request; `None` if it does not."""
    if response.status_code not in (429, 503):
        return None
    try:
        return min(LONGEST_PAUSE, max(0.1, float(response.headers.get("Retry-After", ""))))
    except ValueError:
        return None


def request_error_text(error: Exception) -> str:
    """The reason for a missing response: the innermost error with a text."""
    text = innermost_text(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"its certificate is not trusted ({text}); name its authority with --ca-bundle"
    if "WRONG_VERSION_NUMBER" in text:
        return f"the server does not use TLS ({text}); without TLS, a URL begins with http://"
    return text


def _definition(error: ErrorAnswer) -> ErrorMessage:
    """The message of a received error, whose text already contains its inserts."""
    text = error.exception_error_message.removeprefix(error.exception_error_message_id).strip()
    return ErrorMessage(
        id=error.exception_error_message_id,
        http_code=error.related_http_code,
        text=text.replace("{", "{{").replace("}", "}}"),
        system_action=error.exception_system_action,
        user_action=error.exception_user_action,
    )
