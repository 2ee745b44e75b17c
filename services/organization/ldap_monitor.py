"""The connector that catalogues people and teams of LDAP directories."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec
from typing import Any, TypeVar

import msgspec
import trio

from audit.masking import masked_text
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.settings import number_setting, required_text_setting, wrong_setting
from services.organization import messages
from services.organization.activity import FACTS
from services.organization.ldap_activity import ActivitySender, activity_attributes
from services.organization.ldap_address import Address, address_of
from services.organization.ldap_directory import (
    DirectoryError,
    EntryNotFoundError,
    RefusedError,
    Search,
    WritableDirectory,
)
from services.organization.ldap_mapping import MAPPINGS, EntryReader
from services.organization.ldap_reading import DirectorySnapshot, Plan, Reading, close
from services.organization.mapping import WRITTEN, Naming
from services.organization.service import OrganizationIntegratorConnector
from services.organization.staging import Kind

CALLS_AT_ONCE = trio.CapacityLimiter(32)
"""Threads only for directories, so that a directory that hangs delays no other work."""
TIMEOUT, PAGE_SIZE, FULL_SCAN_HOURS = 30.0, 500, 24

T = TypeVar("T")


class LDAPMonitor(OrganizationIntegratorConnector):
    """Catalogues the people and groups of a directory, page by page.

    If the directory supports content synchronization (RFC 4533), only changes are read from the second refresh on.

    A failed search changes nothing: neither a broken page nor a size limit of the server is taken for people who left.
    Memory use does not grow with the number of people. Referrals are not followed.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Catalogues people and groups of LDAP directories.",
        exchange=Exchange(
            directions=(
                PermittedSynchronization.FROM_THIRD_PARTY,
                PermittedSynchronization.TO_THIRD_PARTY,
                PermittedSynchronization.BOTH_DIRECTIONS,
            ),
            rights="To search below the entry of the URL and to read the attributes of the mapping; to write those of "
            "activityAttributes.",
            reads="ContributionRecord, Contributor",
            writes=WRITTEN,
            example="organization.md#from-a-directory",
        ),
        endpoint="a URL with the entry to begin at: ldaps://host:636/dc=example,dc=org, or ldap://",
        settings=(
            Setting(name="mapping", description="the schema: posix or active-directory", default="posix"),
            Setting(name="startTls", description="true: ldap:// changes to TLS before anything is sent", default=False),
            Setting(name="caFile", description="a file of certificate authorities; none: those of the system"),
            Setting(name="peopleBase", description="the entry below which people are; none: that of the URL"),
            Setting(name="teamsBase", description="the entry below which groups are; none: that of the URL"),
            Setting(name="peopleFilter", description="an LDAP filter for people; none: that of the mapping"),
            Setting(name="teamsFilter", description="an LDAP filter for groups; none: that of the mapping"),
            Setting(name="peopleAttributes", description="attributes of people that differ from the mapping"),
            Setting(name="teamAttributes", description="attributes of teams that differ from the mapping"),
            Setting(name="pageSize", description="number of entries in one page", default=PAGE_SIZE),
            Setting(name="timeoutSeconds", description="seconds that the server has for one page", default=TIMEOUT),
            Setting(
                name="fullScanHours",
                description="hours after which all entries are read again, if the directory lists changes; "
                "0: all entries are read at each refresh",
                default=FULL_SCAN_HOURS,
            ),
            Setting(
                name="activityAttributes",
                description="the attribute of people to which each fact about their activity is written: "
                f"{', '.join(FACTS)}",
            ),
            Setting(
                name="organizationName",
                description="the name of the organization in qualified names; none: the entry of the URL",
            ),
            Setting(
                name="archiveLeavers",
                description="true: people who have left are archived as well; false: only their appointments end",
                default=False,
            ),
        ),
        supposes_sending=True,
    )

    _snapshot: DirectorySnapshot | None = None
    _logged_reason = ""
    _unresolved: tuple[int, list[str]] = 0, []

    async def start(self) -> None:
        """Check the settings."""
        await trio.to_thread.run_sync(self.read_settings)
        self.context.audit_log.record(
            messages.CONFIGURED, connector=self.connector_name, source=f"{self._address.base} at {self._address}"
        )

    async def refresh(self) -> None:
        """Read all people and groups, or their changes since the last refresh, and apply the differences."""
        is_dry_run = self.context.is_dry_run  # a dry run keeps no state for the next refresh
        before = None if is_dry_run else self._snapshot
        async with self._opened() as directory:
            reading = Reading(self._plan, directory, self._call)
            snapshot = await reading.begin(before)
            if not is_dry_run:
                self._snapshot = None  # an interrupted refresh leaves no state for the next
            try:
                if snapshot is not before:
                    await close(before)
                async with self.context.organization_scan(
                    self._organization,
                    archive_leavers=self._archive,
                    staging=snapshot.staging,
                    catalogues=self._catalogues,
                ) as scan:
                    scan.usual_unresolved = self._unresolved
                    await reading.read(scan, snapshot)
                    directory.close()  # before the catalogue is compared
                    self._report(reading)
                    if snapshot.cookies and not is_dry_run:
                        self._snapshot = snapshot
                self._unresolved = scan.usual_unresolved
                if snapshot.activity is not None:
                    sender = ActivitySender(self.context, Naming(self._organization), snapshot.activity, self._call)
                    await sender.send(partial(self._opened, writes=True))
            finally:
                if self._snapshot is not snapshot:
                    await close(snapshot)

    async def disconnect(self) -> None:
        """Remove the state kept for the next refresh."""
        snapshot, self._snapshot = self._snapshot, None
        await close(snapshot)

    async def probe(self) -> str:
        """The numbers of people and groups on the first page."""
        await trio.to_thread.run_sync(self.read_settings)
        async with self._opened() as directory:
            found = []
            for kind, plural in ((Kind.PERSON, "people"), (Kind.TEAM, "groups")):
                if (search := self._plan.searches.get(kind)) is None:
                    continue
                page = await self._call(partial(directory.page, search, self._plan.page_size, b""))
                found.append(f"{len(page.entries)}{' or more' if page.cookie else ''} {plural}")
        return f"{self._address.base}: {', '.join(found)}"

    def _report(self, reading: Reading) -> None:
        """Log ignored referrals, and a new reason for a full scan."""
        log, name = self.context.audit_log, self.connector_name
        if reading.references:
            log.record(messages.REFERRALS_IGNORED, connector=name, number=reading.references, base=self._address.base)
        if reading.reason and reading.reason != self._logged_reason:
            log.record(messages.EVERYTHING_READ, connector=name, address=self._address, reason=reading.reason)
        self._logged_reason = reading.reason

    @asynccontextmanager
    async def _opened(self, *, writes: bool = False) -> AsyncIterator[WritableDirectory]:
        from services.organization.ldap3_directory import Ldap3Directory

        secret = self.connection.clear_password
        settings = self._address.connection_settings(self._timeout, self.connection.user_id or "")
        directory = Ldap3Directory(settings, writes=writes)
        try:
            await self._call(lambda: directory.open(None if secret is None else secret.reveal()))
            yield directory
        finally:
            directory.close()

    async def _call(self, call: Callable[[], T]) -> T:
        """Call a function that waits for the directory, on a thread and for a limited time."""
        try:
            with trio.fail_after(self._timeout):
                return await trio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=CALLS_AT_ONCE)
        except trio.TooSlowError:
            raise self._failed(messages.DIRECTORY_NOT_AVAILABLE, "it has not answered in time") from None
        except RefusedError as error:
            raise UserNotAuthorizedError(
                messages.DIRECTORY_REFUSED,
                connector=self.connector_name,
                address=self._address,
                user=self.connection.user_id or "anonymous",
                cause=error,
            ) from None
        except EntryNotFoundError as error:
            raise wrong_setting(
                self.context, "endpoint", f"there is no such entry in the directory, or it is hidden: {error}"
            ) from None
        except DirectoryError as error:
            raise self._failed(messages.DIRECTORY_NOT_AVAILABLE, error) from error

    def _failed(self, message: Any, cause: object) -> ThirdPartyUnavailableError:
        return ThirdPartyUnavailableError(
            message, connector=self.connector_name, address=self._address, cause=masked_text(str(cause))
        )

    def read_settings(self) -> None:
        """Read and check the settings. Blocks on the file of certificate authorities."""
        if find_spec("ldap3") is None:
            raise ConnectorConfigurationError(messages.LDAP_LIBRARY_MISSING, connector=self.connector_name)
        try:
            self._address: Address = address_of(self.context)
        except ValueError as error:
            raise wrong_setting(self.context, "endpoint", str(error)) from None
        self._archive = self.context.is_set("archiveLeavers")
        self._timeout = self._number("timeoutSeconds", TIMEOUT)
        self._organization = self._text("organizationName", self._address.base)
        name = self._text("mapping", "posix")
        if name not in MAPPINGS:
            raise wrong_setting(self.context, "mapping", f"it is none of {', '.join(MAPPINGS)}")
        mapping = MAPPINGS[name]
        people = self._attributes("peopleAttributes", mapping.people)
        teams = self._attributes("teamAttributes", mapping.teams)
        activity = self._activity(people, teams)
        permitted = self.context.settings.permitted_synchronization
        self._catalogues = permitted.allows_metadata_changes or not activity
        searches = {Kind.PERSON: self._search("people", mapping.people_filter, people)}
        if self._catalogues:
            searches[Kind.TEAM] = self._search("teams", mapping.teams_filter, teams)
        self._plan = Plan(
            searches=searches,
            activity=activity,
            reader=EntryReader(msgspec.structs.replace(mapping, people=people, teams=teams)),
            page_size=int(self._number("pageSize", PAGE_SIZE)),
            reads_all_after=3600 * self._number("fullScanHours", FULL_SCAN_HOURS, least=0),
        )

    def _activity(self, *read: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
        """The attributes that are written, by fact."""
        setting = self.context.setting("activityAttributes", {})
        try:
            found = activity_attributes(setting, [name for each in read for names in each.values() for name in names])
        except ValueError as error:
            raise wrong_setting(self.context, "activityAttributes", str(error)) from None
        if found and not self.context.settings.permitted_synchronization.allows_third_party_changes:
            raise wrong_setting(
                self.context, "activityAttributes", "permittedSynchronization does not permit changes of the directory"
            )
        return found

    def _search(self, plural: str, usual: str, attributes: Mapping[str, Sequence[str]]) -> Search:
        return Search(
            base=self._text(f"{plural}Base", self._address.base),
            filter=self._text(f"{plural}Filter", usual),
            attributes=sorted({name for names in attributes.values() for name in names}),
        )

    def _attributes(self, setting: str, usual: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        try:
            given = msgspec.convert(self.context.setting(setting, {}), dict[str, str | list[str]])
        except msgspec.ValidationError:
            raise wrong_setting(
                self.context, setting, "it does not give an attribute, or a list of them, for each property"
            ) from None
        if unknown := sorted(given.keys() - usual.keys()):
            raise wrong_setting(
                self.context, setting, f"it names {', '.join(unknown)}; the properties are {', '.join(usual)}"
            )
        return {**usual, **{name: [each] if isinstance(each, str) else each for name, each in given.items()}}

    def _text(self, setting: str, default: str) -> str:
        return required_text_setting(self.context, setting, default)

    def _number(self, setting: str, default: float, least: int = 1) -> float:
        return number_setting(self.context, setting, default, least=least, most=100_000)
