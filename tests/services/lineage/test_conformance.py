"""The cataloguer passes the conformance suite. Its third party is the spool."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import trio

from services.errors import InvalidParameterError, PropertyServerError
from services.framework.connection import Connection
from services.lineage.cataloguer.connector import OpenLineageCataloguer
from services.lineage.intake.file_spool import SpoolLimits, opened_spool
from services.testing import ConnectorConformance
from services.testing.running import NAME
from tests.services.lineage.lineage_events import event

LIMITS = SpoolLimits()


class _Cataloguer(OpenLineageCataloguer):
    """One whose spool a test can reach."""

    last: ClassVar["_Cataloguer"]

    async def start(self) -> None:
        _Cataloguer.last = self
        await super().start()


class TestCataloguer(ConnectorConformance):
    """The cataloguer, with two jobs."""

    connector_class = _Cataloguer
    removes = False
    unavailable_errors = (PropertyServerError,)

    def connection(self) -> Connection:
        return Connection()

    def make_third_party(self) -> None:
        trio.run(self._fill)

    def change(self) -> None:
        self._append("load", "b")

    def remove_one(self) -> None:
        """A spool has nothing that could be taken away."""

    def make_unavailable(self) -> None:
        """Damage an event that waits. Another after it, and another file, tell it from one that was being written."""
        self._append("load", "c")
        self._append("load", "d")
        path = max(self._spool.glob("**/*.events"))
        content = path.read_bytes()
        path.write_bytes(content.replace(b'"name":"c"', b'"name":"x"'))
        path.with_name(f"{1000:020}.events").touch()

    def wrong_connections(self) -> Sequence[Connection]:
        return [Connection(configuration_properties={"namespaceAliases": 7})]

    @property
    def _spool(self) -> Path:
        return self.directory / "lineage-integrator"

    async def _fill(self, jobs: Sequence[str] = ("load", "report"), data_set: str = "a") -> None:
        async with opened_spool(self._spool, LIMITS, lambda: {NAME}, None) as spool:  # type: ignore[arg-type]
            await spool.append([_event(job, [("s3", data_set)]) for job in jobs])

    def _append(self, job: str, data_set: str) -> None:
        try:
            spool = _Cataloguer.last.context.spool
        except InvalidParameterError:  # it is not at work
            trio.from_thread.run(self._fill, [job], data_set)
        else:
            trio.from_thread.run(spool.append, [_event(job, [("s3", data_set)])])


def _event(job: str, inputs: Any) -> bytes:
    return msgspec.json.encode(event(job, "run", "COMPLETE", inputs=inputs))
