"""The connector that catalogues people and teams from CSV files."""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

import trio

from audit.counted import counted
from services.allowance import file_target
from services.errors import RefreshPostponedError, ThirdPartyUnavailableError
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.settings import required_text_setting, wrong_setting
from services.organization import messages
from services.organization.description import PersonDescription, TeamDescription
from services.organization.mapping import WRITTEN
from services.organization.organization_tables import PEOPLE_COLUMNS, TEAM_COLUMNS, RowProblem, person_of, team_of
from services.organization.service import OrganizationIntegratorConnector
from services.organization.staging import Kind
from services.organization.synchronization import OrganizationScan
from services.organization.table_file import FileChangedError, FileNotWholeError, Layout, Row, rows_of

ROWS_AT_ONCE = 1_000

DescriptionT = TypeVar("DescriptionT", PersonDescription, TeamDescription)
T = TypeVar("T")


class CSVOrganization(OrganizationIntegratorConnector):
    """Catalogues the people of a CSV file with their identities, contact details, managers and teams.

    An invalid row is reported with its line number, and the catalogued person is kept unchanged. An incomplete file
    changes nothing. Memory use does not grow with the number of people.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Catalogues people and teams from CSV files.",
        exchange=Exchange(
            directions=(PermittedSynchronization.FROM_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="To read the files.",
            writes=WRITTEN,
            example="organization.md#from-files",
        ),
        endpoint="the path of the file of people, in UTF-8 with a header",
        endpoint_is_path=True,
        settings=(
            Setting(name="teamsFile", description="the path of a file of teams; none: the teams that people name"),
            Setting(
                name="organizationName",
                description="the name of the organization in qualified names; none: the path of the file of people",
            ),
            Setting(name="columns", description="the headers in the file of people that differ from the column names"),
            Setting(name="teamColumns", description="the same for the file of teams"),
            Setting(name="delimiter", description="the character between fields", default=","),
            Setting(
                name="archiveLeavers",
                description="true: people who have left are archived as well; false: only their appointments end",
                default=False,
            ),
        ),
    )

    async def start(self) -> None:
        """Check the settings."""
        self.read_settings()
        await trio.to_thread.run_sync(self._require_file)
        self.context.audit_log.record(messages.CONFIGURED, connector=self.connector_name, source=self._people)

    async def refresh(self) -> None:
        """Read the files, and apply the differences to the catalogue."""
        async with self.context.organization_scan(self._organization, archive_leavers=self._archive) as scan:
            await self._add(scan, self._people, self._layout, person_of)
            if self._teams:
                await trio.to_thread.run_sync(self.context.require_allowed, file_target(self._teams))
                await self._add(scan, self._teams, self._team_layout, team_of)
            else:
                await scan.add_named_teams()

    async def probe(self) -> str:
        """The number of rows in the file of people."""
        self.read_settings()
        number = await self._read(self._people, lambda: sum(1 for _ in rows_of(self._people, self._layout)))
        return counted(number, "row")

    async def _add(
        self,
        scan: OrganizationScan,
        path: str,
        layout: Layout,
        description_of: Callable[[Row], DescriptionT | RowProblem],
    ) -> None:
        rows = rows_of(path, layout)
        while batch := await self._read(path, partial(_batch, rows, description_of)):
            problems = [each for each in batch if isinstance(each, RowProblem)]
            for problem in problems:
                scan.reject(f"line {problem.line} of {os.path.basename(path)}", problem.problem)
            kind = Kind.PERSON if layout is self._layout else Kind.TEAM
            await scan.keep(kind, [each.key for each in problems if each.key])
            scan.is_complete &= all(each.key for each in problems)
            await scan.add(
                [each for each in batch if isinstance(each, PersonDescription)],
                [each for each in batch if isinstance(each, TeamDescription)],
            )

    async def _read(self, path: str, call: Callable[[], T]) -> T:
        try:
            return await trio.to_thread.run_sync(call)
        except FileChangedError:
            raise RefreshPostponedError(messages.FILE_CHANGED, connector=self.connector_name, path=path) from None
        except FileNotWholeError as error:
            raise ThirdPartyUnavailableError(
                messages.FILE_NOT_WHOLE, connector=self.connector_name, path=path, problem=error
            ) from None
        except OSError as error:
            cause = error.strerror or type(error).__name__
            raise ThirdPartyUnavailableError(
                messages.FILE_NOT_AVAILABLE, connector=self.connector_name, path=path, cause=cause
            ) from error

    def read_settings(self) -> None:
        """Read and check the settings."""
        teams = self.context.setting("teamsFile")
        self._teams = self._path("teamsFile", teams) if teams is not None else ""
        self._archive = self.context.is_set("archiveLeavers")
        delimiter = self.context.setting("delimiter", ",")
        if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '\r\n" ':
            raise wrong_setting(self.context, "delimiter", "it is not a single character that can be one")
        self._layout = self._columns("columns", PEOPLE_COLUMNS, delimiter)
        self._team_layout = self._columns("teamColumns", TEAM_COLUMNS, delimiter)
        self._people = self._path("endpoint", self.connection.address)
        self._organization = required_text_setting(self.context, "organizationName", self._people)

    def _columns(self, setting: str, names: Sequence[str], delimiter: str) -> Layout:
        given = self.context.setting(setting, {})
        if not isinstance(given, dict) or not all(isinstance(each, str) and each for each in given.values()):
            raise wrong_setting(self.context, setting, "it does not give the header of each column")
        if unknown := sorted(given.keys() - set(names)):
            raise wrong_setting(
                self.context, setting, f"it names {', '.join(unknown)}; the columns are {', '.join(names)}"
            )
        headers = {name: given.get(name, name) for name in names}
        if len(set(headers.values())) != len(headers):
            raise wrong_setting(self.context, setting, "it gives two columns the same header")
        columns = {header: name for name, header in headers.items()}
        return Layout(columns=columns, required="id", delimiter=delimiter)

    def _path(self, setting: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            raise wrong_setting(self.context, setting, "it is not the path of a file")
        return os.path.abspath(value.removeprefix("file://"))

    def _require_file(self) -> None:
        for setting, path in (("endpoint", self._people), ("teamsFile", self._teams)):
            if path and os.path.isdir(path):
                raise wrong_setting(self.context, setting, f"{path} is a directory")


def _batch(
    rows: Iterator[Row], description_of: Callable[[Row], DescriptionT | RowProblem]
) -> list[DescriptionT | RowProblem]:
    return [description_of(row) for row in islice(rows, ROWS_AT_ONCE)]
