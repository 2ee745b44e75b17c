"""A typed client of the native REST API, for scripts and the command line.

It runs on trio; a synchronous script calls `trio.run`:

    async def main() -> None:
        async with open_platform(Settings(url="http://127.0.0.1:9443")) as platform:
            daemon = await platform.daemon()
            page = await daemon.connectors(ConnectorsQuery(condition="STALE"))
"""

from audit.record import NumberedRecord
from integration_daemon.client.errors import (
    ClientError,
    ForbiddenError,
    NoAnswerError,
    NotFoundError,
    PlatformFailedError,
    RefusedRequestError,
    UnauthenticatedError,
    WrongSettingError,
)
from integration_daemon.client.event_stream import Event
from integration_daemon.client.platform_client import PlatformClient, open_platform
from integration_daemon.client.server_client import Operation, ServerClient
from integration_daemon.client.settings import Settings
from integration_daemon.rest.native.answers import Missed, ShownChange, ShownOperation
from integration_daemon.rest.native.connector_answers import ConnectorDetail, ConnectorPage, ConnectorSummary
from integration_daemon.rest.native.queries import (
    ApprovalQuery,
    AuditLogQuery,
    ChangesQuery,
    ConnectorsQuery,
    DecisionQuery,
    DeletionsQuery,
    DifferenceQuery,
    ElementQuery,
    ElementsQuery,
    EventsQuery,
    LettersQuery,
    LineageOfElementQuery,
    OperationQuery,
    OperationsQuery,
    PermissionsQuery,
    RelatedQuery,
    ReloadQuery,
    RestoreQuery,
    WaitQuery,
)
from integration_daemon.supervision.connector.operation_outcome import OperationOutcome

__all__ = [
    "open_platform",
    "Settings",
    "PlatformClient",
    "ServerClient",
    "Operation",
    "Event",
    "ClientError",
    "WrongSettingError",
    "NoAnswerError",
    "UnauthenticatedError",
    "ForbiddenError",
    "NotFoundError",
    "RefusedRequestError",
    "PlatformFailedError",
    "AuditLogQuery",
    "ChangesQuery",
    "ConnectorsQuery",
    "ApprovalQuery",
    "DecisionQuery",
    "DeletionsQuery",
    "DifferenceQuery",
    "ElementQuery",
    "ElementsQuery",
    "EventsQuery",
    "LettersQuery",
    "LineageOfElementQuery",
    "OperationQuery",
    "OperationsQuery",
    "PermissionsQuery",
    "RelatedQuery",
    "ReloadQuery",
    "RestoreQuery",
    "WaitQuery",
    "ConnectorDetail",
    "ConnectorPage",
    "ConnectorSummary",
    "Missed",
    "NumberedRecord",
    "OperationOutcome",
    "ShownChange",
    "ShownOperation",
]
