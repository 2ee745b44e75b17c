"""Errors in the form of SCIM (RFC 7644, 3.12)."""

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.rest import messages
from integration_daemon.rest.ffdc import described
from services.organization.scim.refusal import ScimRefusedError

SCIM_TYPE = "application/scim+json"
SCIM_PATH = "/scim/v2"
"""A part of the path of every SCIM route, and of no other route."""
_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"
_OF_SYNTAX = (messages.BODY_NOT_UNDERSTOOD, messages.BODY_MISSING, messages.BODY_ENCODED)


class ScimError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An error of a SCIM route."""

    schemas: list[str]
    status: str
    detail: str
    scim_type: str | UnsetType = UNSET


def scim_error(error: BaseException, method: str) -> ScimError:
    """The body of the answer to a failed request."""
    shown = described(error, method)
    scim_type = shown.scim_type if isinstance(shown, ScimRefusedError) else ""
    if shown.definition in _OF_SYNTAX:
        scim_type = "invalidSyntax"
    return ScimError(
        schemas=[_SCHEMA], status=str(shown.definition.http_code), detail=str(shown), scim_type=scim_type or UNSET
    )
