"""The requests and responses of the batch routes between a remote store and a metadata server.

Below `/servers/{server}/open-metadata/access-services/open-metadata-store/users/{user}/batch/`:

    sources         POST  MetadataSource           -> SourceAnswer
    fingerprints    POST  FingerprintsRequest      -> FingerprintsAnswer, one page
    apply           POST  Batch                    -> Outcome
    get             POST  list of GUIDs            -> list of ElementRecord
    find-page       POST  Query                    -> ElementPage
    find            POST  Query                    -> list of ElementRecord, a page that is short only at the end
    relationships   POST  RelationshipsRequest     -> list of RelationshipRecord
    changes         POST  ChangesRequest           -> ChangePage
    calls           POST  list of CombinedCall     -> list of their responses or FFDC errors, in the same order

An error is an FFDC body with HTTP status 200 and the error's own code inside, as on the other routes. Other responses
have no `relatedHTTPCode`.
"""

import msgspec

from services.metadata.bounds import Guids, Natural, Positive


class SourceAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """The GUID of a metadata source."""

    guid: str


class FingerprintsRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A request for fingerprints."""

    metadata_source: str
    scope: str
    after: str | None = None
    """The last source key of the preceding page, or `None` for the first page."""
    limit: Positive | None = None
    """Maximum number of fingerprints to send; the server's page size also applies."""


class FingerprintsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source keys and their fingerprints, in two parallel lists, in the order of source keys."""

    source_keys: list[str]
    fingerprints: list[str]
    is_last: bool


class RelationshipsRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A request for relationships."""

    guids: Guids
    type_name: str | None = None


class ChangesRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A request for changes."""

    after: Natural
    limit: Positive


class CombinedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One of the calls in a combined request."""

    call: str
    """The name of a separate route: `apply`, `find`, ..."""
    user: str
    body: msgspec.Raw


class ErrorAnswer(msgspec.Struct, kw_only=True, rename="camel"):
    """The error fields of an FFDC body, which keep their defaults for any other response."""

    related_http_code: int = msgspec.field(name="relatedHTTPCode", default=200)
    exception_class_name: str = ""
    exception_error_message: str = ""
    exception_error_message_id: str = ""
    exception_system_action: str = ""
    exception_user_action: str = ""
