"""The native routes that change the document of a server, and show its versions."""

import trio
from msgspec import UNSET

from integration_daemon.config.difference import Difference, differences
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.encode import for_showing
from integration_daemon.config.load import decode_document
from integration_daemon.config.stored_secrets import plain
from integration_daemon.config.versions import How, Version
from integration_daemon.platform.messages import SERVER_NOT_KNOWN
from integration_daemon.rest.document_origin import origin_of
from integration_daemon.rest.native.answers import (
    DifferenceAnswer,
    DocumentAnswer,
    ShownTrial,
    ShownVersion,
    VersionsAnswer,
)
from integration_daemon.rest.native.queries import DifferenceQuery, ReloadQuery, RestoreQuery
from integration_daemon.rest.native.routing import SERVER, native_get
from integration_daemon.rest.query import not_understood
from integration_daemon.rest.route import Call, Route, Style, post
from integration_daemon.rest.times import shown_time
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from integration_daemon.supervision.reconfigured import Reconfigured
from services.errors import InvalidParameterError

LONGEST_TRIAL = 3_600
"""Seconds."""


async def _reload(call: Call) -> Reconfigured:
    """Apply the document in the request, or else the server's own document as it is now, to a running daemon.

    Asterisks that mask a secret in a shown document stand for the stored secret.
    """
    seconds = call.query.rollback_after_seconds
    if seconds is not None and seconds > LONGEST_TRIAL:
        raise not_understood("rollbackAfterSeconds", f"{seconds} is more than {LONGEST_TRIAL}")
    origin = origin_of(call, How.REREAD if call.body is None else How.SENT)
    return await call.platform.changes.apply_document(
        call.server.name, call.body, origin, rollback_after=seconds, expected_version=call.query.expected_version
    )


async def _versions(call: Call) -> VersionsAnswer:
    """List the versions of a server's document that are kept, the newest first."""
    name = call.parameters["server"]
    server = call.platform.servers.get(name)
    trial = server.trial if server is not None else None
    return VersionsAnswer(
        versions=[_shown(each) for each in reversed(await _kept(call))],
        in_effect=UNSET if server is None else server.version,
        trial=UNSET
        if trial is None
        else ShownTrial(version=trial.version, previous=trial.previous, ends=shown_time(trial.ends.timestamp())),
    )


async def _version(call: Call) -> DocumentAnswer:
    """Show a version of a server's document, without its secrets."""
    number = _number(call)
    config = await _document(call, number)
    version = next(each for each in await _kept(call) if each.number == number)
    return DocumentAnswer(version=_shown(version), document=await trio.to_thread.run_sync(for_showing, config))


async def _difference(call: Call) -> DifferenceAnswer:
    """Show the differences between two versions of a server's document, without secrets."""
    query: DifferenceQuery = call.query
    numbers = [each.number for each in await _kept(call)]
    to = query.to or numbers[-1]
    before = query.from_ or max((each for each in numbers if each < to), default=to)
    old, new = await _document(call, before), await _document(call, to)
    return DifferenceAnswer(from_=before, to=to, differences=await trio.to_thread.run_sync(_compared, old, new))


async def _restore(call: Call) -> Reconfigured:
    """Apply a version of a server's document again, as the newest version.

    A server that does not run uses the version at its next start.
    """
    number = _number(call)
    origin = origin_of(call, How.RESTORED, f"version {number}")
    call.platform.require_directory()
    name, expected = call.parameters["server"], call.query.expected_version
    return await call.platform.changes.restore(name, number, origin, expected)


async def _kept(call: Call) -> list[Version]:
    """The versions of the document; raises `InvalidParameterError` if the server is not known."""
    name = call.parameters["server"]
    versions = await trio.to_thread.run_sync(call.platform.documents.store.versions, name)
    if not versions:
        raise InvalidParameterError(SERVER_NOT_KNOWN, server=name)
    return versions


async def _document(call: Call, number: int) -> OMAGServerConfig:
    return await trio.to_thread.run_sync(call.platform.documents.store.version, call.parameters["server"], number)


def _number(call: Call) -> int:
    text = call.parameters["number"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise not_understood("number", f"{text[:20]!r} is not the number of a version")
    return int(text)


def _shown(version: Version) -> ShownVersion:
    return ShownVersion(
        number=version.number,
        time=shown_time(version.time.timestamp()),
        how=version.how,
        caller=version.caller or UNSET,
        user=version.user or UNSET,
        detail=version.detail or UNSET,
        size=version.size,
    )


def _compared(old: OMAGServerConfig, new: OMAGServerConfig) -> list[Difference]:
    return differences(plain(old), plain(new), for_showing(old), for_showing(new))


_DOCUMENTS = SERVER + "/documents"
_ADMINISTER = Permission.ADMINISTER_SERVERS
"""Reading needs this permission, too: a document has more details than the status."""
_WHOLE = ScopeRule.SERVER


ROUTES: tuple[Route, ...] = (
    post(SERVER + "/reload", _reload, _ADMINISTER, _WHOLE, body=decode_document, style=Style.NATIVE, query=ReloadQuery),
    native_get(_DOCUMENTS, _versions, _ADMINISTER, _WHOLE),
    native_get(_DOCUMENTS + "/difference", _difference, _ADMINISTER, _WHOLE, DifferenceQuery),
    native_get(_DOCUMENTS + "/{number}", _version, _ADMINISTER, _WHOLE),
    post(_DOCUMENTS + "/{number}/restore", _restore, _ADMINISTER, _WHOLE, style=Style.NATIVE, query=RestoreQuery),
)
