"""The connector that enforces the protection of tables and columns in PostgreSQL."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

import trio

from audit.counted import counted
from services.address_password import require_no_password
from services.errors import (
    ConnectorConfigurationError,
    RefreshPostponedError,
    ThirdPartyUnavailableError,
    UserNotAuthorizedError,
)
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.settings import wrong_setting
from services.metadata.removal import NAMED, CompletedScan, DefaultRemovalPolicy
from services.metadata.table_names import SEPARATOR
from services.security.postgres import messages
from services.security.postgres.desired import desired_of
from services.security.postgres.requested_protection import catalogued_of, is_catalogued, requested_protection_of
from services.security.postgres.rules import mapping_of
from services.security.protection import PROTECTED
from services.security.service import SecurityIntegratorConnector

if TYPE_CHECKING:  # they need the driver, which is an extra
    from services.postgres.connection import BoundedConnection
    from services.security.postgres.enforcement import ComparisonOptions, Result
    from services.security.postgres.reading import Place

CALLS_AT_ONCE = trio.CapacityLimiter(16)
"""Threads only for databases, so that a database that hangs delays no other work."""
LOCK_TIMEOUT, STATEMENT_TIMEOUT = 5.0, 60.0
RECORD_SCHEMA = "integration_daemon"
_MEND, _REPORT = "mend", "report"

T = TypeVar("T")


class PostgresSecurity(SecurityIntegratorConnector):
    """Grants and revokes privileges, filters rows, masks columns and sets comments, by rules on the protection.

    Only configured roles and catalogued tables are changed. All steps are planned first, and then applied in one
    transaction.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Applies protection in open metadata to PostgreSQL.",
        exchange=Exchange(
            directions=(PermittedSynchronization.TO_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="To connect; a schema of its own for the record of its changes; membership of the roles "
            "that own the tables and of no others.",
            reads=PROTECTED,
            writes="SecurityGroup, AssociatedSecurityGroup",
            example="protection-in-postgresql.md#an-example",
        ),
        endpoint="a URL without a password: postgresql://host:5432/database, the same as that of the database monitor",
        supposes_sending=True,
        settings=(
            Setting(
                name="rules",
                description="a list of rules, each with when and then; an empty list reverts all earlier changes",
            ),
            Setting(name="groups", description="the role of each access group of SecurityTags"),
            Setting(name="maskingSchemas", description="the schema of the masking views of each role"),
            Setting(
                name="onDrift",
                description="mend: changes by other users are reverted; report: they are only reported",
                default=_MEND,
            ),
            Setting(
                name="recordSchema",
                description="the schema in which the connector records its changes",
                default=RECORD_SCHEMA,
            ),
            Setting(
                name="lockTimeoutSeconds",
                description="maximum time in seconds that a statement waits for a lock",
                default=LOCK_TIMEOUT,
            ),
            Setting(
                name="statementTimeoutSeconds",
                description="maximum time in seconds that the server may spend on one statement",
                default=STATEMENT_TIMEOUT,
            ),
        ),
    )

    async def start(self) -> None:
        """Check the settings."""
        await trio.to_thread.run_sync(self.read_settings)
        from services.security.postgres.reporting import ResultReporter

        self._reporter = ResultReporter(self.context, self._path)
        self._policy = DefaultRemovalPolicy(self.context.settings.safety)
        self.context.audit_log.record(
            messages.CONFIGURED,
            connector=self.connector_name,
            database=self._path,
            user=self._address.user,
            roles=", ".join(sorted(self._mapping.roles())),
        )

    async def refresh(self) -> None:
        """Compare the database with open metadata, apply the differences, and catalogue the access of the roles."""
        requested = await requested_protection_of(self.context, self._path)
        self._is_catalogued = bool(requested) or await is_catalogued(self.context, self._path)
        self._unknown: list[str] = []
        desired_tables, options = desired_of(requested, self._mapping, self._path), self._options()

        def enforce(connection: "BoundedConnection") -> "Result":
            from services.security.postgres.enforcement import Enforcement

            return Enforcement(connection, options).run(desired_tables)

        result = await self._connected(enforce)
        if options.is_dry:
            for each in result.done:
                for statement in each.statements:
                    self.context.supposes_to_send(statement)
            return
        self._reporter.report(result, is_catalogued=self._is_catalogued, unknown=self._unknown)
        if self.context.settings.permitted_synchronization.allows_metadata_changes:
            from services.security.postgres.access_cataloguing import catalogue_states

            await catalogue_states(self.context, self._path, result.states)

    async def probe(self) -> str:
        """The number of configured roles that exist, and the missing ones."""
        await trio.to_thread.run_sync(self.read_settings)
        roles = sorted(self._mapping.roles() - {"PUBLIC"})

        def look(connection: "BoundedConnection") -> list[str]:
            sql = "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) ORDER BY 1"
            return [name for (name,) in connection.execute(sql, (roles,))]

        found = await self._connected(look)
        missing = sorted(set(roles) - set(found))
        text = f"{self._path}: {len(found)} of {counted(len(roles), 'role')}"
        return text + (f"; there is no {', '.join(missing)}" if missing else "")

    def _options(self) -> "ComparisonOptions":
        from services.security.postgres.enforcement import ComparisonOptions

        return ComparisonOptions(
            connector=self.connector_name,
            mapping=self._mapping,
            record_schema=self._record_schema,
            lock_timeout=self._lock_timeout,
            reverts_drift=self._reverts_drift,
            is_dry=self.context.is_dry_run,
            stop=trio.from_thread.check_cancelled,
            may_release=self._may_release,
        )

    def _may_release(self, released: "Sequence[Place]", known: int) -> "Collection[Place]":
        """Have the deletion safety decide, since protection may be missing in open metadata by mistake.

        A table is not released if it or the database is not catalogued: open metadata then has no protection for it.
        """
        if not self._is_catalogued:
            return ()
        catalogued = trio.from_thread.run(catalogued_of, self.context, self._path, released)
        self._unknown = [".".join(each) for each in released if each not in catalogued]
        missing = {".".join(each): each for each in released if each in catalogued}
        if not missing:
            return ()
        most = self.context.settings.safety.most
        scan = CompletedScan(
            scope=self._path + SEPARATOR,
            seen=known - len(missing),
            known=known,
            missing_count=len(missing),
            missing=list(missing)[: len(missing) if len(missing) <= most else NAMED],
        )
        allowed = trio.from_thread.run((self.context.host or self._policy).scan_completed, scan)
        return [missing[each] for each in (missing if allowed is None else allowed)]

    async def _connected(self, use: "Callable[[BoundedConnection], T]") -> T:
        """Use a connection on a worker thread; a cancelled call ends before its next statement."""
        from services.postgres.opening import connect

        secret = self.connection.clear_password

        def call() -> T:
            with self._explained():
                password = None if secret is None else secret.reveal()
                connection = connect(self._address, password, self._statement_timeout, read_only=False)
                try:
                    return use(connection)
                finally:
                    connection.close()

        return await trio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=CALLS_AT_ONCE)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Convert errors in the block to those of the connector."""
        import psycopg

        from services.postgres.opening import Trouble, trouble_of
        from services.security.postgres.enforcement import ConcurrentRunError
        from services.security.postgres.record import UntrustedRecordError

        address, name = self._address, self.connector_name
        try:
            yield
        except psycopg.Error as error:
            trouble, cause = trouble_of(error)
            if trouble is Trouble.NO_SUCH_DATABASE:
                raise ConnectorConfigurationError(messages.DATABASE_NOT_FOUND, address=address, cause=cause) from None
            if trouble in (Trouble.LOGIN_REFUSED, Trouble.NOT_PERMITTED):
                refused = messages.NOT_PERMITTED
                raise UserNotAuthorizedError(refused, address=address, user=address.user, cause=cause) from None
            raise ThirdPartyUnavailableError(messages.NOT_AVAILABLE, address=address, cause=cause) from None
        except UntrustedRecordError as error:
            raise UserNotAuthorizedError(
                messages.UNTRUSTED_RECORD, address=address, user=address.user, table=str(error), connector=name
            ) from None
        except ConcurrentRunError:
            raise RefreshPostponedError(messages.CONCURRENT_RUN, address=address, connector=name) from None

    def read_settings(self) -> None:
        """Read and check the settings."""
        if find_spec("psycopg") is None:
            raise ConnectorConfigurationError(messages.DRIVER_MISSING, connector=self.connector_name)
        setting = self.context.setting
        on_drift, schema = setting("onDrift", _MEND), setting("recordSchema", RECORD_SCHEMA)
        if on_drift not in (_MEND, _REPORT):
            raise wrong_setting(self.context, "onDrift", f"it is neither {_MEND} nor {_REPORT}")
        if not isinstance(schema, str) or not schema or "\x00" in schema:
            raise wrong_setting(self.context, "recordSchema", "it is not the name of a schema")
        self._reverts_drift, self._record_schema = on_drift == _MEND, schema
        self._lock_timeout = self._seconds("lockTimeoutSeconds", LOCK_TIMEOUT)
        self._statement_timeout = self._seconds("statementTimeoutSeconds", STATEMENT_TIMEOUT)
        try:
            self._mapping = mapping_of(setting("rules"), setting("groups"), setting("maskingSchemas"))
        except ValueError as error:
            raise wrong_setting(self.context, "rules", error) from None
        self._read_address()

    def _read_address(self) -> None:
        from services.postgres.address import postgres_address, require_allowed_address

        address = (self.connection.address or "").removeprefix("jdbc:")
        try:
            require_no_password(address)
            if not address.startswith(("postgresql:", "postgres:")):
                raise ValueError("it does not begin with postgresql:")
            self._address = postgres_address(address, self.connection.user_id)
            if self._address.database is None:
                raise ValueError("it names no database")
        except ValueError as error:
            raise ConnectorConfigurationError(
                messages.ADDRESS_NOT_UNDERSTOOD, connector=self.connector_name, problem=error
            ) from None
        require_allowed_address(self.context, self._address)
        self._path = str(self._address)

    def _seconds(self, name: str, default: float) -> float:
        value: Any = self.context.setting(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 86_400:
            raise wrong_setting(self.context, name, "it is not a number of seconds above 0")
        return float(value)
