"""The errors of the client, one class for each remedy.

DescribedError                   (audit.errors) id, text, system action, user action
 └─ ClientError
     ├─ WrongSettingError        an address, token or certificate cannot be used: correct it
     ├─ NoAnswerError            the platform does not answer: start it
     ├─ UnauthenticatedError     the caller is not authenticated: get a token
     ├─ ForbiddenError           the caller lacks a permission: have it granted
     ├─ NotFoundError            the server, connector or operation does not exist: correct the name
     ├─ RefusedRequestError      the request is not valid, or not possible now: correct it
     └─ PlatformFailedError      the platform failed, or the answer is not that of a platform
"""

from typing import Any

import msgspec

from audit.errors import DescribedError
from audit.message import ErrorMessage
from integration_daemon.client.messages import (
    NO_ANSWER,
    NO_SERVER,
    NOT_A_PLATFORM,
    SETTING_NOT_USABLE,
    SEVERAL_SERVERS,
)
from integration_daemon.supervision.messages import UNKNOWN_CONNECTOR
from services.cause import innermost_text


class ClientError(DescribedError):
    """An operation that was not carried out. `definition` has the message id and the actions."""

    @property
    def status(self) -> int:
        """The HTTP status of the answer, or the one that fits best if there was none."""
        return self.definition.http_code


class WrongSettingError(ClientError):
    """An address, a token or a certificate cannot be used."""

    def __init__(self, setting: str, problem: str) -> None:
        self.setting = setting
        """The name of the parameter, or of the environment variable."""
        self.problem = problem
        super().__init__(SETTING_NOT_USABLE, setting=setting, problem=problem)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.setting, self.problem)


class NoAnswerError(ClientError):
    """The platform does not answer. The request may have been carried out."""


class UnauthenticatedError(ClientError):
    """The platform cannot authenticate the caller."""


class ForbiddenError(ClientError):
    """The caller does not have the permission."""


class NotFoundError(ClientError):
    """The server, connector, operation, version or element does not exist."""


class RefusedRequestError(ClientError):
    """The request is not valid, or not possible at present."""


class PlatformFailedError(ClientError):
    """The platform could not carry out the request, or the answer is not that of a platform."""


class _Described(msgspec.Struct, rename="camel"):
    """The body of an error: a problem document (RFC 9457), or Egeria's first-failure data capture (FFDC)."""

    detail: str = ""
    message_id: str = ""
    parameters: dict[str, Any] = {}
    system_action: str = ""
    user_action: str = ""
    related_http_code: int = msgspec.field(name="relatedHTTPCode", default=200)
    exception_error_message: str = ""
    exception_error_message_id: str = ""
    exception_properties: dict[str, Any] = {}
    exception_system_action: str = ""
    exception_user_action: str = ""


def error_in(url: str, status: int, content: bytes) -> ClientError | None:
    """The error in an answer; none if the answer reports success.

    Routes of Egeria answer with status 200, and with the code of the error in the body.
    """
    try:
        body = msgspec.json.decode(content, type=_Described) if content[:1] == b"{" else _Described()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        body = _Described()
    code = status if status >= 400 else body.related_http_code
    if code < 400:
        return None
    text = body.detail or body.exception_error_message
    if not text:
        return not_a_platform(url, status, "an error without an explanation")
    identifier = body.message_id or body.exception_error_message_id
    definition = ErrorMessage(
        id=identifier,
        http_code=code,
        text=_escaped(text.removeprefix(f"{identifier} ")),
        system_action=body.system_action or body.exception_system_action,
        user_action=body.user_action or body.exception_user_action,
    )
    return _class_for(code, identifier)(definition, **(body.parameters or body.exception_properties))


def no_answer(url: str, cause: Exception) -> NoAnswerError:
    """The error for a request without an answer."""
    return NoAnswerError(NO_ANSWER, url=url, reason=innermost_text(cause))


def not_a_platform(url: str, status: int, problem: object) -> PlatformFailedError:
    """The error for an answer that does not come from a platform."""
    return PlatformFailedError(NOT_A_PLATFORM, url=url, status=status, problem=problem)


def no_only_server(url: str, servers: list[str]) -> NotFoundError:
    """The error for a request to the only server of a platform that runs none or several."""
    if not servers:
        return NotFoundError(NO_SERVER, url=url)
    return NotFoundError(SEVERAL_SERVERS, url=url, servers=", ".join(servers))


def _class_for(status: int, message_id: str) -> type[ClientError]:
    if status == 404 or message_id == UNKNOWN_CONNECTOR.id:  # has status 400, as in Egeria
        return NotFoundError
    known: dict[int, type[ClientError]] = {401: UnauthenticatedError, 403: ForbiddenError}
    return known.get(status, RefusedRequestError if status < 500 else PlatformFailedError)


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
