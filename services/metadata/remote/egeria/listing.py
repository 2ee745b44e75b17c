"""The elements of metadata sources, read back from the server in pages.

The server finds elements by a part of their names, not by their owner. Therefore the names of a source's elements must
contain their source keys, as those of all connectors of this program do; `fits` is the rule.
"""

from bisect import bisect_right
from collections.abc import AsyncIterator, Iterable

import msgspec

from services.metadata.remote.egeria.marks import Held, held_from
from services.metadata.remote.egeria.names import canonical, without_type
from services.metadata.remote.egeria.parallel import in_parallel
from services.metadata.remote.egeria.requests import Requests
from services.metadata.remote.egeria.routes import Operation
from services.metadata.remote.egeria.sources import Sources
from services.metadata.remote.egeria.values import encoded
from services.metadata.remote.egeria.wire import EgeriaElement, ElementsAnswer, Values
from services.metadata.sorted_diff import PART

MOST_HELD = 200_000
"""Maximum number of elements kept between a listing and the changes after it; beyond it, listings are discarded."""
_LINE_ENDS = frozenset("\n\r\u0085\u2028\u2029")
"""Characters that a `.` in the server's regular expressions does not match."""


class SourceView(msgspec.Struct):
    """The known elements of one metadata source."""

    name: str
    guid: str
    """Empty for the server itself."""
    held: dict[str, Held] = {}
    """The known elements, by source key."""
    guids: dict[str, str] = {}
    """The GUIDs of these elements, by canonical name."""
    covered: list[str] = []
    """The scopes in which all elements of the source are known."""
    sorted_keys: dict[str, list[str]] = {}
    """The source keys of each listed scope, in order, for the pages of its listing."""

    def covers(self, source_key: str) -> bool:
        """True if an element missing from this listing does not exist."""
        return any(source_key.startswith(scope) for scope in self.covered)

    def page(self, scope: str, after: str, limit: int | None) -> dict[str, str]:
        """A page of the listing of a scope, without limit its rest."""
        keys = self.sorted_keys.get(scope, [])
        first = bisect_right(keys, after) if after else 0
        some = keys[first:] if limit is None else keys[first : first + limit]
        return {key: self.held[key].fingerprint for key in some if key in self.held}

    def add(self, held: Held) -> None:
        """Record an element."""
        self.held[held.source_key] = held
        self.guids[canonical(held.name)] = held.guid

    def drop(self, source_key: str) -> None:
        """Remove an element from the record."""
        held = self.held.pop(source_key, None)
        if held is not None:
            self.guids.pop(canonical(held.name), None)


class Listings:
    """The known elements of the metadata sources of one server."""

    def __init__(self, requests: Requests, sources: Sources) -> None:
        self._requests = requests
        self._sources = sources
        self._views: dict[str, SourceView] = {}

    def forget(self) -> None:
        """Discard everything, so that the next call reads it again."""
        self._views.clear()

    def view(self, name: str, guid: str) -> SourceView:
        """The known elements of a source."""
        view = self._views.get(name)
        if view is None or view.guid != guid:
            covered = [""] if guid in self._sources.made else []
            view = self._views[name] = SourceView(name=name, guid=guid, covered=covered)
            self._sources.made.discard(guid)
        return view

    def known(self, name: str, scope: str) -> SourceView | None:
        """The known elements of a source, if a listing of this scope has been read."""
        view = self._views.get(name)
        return view if view is not None and scope in view.sorted_keys else None

    async def read(self, name: str, scope: str) -> SourceView | None:
        """Read a source's elements in a scope; `None` if the server does not know the source."""
        guid = (await self._sources.look_up(name)) if name else ""
        if guid is None:
            self._views.pop(name, None)
            return None
        view = self.view(name, guid)
        self._make_room(view)
        found = {held.source_key: held async for held, _ in self.owned(view, scope)}
        for source_key in [each for each in view.held if each.startswith(scope) and each not in found]:
            view.drop(source_key)
        for held in found.values():
            view.add(held)
        view.covered = [each for each in view.covered if not each.startswith(scope)] + [scope]
        view.sorted_keys[scope] = sorted(found)
        return view

    async def make_known(self, view: SourceView, source_keys: Iterable[str]) -> None:
        """Look up elements outside of the scopes read so far: each with its parts, by a separate request."""
        unknown = {stem_of(each) for each in source_keys if each not in view.held and not view.covers(each)}

        async def look_up(stem: str) -> None:
            async for held, _ in self.owned(view, stem):
                view.add(held)

        await in_parallel(look_up, unknown)

    async def owned(
        self, view: SourceView, scope: str, *, archived: bool = False
    ) -> AsyncIterator[tuple[Held, EgeriaElement]]:
        """The active or archived elements of a source in a scope."""
        async for element in self._elements(stem_of(scope)):
            if element.is_archived is archived and _belongs(element, view.guid):
                held = held_from(element, is_foreign=bool(view.guid))
                if held is not None and held.source_key.startswith(scope):
                    yield held, element

    async def _elements(self, stem: str) -> AsyncIterator[EgeriaElement]:
        """Elements whose names contain a text; elements added meanwhile come last."""
        start = 0
        while True:
            answer = await self._requests.page(Operation.SEARCH, ElementsAnswer, _search(stem), start=start)
            for element in answer.element_list:
                yield element
            if not answer.element_list:
                return
            start += len(answer.element_list)

    def _make_room(self, view: SourceView) -> None:
        if sum(len(each.held) for each in self._views.values()) > MOST_HELD:
            self._views = {view.name: SourceView(name=view.name, guid=view.guid)}


def fits(source_key: str, name: str) -> bool:
    """True if a search for the element's source key, or a prefix of it, finds an element with this name."""
    return stem_of(source_key) in name and not _LINE_ENDS.intersection(name)


def stem_of(source_key: str) -> str:
    """The part of a source key or scope that names contain in either form."""
    return without_type(source_key.partition(PART)[0]).rstrip("/:")


def _search(stem: str) -> Values:
    search: Values = {"metadataElementTypeName": "Referenceable", "sequencingOrder": "CREATION_DATE_OLDEST"}
    if stem:
        contains = {
            "class": "PropertyCondition",
            "property": "qualifiedName",
            "operator": "LIKE",
            "value": encoded("qualifiedName", f".*{_literally(stem)}.*"),
        }
        search["searchProperties"] = {"class": "SearchProperties", "conditions": [contains], "matchCriteria": "ALL"}
    return search


def _literally(text: str) -> str:
    """The regular expression of Java that matches only this text."""
    return "\\Q" + text.replace("\\E", "\\E\\\\E\\Q") + "\\E"


def _belongs(element: EgeriaElement, source_guid: str) -> bool:
    if source_guid:
        return element.origin.home_metadata_collection_id == source_guid
    return element.origin.origin_category == "LOCAL_COHORT"
