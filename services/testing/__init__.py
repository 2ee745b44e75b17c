"""Support for tests of connectors: running a connector without a daemon, and the conformance suite.

        class TestInboxMonitor(ConnectorConformance):       # the requirements on every connector, as inherited tests
        connector_class = InboxMonitor
        ...

    async with connector_at_work(InboxMonitor, tmp_path, connection=Connection(...)) as at_work:
                outcome = await at_work.refresh()               # the behaviour of this connector
        assert outcome.created == 2

It needs neither a daemon nor pytest; any runner can call the methods named `test_*` with a path.
"""

from services.testing.at_work import ConnectorAtWork, connector_at_work, unhosted_context
from services.testing.conformance import ConnectorConformance
from services.testing.temporary_store import temporary_store

__all__ = [
    "ConnectorConformance",
    "ConnectorAtWork",
    "connector_at_work",
    "temporary_store",
    "unhosted_context",
]
