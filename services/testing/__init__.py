"""For the tests of connectors: a connector at work without a daemon, and the conformance suite.

    class TestInboxMonitor(ConnectorConformance):       # what every connector must do, as inherited tests
        connector_class = InboxMonitor
        ...

    async with connector_at_work(InboxMonitor, tmp_path, connection=Connection(...)) as at_work:
        outcome = await at_work.refresh()               # what this connector does
        assert outcome.created == 2

Nothing here needs a daemon or imports pytest; any runner that calls the methods named `test_*` with a path will do.
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
