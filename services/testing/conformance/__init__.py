"""The conformance suite: requirements on every connector, as tests that a connector's own test class inherits.

    class TestReportMonitor(ConnectorConformance):
        connector_class = ReportMonitor

        def connection(self) -> Connection: ...
        def make_third_party(self) -> None: ...
        def change(self) -> None: ...
        def remove_one(self) -> None: ...
        def make_unavailable(self) -> None: ...

pytest runs it without a plugin. The connector's methods are called as by a daemon, with a real metadata store.
"""

from services.testing.conformance.cataloguing import CataloguingConformance
from services.testing.conformance.failures import FailureConformance
from services.testing.conformance.life_cycle import LifeCycleConformance

__all__ = ["ConnectorConformance"]


class ConnectorConformance(LifeCycleConformance, CataloguingConformance, FailureConformance):
    """The whole suite; inherit from it in a class named `Test...`, and fill in the members of `Suite`."""
