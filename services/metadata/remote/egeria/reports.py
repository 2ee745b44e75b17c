"""Integration reports, which a metadata server of Egeria 4 creates itself, without qualified names.

A report belongs to the element of its connector, or else to the metadata source for which reports are written.
Published reports are not read back, changed or removed.
"""

from typing import Any

import msgspec

from services.metadata.changes import Put
from services.metadata.remote.egeria.links import Links
from services.metadata.remote.egeria.listing import SourceView
from services.metadata.remote.egeria.requests import Requests
from services.metadata.remote.egeria.routes import Operation
from services.metadata.remote.egeria.values import milliseconds
from services.metadata.remote.egeria.wire import VoidAnswer
from services.metadata.types.connectors import IntegrationReport

_TIMES = ("refreshStartDate", "refreshCompletionDate")
_GIVEN = ("serverName", "connectorId", "connectorName", "additionalProperties")


def is_report(put: Put, requests: Requests) -> bool:
    """True if an element is a report that the server creates itself."""
    return put.type_name == IntegrationReport.type_name() and requests.dialect.has(Operation.NEW_REPORT)


async def publish(put: Put, requests: Requests, links: Links, view: SourceView, user: str) -> None:
    """Have the server create a report; raises the error of the server's response."""
    values: dict[str, Any] = msgspec.json.decode(put.properties)
    body = {name: values[name] for name in _GIVEN if name in values}
    body |= {name: milliseconds(name, values[name]) for name in _TIMES if name in values}
    connector = await links.guid_of(put.links[0].qualified_name) if put.links else None
    anchor, kind = (connector, "IntegrationConnector") if connector else (view.guid, "SoftwareCapability")
    await requests.write(Operation.NEW_REPORT, body, VoidAnswer, user, repeatable=False, guid=anchor, name=kind)
