"""A request to the server, and what is read from it."""

from collections.abc import Callable
from typing import Any

from tests.servers.egeria import errors
from tests.servers.egeria.repository import Values

Answer = dict[str, Any]
Handler = Callable[["Request"], Answer]


class Request:
    """A request of a user, matched to its route."""

    def __init__(self, user: str, path: tuple[str, ...], query: dict[str, str], body: Any) -> None:
        self.user = user
        self.path = path
        self._query = query
        self._body = body

    @property
    def body(self) -> Values:
        """The body, which must be there."""
        if not isinstance(self._body, dict):
            raise errors.BadRequestError
        return self._body

    def flag(self, name: str) -> bool:
        """A query parameter that cannot be left out."""
        if self._query.get(name) not in ("true", "false"):
            raise errors.BadRequestError
        return self._query[name] == "true"

    def number(self, name: str) -> int:
        """A query parameter that cannot be left out."""
        try:
            return int(self._query[name])
        except (KeyError, ValueError):
            raise errors.BadRequestError from None

    def page(self, method: str, largest: int) -> tuple[int, int]:
        """The start and the size of a page; neither can be left out."""
        start, size = self.number("startFrom"), self.number("pageSize")
        if size > largest:
            raise errors.page_too_large(method, size, largest)
        return start, size or largest

    def visibility(self) -> bool:
        """True if archived elements are requested. The accompanying parameters are required."""
        self.flag("forDuplicateProcessing")
        self.number("effectiveTime")
        return self.flag("forLineage")

    @property
    def source(self) -> tuple[str, str] | None:
        """The metadata source that the request is made for."""
        guid, name = self.body.get("externalSourceGUID"), self.body.get("externalSourceName")
        return (str(guid), str(name)) if guid else None

    @property
    def properties(self) -> Values:
        """The property values that are sent."""
        given = self.body.get("properties") or {}
        return dict(given.get("propertyValueMap") or {})
