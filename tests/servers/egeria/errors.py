"""The errors of the server, in its own words."""

from datetime import UTC, datetime
from typing import Any

_FFDC = "org.odpi.openmetadata.frameworks.connectors.ffdc."
_OMRS = "org.odpi.openmetadata.repositoryservices.ffdc.exception."
SERVICE = "Governance Action Framework Services"


class RefusedError(Exception):
    """An error as the answer tells it: HTTP status 200, and the true code inside."""

    def __init__(
        self,
        kind: str,
        code: int,
        message_id: str,
        text: str,
        parameters: list[str],
        parameter_name: str = "",
        *,
        action: str,
        caused_by: str | None = None,
    ) -> None:
        super().__init__(f"{message_id} {text}")
        self.kind = kind
        self.body: dict[str, Any] = {"relatedHTTPCode": code, "exceptionClassName": _FFDC + kind}
        if caused_by is not None:
            self.body["exceptionCausedBy"] = caused_by
        self.body |= {
            "actionDescription": action,
            "exceptionErrorMessage": str(self),
            "exceptionErrorMessageId": message_id,
            "exceptionErrorMessageParameters": parameters,
            "exceptionSystemAction": "",
            "exceptionUserAction": "",
        }
        if parameter_name:
            self.body["exceptionProperties"] = {"parameterName": parameter_name}


class BadRequestError(Exception):
    """A request that the web framework refuses before the server sees it."""


def no_server(name: str, user: str) -> RefusedError:
    """No server of this name runs."""
    text = f"The OMAG Server {name} is not available to service a request from user {user}"
    return RefusedError(
        "InvalidParameterException", 404, "OMAG-MULTI-TENANT-404-001", text, [name, user], "serverName", action=""
    )


def no_service(name: str, user: str) -> RefusedError:
    """A server without the service, of another type or about to start."""
    text = f"The {SERVICE} service is not available on OMAG Server {name} to handle a request from user {user}"
    parameters = [SERVICE, name, user]
    return RefusedError("PropertyServerException", 404, "OMAG-MULTI-TENANT-404-002", text, parameters, action="")


def page_too_large(method: str, size: int, largest: int) -> RefusedError:
    """A page of more elements than the server's configuration allows."""
    text = (
        f"The number of records to return, {size}, passed on the pageSize parameter of the {method} operation, is "
        f"greater than the allowable maximum of {largest}"
    )
    parameters = [str(size), "pageSize", method, str(largest)]
    return RefusedError(
        "InvalidParameterException", 400, "OMAG-COMMON-400-010", text, parameters, "pageSize", action=method
    )


def name_taken(method: str, type_name: str, name: str) -> RefusedError:
    """A qualified name that another element has."""
    text = (
        f"Method {method} of service {SERVICE} is not able to create an instance of type {type_name} because parameter "
        f"name qualifiedName is defined as a unique property and value {name} is not available for use"
    )
    parameters = [method, SERVICE, type_name, "qualifiedName", name]
    return RefusedError(
        "InvalidParameterException", 409, "OMAG-COMMON-409-001", text, parameters, "qualifiedName", action=method
    )


def unknown_type(method: str, type_name: str) -> RefusedError:
    """A type that the server does not have."""
    text = f"The type name {type_name} passed on method {method} of service {SERVICE} is not recognized"
    return RefusedError(
        "InvalidParameterException",
        400,
        "OMAG-COMMON-400-018",
        text,
        [type_name, method, SERVICE],
        "typeName",
        action=method,
    )


def unknown_property(server: str, method: str, name: str, type_name: str, call: str, category: str) -> RefusedError:
    """A property that the type does not have."""
    problem = (
        f"OMRS-REPOSITORY-400-028 A property called {name} has been proposed for a new metadata instance of category "
        f"{category} and type {type_name}; it is not supported for this type in open metadata repository {server}"
    )
    return unexpected(server, method, _OMRS + "PropertyErrorException", call, problem)


def unexpected(server: str, method: str, exception: str, call: str, problem: str) -> RefusedError:
    """An exception of the repository that nobody has put into better words."""
    text = (
        f"An unexpected error {exception} was returned to {call} by the metadata server during {method} request for "
        f"open metadata access service {SERVICE} on server {server}; message was {problem}"
    )
    parameters = [problem, method, SERVICE, server, exception, call]
    return RefusedError(
        "PropertyServerException", 500, "OMAG-REPOSITORY-HANDLER-500-001", text, parameters, action=method
    )


