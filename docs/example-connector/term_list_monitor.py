"""Catalogues the business terms in a CSV file."""

import csv
from pathlib import Path

import trio

from audit.message import ErrorMessage
from services.catalog.service import CatalogIntegratorConnector
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError
from services.framework.connector import ConnectorProvider, Setting
from services.metadata.changes import Link, Put
from services.metadata.mapping import to_put
from services.metadata.types.glossary import Glossary, GlossaryTerm

NO_ADDRESS = ErrorMessage(
    id="TERM-LIST-MONITOR-400-001",
    http_code=400,
    text="The connection of connector {connector} does not name a list of terms",
    system_action="The connector fails.",
    user_action="Add the path of the CSV file as the address of the connection's endpoint, then restart the connector.",
)
WRONG_DELIMITER = ErrorMessage(
    id="TERM-LIST-MONITOR-400-002",
    http_code=400,
    text="The setting delimiter of connector {connector} is {delimiter!r}, which is not one character",
    system_action="The connector fails.",
    user_action="Correct the delimiter in the connection's configuration properties, then restart the connector.",
)
NOT_READABLE = ErrorMessage(
    id="TERM-LIST-MONITOR-503-001",
    http_code=503,
    text="The list of terms at {address} cannot be read: {cause}",
    system_action="The refresh fails. The catalogued elements are kept unchanged.",
    user_action="Restore the file, and make it readable for the user of the daemon.",
)
DELIMITER = Setting(name="delimiter", description="the character between a term and its summary", default=",")


class TermListMonitor(CatalogIntegratorConnector):
    """Keeps a glossary in agreement with a CSV file that has a term and its summary in each line."""

    provider = ConnectorProvider(
        description="Catalogues the terms in a CSV file.",
        endpoint="the path of the file",
        endpoint_is_path=True,
        settings=(DELIMITER,),
    )

    async def start(self) -> None:
        """Check the configuration."""
        if not self.connection.address:
            raise ConnectorConfigurationError(NO_ADDRESS, connector=self.connector_name)
        self.path = Path(self.connection.address)
        self.delimiter = str(self.context.setting(DELIMITER.name, DELIMITER.default))
        if len(self.delimiter) != 1:
            raise ConnectorConfigurationError(WRONG_DELIMITER, connector=self.connector_name, delimiter=self.delimiter)

    async def refresh(self) -> None:
        """State every term in the list; terms that are no longer in the list are archived."""
        scope = f"terms::{self.path}::"
        terms = await trio.to_thread.run_sync(self._read)
        glossary = Glossary(qualified_name=scope, display_name=self.path.stem)
        async with self.context.reconcile(scope) as catalog:
            await catalog.put([to_put(glossary), *(_stated(scope, name, summary) for name, summary in terms.items())])

    def _read(self) -> dict[str, str]:
        """Read the terms with their summaries. This blocks, so it runs on a worker thread."""
        try:
            with self.path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file, delimiter=self.delimiter))
        except (OSError, UnicodeError, csv.Error) as error:
            raise ThirdPartyUnavailableError(NOT_READABLE, address=self.path, cause=error) from error
        return {row[0]: row[1] if len(row) > 1 else "" for row in rows if row}


def _stated(scope: str, name: str, summary: str) -> Put:
    term = GlossaryTerm(qualified_name=scope + name, display_name=name, summary=summary)
    return to_put(term, links=[Link("TermAnchor", scope)])
