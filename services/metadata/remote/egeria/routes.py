"""The routes of the generations of Egeria, and the forms of their requests.

Those of Egeria 4 are recorded from a real server. Those of Egeria 5 and 6 come only from the published source: where
releases differ, there are several routes, and the first that the server has is used.
"""

from enum import Enum, auto

import msgspec


class Operation(Enum):
    """A kind of request to a metadata server."""

    ELEMENT = auto()
    NAMED = auto()
    SEARCH = auto()
    RELATED = auto()
    NEW_ELEMENT = auto()
    UPDATE = auto()
    DELETE = auto()
    ARCHIVE = auto()
    CLASSIFY = auto()
    RECLASSIFY = auto()
    DECLASSIFY = auto()
    RELATE = auto()
    UPDATE_LINK = auto()
    UNLINK = auto()
    SOURCE_NAMED = auto()
    NEW_SOURCE = auto()
    NEW_FILE = auto()
    NEW_REPORT = auto()


class Route(msgspec.Struct, frozen=True):
    """A route: a path below the server's open metadata, and the class of the body."""

    method: str
    service: str
    path: str
    body: str = ""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """The routes and request forms of the metadata servers of one generation."""

    routes: dict[Operation, tuple[Route, ...]]
    options_in_body: bool = False
    """True if the body repeats the visibility of elements and the page."""
    delete_method: dict[str, str] = {}
    """The fields of a removal that state its method."""
    links_paths: bool = False
    """True if the server links a new file or folder to the folder of its path."""

    def has(self, operation: Operation) -> bool:
        """True if the generation has a route for an operation."""
        return operation in self.routes


_STORE = "framework-services/{access_service}/open-metadata-store"
_INTEGRATION = "framework-services/{access_service}/open-integration"
_STORE_6 = "access-services/open-metadata-store"
_ONE = "/metadata-elements/{guid}"
_CLASSIFIED = _ONE + "/classifications/{name}"
_RELATED = "/related-elements/{guid}/{way}"
_LINK = "/related-elements/{guid}"


def _changes(store: str) -> dict[Operation, tuple[Route, ...]]:
    """The routes that all generations share."""
    return {
        Operation.UPDATE: (Route("POST", store, _ONE + "/update-properties", "UpdatePropertiesRequestBody"),),
        Operation.RECLASSIFY: (
            Route("POST", store, _CLASSIFIED + "/update-properties", "UpdatePropertiesRequestBody"),
        ),
        Operation.UPDATE_LINK: (Route("POST", store, _LINK + "/update-properties", "UpdatePropertiesRequestBody"),),
    }


_SOURCES = {
    Operation.SOURCE_NAMED: (Route("POST", _INTEGRATION, "/metadata-sources/by-name", "NameRequestBody"),),
    Operation.NEW_SOURCE: (Route("POST", _INTEGRATION, "/metadata-sources/new", "MetadataSourceRequestBody"),),
    Operation.NEW_REPORT: (
        Route("POST", _INTEGRATION, "/integration-reports/{guid}/new", "IntegrationReportProperties"),
        Route("POST", _INTEGRATION, "/integration-reports/{guid}/{name}/new", "IntegrationReportProperties"),
    ),
}
_NEW_4 = {
    Operation.NEW_ELEMENT: Route("POST", _STORE, "/metadata-elements/new", "NewMetadataElementRequestBody"),
    Operation.CLASSIFY: Route("POST", _STORE, _CLASSIFIED + "/new", "NewClassificationRequestBody"),
    Operation.RELATE: Route("POST", _STORE, "/related-elements/new", "NewRelatedElementsRequestBody"),
}
_REMOVALS_4 = {
    Operation.DELETE: Route("POST", _STORE, _ONE + "/delete", "UpdateRequestBody"),
    Operation.DECLASSIFY: Route("POST", _STORE, _CLASSIFIED + "/delete", "UpdateRequestBody"),
    Operation.UNLINK: Route("POST", _STORE, _LINK + "/delete", "UpdateRequestBody"),
}

EGERIA_4 = Dialect(
    routes={
        Operation.ELEMENT: (Route("GET", _STORE, _ONE),),
        Operation.NAMED: (Route("POST", _STORE, "/metadata-elements/by-unique-name", "NameRequestBody"),),
        Operation.SEARCH: (Route("POST", _STORE, "/metadata-elements/by-search-specification", "FindRequestBody"),),
        Operation.RELATED: (Route("GET", _STORE, _RELATED),),
        **{operation: (route,) for operation, route in {**_NEW_4, **_REMOVALS_4}.items()},
        **_changes(_STORE),
        **_SOURCES,
        Operation.NEW_FILE: (
            Route("POST", "access-services/{access_service}", "/filesystems/data-files", "DataFileRequestBody"),
        ),
    }
)


def _new(store: str) -> dict[Operation, Route]:
    return {
        Operation.NEW_ELEMENT: Route("POST", store, "/metadata-elements", "NewOpenMetadataElementRequestBody"),
        Operation.CLASSIFY: Route("POST", store, _CLASSIFIED, "NewOpenMetadataClassificationRequestBody"),
        Operation.RELATE: Route("POST", store, "/related-elements", "NewRelatedElementsRequestBody"),
    }


EGERIA_5 = Dialect(
    options_in_body=True,
    links_paths=True,
    routes={
        Operation.ELEMENT: (Route("POST", _STORE, _ONE, "AnyTimeRequestBody"), Route("GET", _STORE, _ONE)),
        Operation.NAMED: (Route("POST", _STORE, "/metadata-elements/by-unique-name", "NameRequestBody"),),
        Operation.SEARCH: (
            Route("POST", _STORE, "/metadata-elements/by-search-conditions", "FindRequestBody"),
            Route("POST", _STORE, "/metadata-elements/by-search-specification", "FindRequestBody"),
        ),
        Operation.RELATED: (Route("POST", _STORE, _RELATED, "ResultsRequestBody"), Route("GET", _STORE, _RELATED)),
        **{operation: (_new(_STORE)[operation], route) for operation, route in _NEW_4.items()},
        **{operation: (route,) for operation, route in _REMOVALS_4.items()},
        **_changes(_STORE),
        **_SOURCES,
    },
)

EGERIA_6 = Dialect(
    options_in_body=True,
    delete_method={"deleteMethod": "SOFT_DELETE"},
    links_paths=True,
    routes={
        Operation.ELEMENT: (Route("POST", _STORE_6, _ONE, "GetRequestBody"),),
        Operation.NAMED: (Route("POST", _STORE_6, "/metadata-elements/by-unique-name", "UniqueNameRequestBody"),),
        Operation.SEARCH: (Route("POST", _STORE_6, "/metadata-elements/by-search-conditions", "FindRequestBody"),),
        Operation.RELATED: (Route("POST", _STORE_6, _RELATED, "ResultsRequestBody"),),
        **{operation: (route,) for operation, route in _new(_STORE_6).items()},
        Operation.DELETE: (Route("POST", _STORE_6, _ONE + "/delete", "OpenMetadataDeleteRequestBody"),),
        Operation.ARCHIVE: (Route("POST", _STORE_6, _ONE + "/archive", "DeleteRequestBody"),),
        Operation.DECLASSIFY: (Route("POST", _STORE_6, _CLASSIFIED + "/delete", "MetadataSourceRequestBody"),),
        Operation.UNLINK: (Route("POST", _STORE_6, _LINK + "/delete", "OpenMetadataDeleteRequestBody"),),
        **_changes(_STORE_6),
    },
)