def unknown_element(server: str, method: str, guid: str, parameter: str) -> RefusedError:
    """A GUID that no element has."""
    cause = (
        f"OMRS-REPOSITORY-404-002 The entity identified with guid {guid} passed on the getEntityDetail call is not "
        "known to the open metadata repository Enterprise"
    )
    text = (
        f"The OpenMetadataRoot entity with unique identifier {guid} is not found for method {method} of access service "
        f"{SERVICE} in open metadata server {server}, error message was: {cause}"
    )
    parameters = ["OpenMetadataRoot", guid, method, SERVICE, server, cause]
    return RefusedError(
        "InvalidParameterException",
        404,
        "OMAG-REPOSITORY-HANDLER-404-007",
        text,
        parameters,
        parameter,
        action=method,
        caused_by="",
    )


def unknown_relationship_read(server: str, method: str, guid: str) -> RefusedError:
    """A GUID that no relationship has, where one is read."""
    cause = _unknown_relationship(guid)
    text = (
        f"The <Unknown> relationship with unique identifier {guid} is not found for method {method} of access service "
        f"{SERVICE} in open metadata server {server}, error message was: {cause}"
    )
    parameters = ["<Unknown>", guid, method, SERVICE, server, cause]
    return RefusedError(
        "InvalidParameterException",
        404,
        "OMAG-REPOSITORY-HANDLER-404-012",
        text,
        parameters,
        "relationshipGUID",
        action=method,
        caused_by="",
    )


def unknown_relationship_changed(server: str, method: str, guid: str) -> RefusedError:
    """A GUID that no relationship has, where one is deleted."""
    return unexpected(
        server, method, _OMRS + "RelationshipNotKnownException", "removeRelationship", _unknown_relationship(guid)
    )


def _unknown_relationship(guid: str) -> str:
    return (
        f"OMRS-REPOSITORY-404-003 The relationship identified with guid {guid} passed on the getRelationship call is "
        "not known to the open metadata repository Enterprise"
    )


def not_visible(
    method: str, type_name: str, guid: str, user: str, classifications: list[str], parameter: str, *, at: int = 0
) -> RefusedError:
    """An element that is archived, for a caller that does not ask for lineage."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    when = f"{moment:%a %b %d %H:%M:%S} UTC {moment:%Y} ({at})" if at else "<null>"
    names = f"[{', '.join(classifications)}]"
    text = (
        f"A {type_name} entity with unique identifier {guid} has been retrieved by method getEntityByGUID from service "
        f"{method} but it is not visible to the caller {user}: effective time is {when}; entity is effective from "
        f"<null> to <null> with classifications {names} and call parameters of forLineage=false and "
        "forDuplicateProcessing=false"
    )
    parameters = [type_name, guid, "getEntityByGUID", method, user, when, "<null>", "<null>", names, "false", "false"]
    return RefusedError(
        "InvalidParameterException", 400, "OMAG-REPOSITORY-HANDLER-400-010", text, parameters, parameter, action=method
    )


def wrong_source(
    method: str, source: tuple[str, str], type_name: str, guid: str, owner: tuple[str, str]
) -> RefusedError:
    """An element that another metadata source owns."""
    text = f"{method} for source {source[1]}: the {type_name} {guid} belongs to external source {owner[1]}"
    parameters = [method, *source, type_name, guid, "External Source", *owner]
    return RefusedError(
        "UserNotAuthorizedException", 400, "OMAG-REPOSITORY-HANDLER-400-007", text, parameters, action=method
    )


def not_local(method: str, type_name: str, guid: str, owner: tuple[str, str], user: str) -> RefusedError:
    """An element that a metadata source owns, for a caller that names none."""
    text = f"{method} for user {user}, without a source: the {type_name} {guid} belongs to external source {owner[1]}"
    parameters = [method, type_name, guid, "External Source", *owner, user]
    return RefusedError(
        "UserNotAuthorizedException", 400, "OMAG-REPOSITORY-HANDLER-400-008", text, parameters, action=method
    )
