"""The routes of the Data Manager OMAS for the topic, the display and the API integrator of Egeria 4."""

from integration_daemon.rest.egeria.file_bodies import MergeQuery
from integration_daemon.rest.egeria.kind_bodies import HomeQuery, read_bean
from integration_daemon.rest.egeria.kind_routes import Family, Rows
from integration_daemon.rest.route import Route
from services.metadata.egeria.files import SERVICE
from services.metadata.egeria.kinds import API, API_OPERATION, EVENT_TYPE, FORM, QUERY, REPORT, TOPIC

_OWNED = Family(
    service=SERVICE,
    root="/servers/{server}/open-metadata/access-services/data-manager{users}",
    body=read_bean,
    query=HomeQuery,
    delete="/{guid}/{name}/delete",
)
"""Elements whose creator decides whether they belong to the third party or to the metadata server."""
_PARTS = _OWNED._replace(query=MergeQuery)
_SOURCE = "/{source_guid}/{source}"

_KINDS = (
    Rows(_OWNED, TOPIC, "Topic", "/topics", owned=f"/event-brokers{_SOURCE}/topics",
         owned_action="getTopicsForEventBroker"),
    Rows(_PARTS, EVENT_TYPE, "EventType", "/topics/event-types", "/topics/{whole}/event-types",
         "/topics/{whole}/event-types", "getEventTypesForTopic"),
    *(Rows(_OWNED, kind, name, path, plural=plural, owned=f"{path}/applications{_SOURCE}",
           owned_action=f"get{plural}ForApplication")
      for kind, name, plural, path in ((FORM, "Form", "Forms", "/forms"), (REPORT, "Report", "Reports", "/reports"),
                                       (QUERY, "Query", "Queries", "/queries"))),
    Rows(_OWNED, API, "API", "/apis", owned=f"/apis/api-managers{_SOURCE}", owned_action="getAPIsForAPIManager"),
    Rows(_PARTS, API_OPERATION, "APIOperation", "/apis/api-operations", "/apis/{whole}/api-operations",
         "/apis/{whole}/api-operations", "getAPIOperationsForAPI"),
)  # fmt: skip

ROUTES: tuple[Route, ...] = tuple(row for kind in _KINDS for row in kind.routes())
