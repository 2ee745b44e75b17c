"""The errors of a metadata server of Egeria 4, in the form that its clients recognize."""

from collections.abc import Collection
from datetime import UTC, datetime

from services.errors import InvalidParameterError, PropertyServerError
from services.metadata.egeria.messages import (
    ELEMENT_NOT_KNOWN,
    NAME_NOT_AVAILABLE,
    NOT_VISIBLE,
    RELATIONSHIP_NOT_KNOWN,
    REPOSITORY_REFUSED,
    TYPE_NOT_KNOWN,
    WRONG_TYPE,
)
from services.metadata.egeria.types import ROOT

STORE_SERVICE = "Governance Action Framework Services"
"""The service name in the errors of the generic routes."""
_REPOSITORY = "org.odpi.openmetadata.repositoryservices.ffdc.exception."
_NONE = "<null>"


class WrongParameterError(InvalidParameterError):
    """A parameter of a request is refused; the response contains its name."""

    parameter_name: str = ""


class RepositoryRefusedError(PropertyServerError):
    """The repository refuses a request."""


class Refusals:
    """The errors of one request."""

    def __init__(self, *, server: str, user: str, method: str, service: str = STORE_SERVICE) -> None:
        self._server = server
        self._user = user
        self._method = method
        self._service = service

    def unknown_type(self, name: str) -> InvalidParameterError:
        """The error for a type that the server does not have."""
        error = WrongParameterError(TYPE_NOT_KNOWN, type_name=name, method=self._method, service=self._service)
        return _about(error, "typeName")

    def name_taken(self, type_name: str, name: str) -> InvalidParameterError:
        """The error for a qualified name that another element has."""
        error = WrongParameterError(
            NAME_NOT_AVAILABLE,
            method=self._method,
            service=self._service,
            type_name=type_name,
            property="qualifiedName",
            value=name,
        )
        return _about(error, "qualifiedName")

    def unknown_element(self, guid: str, parameter: str, type_name: str = ROOT) -> InvalidParameterError:
        """The error for a GUID without an element."""
        cause = f"OMRS-REPOSITORY-404-002 the repository knows no element with the GUID {guid}"
        error = WrongParameterError(
            ELEMENT_NOT_KNOWN,
            type_name=type_name,
            guid=guid,
            method=self._method,
            service=self._service,
            server=self._server,
            cause=cause,
        )
        return _about(error, parameter)

    def wrong_type(self, guid: str, actual_type: str, type_name: str) -> InvalidParameterError:
        """The error for an element of another type than the request is for."""
        error = WrongParameterError(
            WRONG_TYPE,
            call="getEntityByGUID",
            guid=guid,
            actual_type=actual_type,
            type_name=type_name,
            method=self._method,
        )
        return _about(error, "guid")

    def not_visible(
        self,
        guid: str,
        classifications: Collection[str],
        parameter: str,
        *,
        type_name: str = ROOT,
        at: int = 0,
        effective: tuple[datetime | None, datetime | None] = (None, None),
    ) -> InvalidParameterError:
        """The error for an element that is archived, in a request not for lineage, or that is not effective.

        `at` is in milliseconds, 0 for any time.
        """
        start, end = (_NONE if each is None else _java_time(round(each.timestamp() * 1000)) for each in effective)
        error = WrongParameterError(
            NOT_VISIBLE,
            type_name=type_name,
            guid=guid,
            call="getEntityByGUID",
            method=self._method,
            user=self._user,
            time=_java_time(at) if at else _NONE,
            start=start,
            end=end,
            classifications=f"[{', '.join(classifications)}]",
            for_lineage="false",
            for_duplicates="false",
        )
        return _about(error, parameter)

    def unknown_relationship(self, guid: str) -> InvalidParameterError:
        """The error for a GUID without a relationship, in a request that reads it."""
        error = WrongParameterError(
            RELATIONSHIP_NOT_KNOWN,
            type_name="<Unknown>",
            guid=guid,
            method=self._method,
            service=self._service,
            server=self._server,
            cause=_no_relationship(guid),
        )
        return _about(error, "relationshipGUID")

    def unknown_relationship_to_change(self, guid: str, call: str) -> PropertyServerError:
        """The error for a GUID without a relationship, in a request that changes it."""
        return self.repository(_no_relationship(guid), "RelationshipNotKnownException", call)

    def unknown_property(self, type_name: str, name: str, call: str) -> PropertyServerError:
        """The error for a property that a type does not have."""
        problem = f"OMRS-REPOSITORY-400-028 A property called {name} is not one of elements of type {type_name}"
        return self.repository(problem, "PropertyErrorException", call)

    def repository(self, problem: str, exception: str, call: str) -> PropertyServerError:
        """The error for other refusals by the repository."""
        return RepositoryRefusedError(
            REPOSITORY_REFUSED,
            problem=problem,
            method=self._method,
            service=self._service,
            server=self._server,
            exception=_REPOSITORY + exception,
            call=call,
        )


def _about(error: WrongParameterError, parameter: str) -> WrongParameterError:
    error.parameter_name = parameter
    return error


def _no_relationship(guid: str) -> str:
    return f"OMRS-REPOSITORY-404-003 the repository knows no relationship with the GUID {guid}"


def _java_time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{moment:%a %b %d %H:%M:%S} UTC {moment:%Y} ({milliseconds})"
