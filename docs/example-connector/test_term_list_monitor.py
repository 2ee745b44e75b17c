"""The conformance suite for the connector, and a test of its own behaviour."""

from collections.abc import Sequence
from pathlib import Path

import trio
from term_list_monitor import TermListMonitor

from services.framework.connection import Connection, Endpoint
from services.testing import ConnectorConformance, running_connector


def connection_to(path: Path, delimiter: str = ",") -> Connection:
    return Connection(endpoint=Endpoint(address=str(path)), configuration_properties={"delimiter": delimiter})


class TestTermListMonitor(ConnectorConformance):
    """The conformance suite, with a list of three terms."""

    connector_class = TermListMonitor

    def connection(self) -> Connection:
        return connection_to(self.directory / "terms.csv")

    def make_third_party(self) -> None:
        self.write("asset,Something of value\n", "term,A word with a meaning\n", "owner,Whose it is\n")

    def change(self) -> None:
        self.write("asset,Something of lasting value\n", "term,A word with a meaning\n", "owner,Whose it is\n")

    def remove_one(self) -> None:
        self.write("asset,Something of value\n", "owner,Whose it is\n")

    def make_unavailable(self) -> None:
        (self.directory / "terms.csv").unlink()

    def wrong_connections(self) -> Sequence[Connection]:
        return [Connection(), connection_to(self.directory / "terms.csv", delimiter="comma")]

    def write(self, *lines: str) -> None:
        (self.directory / "terms.csv").write_text("".join(lines), encoding="utf-8")


def test_a_term_has_its_summary(tmp_path: Path) -> None:
    path = tmp_path / "terms.csv"
    path.write_text("asset;Something of value\n", encoding="utf-8")

    async def story() -> None:
        async with running_connector(TermListMonitor, tmp_path, connection=connection_to(path, ";")) as running:
            await running.refresh()
            (term,) = await running.elements("GlossaryTerm")
            assert term.properties["displayName"] == "asset"
            assert term.properties["summary"] == "Something of value"

    trio.run(story)
