"""First-failure data capture (FFDC): the answers of the compatible routes, for success and failure.

Every answer has a class and an HTTP code; an error contains the problem, the system action and the user action. Absent
fields are left out.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from audit.errors import DescribedError, exception_class_name
from integration_daemon.config.problem import ProblemsError
from integration_daemon.supervision.messages import UNKNOWN_CONNECTOR, UNKNOWN_SERVICE
from services.errors import PropertyServerError
from services.metadata.egeria.refusals import RepositoryRefusedError, WrongParameterError
from services.metadata.messages import SERVER_NOT_AVAILABLE, UNEXPECTED_EXCEPTION


class FFDCResponse(msgspec.Struct, kw_only=True, rename="camel", tag=True, tag_field="class"):
    """The base of every answer."""

    related_http_code: int = msgspec.field(name="relatedHTTPCode", default=200)


class VoidResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The operation succeeded."""


class BooleanResponse(FFDCResponse, kw_only=True, rename="camel"):
    """A flag."""

    flag: bool


class GUIDResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The GUID of an element."""

    guid: str | UnsetType = UNSET


class PropertiesResponse(FFDCResponse, kw_only=True, rename="camel"):
    """Values by name; absent if there are none."""

    properties: dict[str, Any] | UnsetType = UNSET


class SuccessMessageResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The operation succeeded, with a message."""

    success_message: str


class NameRequestBody(msgspec.Struct, rename="camel"):
    """A request that may name one object; without a name, it refers to all objects."""

    name: str | None = None


class StringRequestBody(msgspec.Struct, rename="camel"):
    """A request that consists of one text."""

    string: str


def described(error: BaseException, method: str) -> DescribedError:
    """The error to show to the caller; an unexpected error is replaced by one that reveals no details."""
    if isinstance(error, DescribedError):
        return error
    return PropertyServerError(UNEXPECTED_EXCEPTION, exception=exception_class_name(error), method=method)


_WRONG = {
    UNKNOWN_SERVICE.id: ("marker", "serviceURLMarker"),
    UNKNOWN_CONNECTOR.id: ("connector", "connectorName"),
    SERVER_NOT_AVAILABLE.id: ("server", "serverName"),
}
"""The parameter that an error is about: its name in the message, and in Egeria."""


def _properties(error: DescribedError, parameters: dict[str, str]) -> dict[str, str]:
    """The values of an error's message by name, and the wrong parameter under the name that clients of Egeria use."""
    if isinstance(error, WrongParameterError):
        return {"parameterName": error.parameter_name}
    if isinstance(error, RepositoryRefusedError):
        return {}
    if isinstance(error, ProblemsError):
        return {**parameters, **{each.path: f"{each.text}; {each.hint}".rstrip("; ") for each in error.problems}}
    name, egeria_name = _WRONG.get(error.definition.id, ("", ""))
    if name not in parameters:
        return parameters
    return {"parameterName": egeria_name, egeria_name: parameters[name], **parameters}


def error_body(error: BaseException, answer: str, method: str) -> dict[str, Any]:
    """An error in the form of the requested answer."""
    shown = described(error, method)
    definition = shown.definition
    parameters = {name: str(value) for name, value in shown.parameters.items()}
    body: dict[str, Any] = {
        "class": answer,
        "relatedHTTPCode": definition.http_code,
        "exceptionClassName": exception_class_name(shown),
        "actionDescription": method,
        "exceptionErrorMessage": str(shown),
        "exceptionErrorMessageId": definition.id,
        "exceptionErrorMessageParameters": [parameters[name] for name in definition.parameter_names],
        "exceptionSystemAction": definition.system_action,
        "exceptionUserAction": definition.user_action,
    }
    properties = _properties(shown, parameters)
    if properties:
        body["exceptionProperties"] = properties
    if shown is not error:
        body["exceptionCausedBy"] = exception_class_name(error)
    return body


def problem_document(error: BaseException, method: str) -> dict[str, Any]:
    """An error as a problem document (RFC 9457) of the native routes."""
    shown = described(error, method)
    places = {"problems": shown.problems} if isinstance(shown, ProblemsError) else {}
    return {
        **places,
        "type": f"urn:integration-daemon:message:{shown.definition.id}",
        "title": str(shown),
        "status": shown.definition.http_code,
        "detail": str(shown),
        "messageId": shown.definition.id,
        "parameters": {name: str(value) for name, value in shown.parameters.items()},
        "systemAction": shown.definition.system_action,
        "userAction": shown.definition.user_action,
    }
