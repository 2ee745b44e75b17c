"""The common part of the compatible routes that change stored documents: decodes bodies, and stores changes.

A change is stored as a new version of the document. As in Egeria, it takes effect when the server is started; a running
daemon applies it on a request to reload its document.
"""

from functools import partial
from typing import Any, TypeVar

import msgspec
import trio

from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.formats import JSON
from integration_daemon.config.load import IN_THE_REQUEST, decode, without_nulls
from integration_daemon.config.messages import PART_NOT_VALID
from integration_daemon.config.problem import problems_error
from integration_daemon.config.pruning import Pruning
from integration_daemon.config.versions import How
from integration_daemon.platform.changed_document import DocumentChange
from integration_daemon.platform.messages import NOT_IN_THE_DOCUMENT
from integration_daemon.rest.body import not_understood
from integration_daemon.rest.document_origin import LONGEST_NAME, origin_of
from integration_daemon.rest.ffdc import VoidResponse
from integration_daemon.rest.query import FreeQuery
from integration_daemon.rest.route import Call, Operation, Route, delete, get, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError
from services.metadata.bounds import Natural

ADMIN = "/open-metadata/admin-services{users}/servers/{server}"
"""The prefix of the paths, with a user as in 2.x to 5.x, and without a user as in 6.x."""

StructT = TypeVar("StructT", bound=msgspec.Struct)


class DocumentChangeQuery(FreeQuery, frozen=True, kw_only=True, rename="camel"):
    """The version on which a change of a stored document is based."""

    expected_version: Natural | None = None
    """The number of the newest version that the change is based on; 0: the server has no document. If another version
    is the newest, the change is refused with status 409. None: the change is not compared with other changes."""


async def store_change(call: Call, change: DocumentChange, description: str, how: How = How.CHANGED) -> VoidResponse:
    """Store a change of the server's document; `description` appears in the list of versions."""
    origin = origin_of(call, how, description[:LONGEST_NAME])
    call.platform.require_directory()
    await call.platform.changes.change(call.parameters["server"], change, origin, call.query.expected_version)
    return VoidResponse()


async def stored_document(call: Call) -> OMAGServerConfig:
    """The stored document; raises `InvalidParameterError` if there is none."""
    return await call.platform.documents.load(call.parameters["server"])


async def part(kind: type[StructT], content: dict[str, Any]) -> StructT:
    """A part of a document; raises `ProblemsError` with all malformed values."""
    return await trio.to_thread.run_sync(partial(_part, kind, content))


def _part(kind: type[StructT], content: dict[str, Any]) -> StructT:
    pruned = Pruning(without_nulls(content), kind)
    if pruned.problems or pruned.config is None:
        raise problems_error(PART_NOT_VALID, pruned.problems)
    return pruned.config


async def parts(kind: type[StructT], content: list[dict[str, Any]]) -> list[StructT]:
    """Parts of a document; raises as `part` does, for the first of them that has errors."""
    return [await part(kind, each) for each in content]


def missing(call: Call, kind: str, name: str, known: list[str]) -> InvalidParameterError:
    """The error for a name that the document does not have."""
    server, listed = call.parameters["server"], ", ".join(known[:20]) or "none"
    return InvalidParameterError(NOT_IN_THE_DOCUMENT, server=server, kind=kind, name=name, known=listed)


def json_object(content: bytes) -> dict[str, Any]:
    """Decode a JSON object; raises a `DescribedError` for other content."""
    found = decode(content, JSON, IN_THE_REQUEST)
    if not isinstance(found, dict):
        raise not_understood("$", "a JSON object is expected")
    return found


def json_objects(content: bytes) -> list[dict[str, Any]]:
    """Decode a list of JSON objects; raises a `DescribedError` for other content."""
    found = decode(content, JSON, IN_THE_REQUEST)
    if not isinstance(found, list):
        raise not_understood("$", "a list of JSON objects is expected")
    for index, each in enumerate(found):
        if not isinstance(each, dict):
            raise not_understood(f"$[{index}]", "a JSON object is expected")
    return found


def admin_get(template: str, operation: Operation, answer: str) -> Route:
    """A row for GET."""
    return get(ADMIN + template, operation, Permission.ADMINISTER_SERVERS, ScopeRule.SERVER, answer=answer)


def admin_post(template: str, operation: Operation, **row: Any) -> Route:
    """A row for POST."""
    row.setdefault("query", DocumentChangeQuery)
    return post(ADMIN + template, operation, Permission.ADMINISTER_SERVERS, ScopeRule.SERVER, **row)


def admin_delete(template: str, operation: Operation) -> Route:
    """A row for DELETE."""
    permission, scope = Permission.ADMINISTER_SERVERS, ScopeRule.SERVER
    return delete(ADMIN + template, operation, permission, scope, query=DocumentChangeQuery)
