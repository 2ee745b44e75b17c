"""The base of the suite, with the members that an author fills in."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import ClassVar

from services.errors import RefreshPostponedError, ThirdPartyUnavailableError
from services.framework.broker import ConnectorClass
from services.framework.connection import Connection
from services.framework.permitted_synchronization import PermittedSynchronization
from services.testing.trial import Trial, run_trial

CALLS = 20
"""Maximum number of store calls at which a refresh is interrupted."""


class Suite:
    """A connector, and a third party for its tests.

    The methods that create and change the third party may block. They are called on different threads.
    """

    connector_class: ClassVar[ConnectorClass]
    elements: ClassVar[int] = 3
    """The minimum number of catalogued elements of a third party from `make_third_party`."""
    removes: ClassVar[bool] = True
    """True if the connector removes catalogued elements whose counterparts no longer exist."""
    sends: ClassVar[bool] = False
    """True if the connector also writes to the third party, and therefore works if only that is permitted."""
    synchronization: ClassVar[PermittedSynchronization | None] = None
    """The permitted synchronization; by default, that of the connector's service."""
    unavailable_errors: ClassVar[tuple[type[Exception], ...]] = (
        ThirdPartyUnavailableError,
        ConnectionError,
        RefreshPostponedError,
    )
    """The permitted exceptions when the third party is unavailable."""
    grace: ClassVar[float] = 10.0
    """Seconds in which a method must end after it was cancelled, and threads after a disconnect."""
    limit: ClassVar[float] = 100.0
    """Time limit, in seconds, of one test with one third party."""

    directory: Path
    """An empty directory for the third party, new for each call of `make_third_party`."""

    def connection(self) -> Connection:
        """The connection to the latest third party."""
        raise NotImplementedError

    def make_third_party(self) -> None:
        """Create a third party with some content."""
        raise NotImplementedError

    def change(self) -> None:
        """Make a change in the third party that the catalogue shows. It is called once for each third party."""
        raise NotImplementedError

    def remove_one(self) -> None:
        """Remove one of several objects with elements of their own, such as a file or a table."""
        raise NotImplementedError

    def make_unavailable(self) -> None:
        """Make the third party permanently unavailable."""
        raise NotImplementedError

    def wrong_connections(self) -> Sequence[Connection]:
        """Connections that `start` or the first refresh must refuse; by default one without an endpoint."""
        return [Connection()]

    def run(self, tmp_path: Path, story: Callable[[Trial], Awaitable[None]]) -> None:
        """Run a test with a new third party and a new store."""
        made = len(list(tmp_path.glob("third-party-*")))
        self.directory = tmp_path / f"third-party-{made}"
        self.directory.mkdir()
        self.make_third_party()
        run_trial(
            self.connector_class,
            self.connection(),
            story,
            directory=self.directory,
            synchronization=self.synchronization,
            grace=self.grace,
            limit=self.limit,
        )
