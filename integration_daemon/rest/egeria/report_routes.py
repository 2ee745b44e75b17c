"""The routes of integration reports, which daemons of Egeria publish: the changes of one refresh of a connector."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec

from integration_daemon.rest.egeria.file_bodies import PageQuery
from integration_daemon.rest.egeria.kind_routes import CHANGE, READ, WHOLE, Family
from integration_daemon.rest.egeria.requests import reading, writing
from integration_daemon.rest.ffdc import VoidResponse
from integration_daemon.rest.route import Call, Route, get, post
from services.metadata.bounds import Natural
from services.metadata.changes import Link, Query
from services.metadata.egeria import parts
from services.metadata.egeria.kinds import INTEGRATION_REPORT
from services.metadata.egeria.times import iso_time

_FAMILY = Family(
    service="Open Integration Service",
    root="/servers/{server}/open-metadata/framework-services/{service}/open-integration{users}/integration-reports",
    lists=("elements",),
)
_LINK = INTEGRATION_REPORT.relationship


class IntegrationReportProperties(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """A report; elements are given by their GUIDs."""

    server_name: str | None = None
    connector_id: str | None = None
    connector_name: str | None = None
    refresh_start_date: Natural | datetime | None = None
    refresh_completion_date: Natural | datetime | None = None
    created_elements: list[str] | None = None
    updated_elements: list[str] | None = None
    deleted_elements: list[str] | None = None
    additional_properties: dict[str, str] | None = None


async def _publish(call: Call) -> VoidResponse:
    """Store a report, linked to the element that it describes."""
    body: IntegrationReportProperties = call.body
    write = writing(call, _FAMILY.service)
    anchor = await write.reading.element(call.parameters["guid"], parameter="anchorGUID")
    values = msgspec.to_builtins(body, builtin_types=(datetime,))
    for name in ("refreshStartDate", "refreshCompletionDate"):
        if values.get(name) is not None:
            values[name] = iso_time(values[name])
    values["qualifiedName"] = f"IntegrationReport::{body.connector_name or ''}::{uuid4()}"
    await write.create(INTEGRATION_REPORT.type_name, values, links=[Link(_LINK, anchor.qualified_name)])
    return VoidResponse()


async def _report(call: Call) -> dict[str, Any]:
    """Return a report by its GUID."""
    read = reading(call, _FAMILY.service)
    found = await read.element(call.parameters["guid"], kind=INTEGRATION_REPORT.type_name)
    (bean,) = await parts.beans_of(read, INTEGRATION_REPORT, [found])
    return {"class": "IntegrationReportResponse", "relatedHTTPCode": 200, "element": bean}


async def _at_element(call: Call) -> dict[str, Any]:
    """Return the reports of an element, the oldest first."""
    query: PageQuery = call.query
    read = reading(call, _FAMILY.service)
    element = await read.element(call.parameters["guid"])
    links = await read.related(element.guid, type_name=_LINK, at_end=1, start=query.start, size=query.size)
    return await _FAMILY.shown(call, INTEGRATION_REPORT, "IntegrationReportsResponse", [other for _, other in links])


async def _all(call: Call) -> dict[str, Any]:
    """Return all reports, the oldest first."""
    found = await _FAMILY.found(call, INTEGRATION_REPORT, Query(type_name=INTEGRATION_REPORT.type_name))
    return await _FAMILY.shown(call, INTEGRATION_REPORT, "IntegrationReportsResponse", found)


_SEVERAL = "IntegrationReportsResponse"

ROUTES: tuple[Route, ...] = (
    *(post(_FAMILY.root + path, _publish, CHANGE, WHOLE, body=IntegrationReportProperties, body_required=True,
           action="publishIntegrationReport") for path in ("/{guid}/new", "/{guid}/{type}/new")),
    get(_FAMILY.root, _all, READ, WHOLE, query=PageQuery, answer=_SEVERAL, action="getIntegrationReports"),
    get(_FAMILY.root + "/for-element/{guid}", _at_element, READ, WHOLE, query=PageQuery, answer=_SEVERAL,
        action="getIntegrationReportsForElement"),
    get(_FAMILY.root + "/{guid}", _report, READ, WHOLE, answer="IntegrationReportResponse",
        action="getIntegrationReport"),
)  # fmt: skip
