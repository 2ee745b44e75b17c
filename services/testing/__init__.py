"""Support for tests of connectors: running a connector without a daemon, and the conformance suite.

        class TestInboxMonitor(ConnectorConformance):       # the requirements on every connector, as inherited tests
        connector_class = InboxMonitor
        ...

    async with running_connector(InboxMonitor, tmp_path, connection=Connection(...)) as running:
                outcome = await running.refresh()               # the behaviour of this connector
        assert outcome.created == 2

It needs neither a daemon nor pytest; any runner can call the methods named `test_*` with a path.
"""

from services.testing.conformance import ConnectorConformance
from services.testing.running import RunningConnector, running_connector, unhosted_context
from services.testing.temporary_store import temporary_store

__all__ = [
    "ConnectorConformance",
    "RunningConnector",
    "running_connector",
    "temporary_store",
    "unhosted_context",
]
