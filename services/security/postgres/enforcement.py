"""One comparison of a database with the requested protection: read, plan, then apply and check in one transaction.

    alone? ─▶ read ─▶ plan ─▶ begin ─▶ each step at a savepoint ─▶ check what each role can read ─▶ commit

A failed step is rolled back by itself, so a table that another user has dropped or locked does not affect other tables.
The number of locks of a server is limited; if it is too small for all steps, the remaining steps run in another
transaction. All calls block, for as long as the time limits of the statements allow.
"""

from collections.abc import Callable, Collection, Sequence

import msgspec
import psycopg
from psycopg.sql import SQL, Composable, Literal

from services.postgres.connection import BoundedConnection
from services.security.postgres.desired import TABLE, DesiredTable
from services.security.postgres.exposures import Answer, Question, answers_to, exposures
from services.security.postgres.observed import CreatedRecord, Kind, ObservedState, ObservedTable
from services.security.postgres.plan import DesiredTables, plan_of, released_tables
from services.security.postgres.reading import Place, Reader
from services.security.postgres.record import RecordTable
from services.security.postgres.rules import ProtectionMapping
from services.security.postgres.statements import as_text
from services.security.postgres.step import RecordChange, Refusal, Step
from services.security.postgres.view_plan import view_place

MAX_LOCK_FAILURES = 10
"""Maximum number of steps that fail because another session holds a lock; then the rest is left to the next refresh."""
STEPS_BETWEEN_LOCK_CHECKS = 200
"""Steps between checks of the number of locks."""
_SAVEPOINT = SQL("SAVEPOINT step")
"""Sent before the message with the statements of a step."""
_LOCK_NOT_AVAILABLE = "55P03"
_HAS_ROOM = """
SELECT count(*) < current_setting('max_locks_per_transaction')::int
                  * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) / 2
FROM pg_locks WHERE pid = pg_backend_pid()
"""
"""True if this transaction holds at most half of the locks that all transactions of the server can hold."""
_KEY = "hashtextextended('integration_daemon.protection', 0)"
_LOCK = f"SELECT pg_advisory_lock({_KEY})"
_IS_HELD_BY_CONNECTOR = f"""
SELECT EXISTS (
    SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_roles r ON r.oid = a.usesysid
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database()
      AND (l.classid::bigint << 32) | l.objid::bigint = {_KEY} AND (r.rolname = current_user OR r.rolsuper)
)
"""
"""True if the lock is held by this user or a superuser. Any user can take the lock; other users are ignored."""


class ConcurrentRunError(Exception):
    """Another connector is changing the protection of this database."""


class ComparisonOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of one comparison."""

    connector: str
    mapping: ProtectionMapping
    record_schema: str
    lock_timeout: float
    """Seconds."""
    reverts_drift: bool
    """True if changes by other users are reverted; false if they are only reported."""
    is_dry: bool
    stop: Callable[[], None]
    """Raises an exception if the comparison is to end."""
    may_release: Callable[[Sequence[Place], int], Collection[Place]]
    """Selects the tables that may be restored now, from the tables without a request and the number of all changed
    tables."""


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was taken, or that a dry run would take."""

    subject: str
    statements: list[str]
    changed_by_others: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The requested and the actual access of a role to an element."""

    guid: str
    qualified_name: str
    role: str
    requested: str
    actual: str


class Result(msgspec.Struct, kw_only=True):
    """The result of a comparison."""

    done: list[PlannedStep] = []
    drift: list[PlannedStep] = []
    """Steps that would revert changes by other users, which are only reported."""
    failed: list[Refusal] = []
    refused: list[Refusal] = []
    exposed: list[Refusal] = []
    states: list[State] = []
    postponed: int = 0
    """Steps that were left to the next refresh."""


class Enforcement:
    """One comparison, in a transaction of this connection."""

    def __init__(self, connection: BoundedConnection, options: ComparisonOptions) -> None:
        self._connection = connection
        self._options = options
        self._reader = Reader(connection, options.mapping.roles())
        self._record = RecordTable(connection, options.record_schema, options.connector)
        self._result = Result()
        self._allowed: Collection[Place] | None = None

    def run(self, desired_tables: DesiredTables) -> Result:
        """Compare and apply the differences.

        Raises `ConcurrentRunError`, `UntrustedRecordError` and `psycopg.Error`.
        """
        self._connection.autocommit = True  # reading holds no locks
        self._connection.execute(SQL("SET lock_timeout = {}").format(Literal(int(self._options.lock_timeout * 1000))))
        if not self._options.is_dry:
            self._lock()
        while not self._is_complete(desired_tables):
            self._options.stop()
        return self._result

    def _lock(self) -> None:
        """Take an advisory lock, which is held until the server notices that the connection is closed.

        Connectors with different users may run at the same time; steps that fail then are repeated by the next refresh.
        """
        try:
            self._connection.execute(_LOCK)
        except psycopg.errors.LockNotAvailable:
            if self._connection.execute(_IS_HELD_BY_CONNECTOR).fetchone() == (True,):
                raise ConcurrentRunError from None

    def _is_complete(self, desired_tables: DesiredTables) -> bool:
        """Compare and apply in one transaction; false if the server has no room for the locks of the rest."""
        options, result = self._options, self._result
        observed = self._read(desired_tables)
        plan = plan_of(
            desired_tables,
            observed,
            options.mapping,
            keep=self._retained(released_tables(desired_tables, observed), observed),
        )
        result.refused = plan.refusals
        steps = [each for each in plan.steps if options.reverts_drift or not each.changed_by_others]
        result.drift = [_planned(each) for each in plan.steps if each.changed_by_others and not options.reverts_drift]
        if options.is_dry:
            wanted = [_planned(each) for each in steps if each.statements]
            result.done = [*self._creation(), *wanted] if steps else []
            return True
        with self._connection.transaction():
            is_complete = self._apply(steps, plan.stale)
            if is_complete:
                self._check(desired_tables, observed)
        return is_complete

    def _retained(self, released: list[Place], observed: ObservedState) -> frozenset[Place]:
        """The tables that may not be restored now; decided once."""
        if self._allowed is None and released:
            self._allowed = self._options.may_release(released, len(observed.records))
        return frozenset(released).difference(self._allowed or ())

    def _read(self, desired_tables: DesiredTables) -> ObservedState:
        records = self._record.read()
        schemas = self._options.mapping.masking_schemas
        places = {
            view_place(schemas, role, key[1])
            for key, desired in desired_tables.items()
            for role in desired.masks
            if role in schemas
        }
        for each in records.values():
            for record in each.by_key.values():
                if isinstance(record, CreatedRecord) and record.schema:
                    places.add((record.schema, record.name))
        return self._reader.read(desired_tables.keys(), places, records)

    def _creation(self) -> list[PlannedStep]:
        made = [as_text(each) for each in self._record.creation]
        return [PlannedStep(subject="the record of this connector", statements=made)] if made else []

    def _apply(self, steps: list[Step], stale: list[int]) -> bool:
        """Take the steps; false if the locks of the rest need another transaction."""
        if steps:
            self._result.done += self._creation()
            for statement in self._record.creation:
                self._connection.execute(statement)
        if stale:
            self._record.forget(stale)
        self._update_records([each for each in steps if not each.statements])
        return self._take_all([each for each in steps if each.statements])

    def _take_all(self, steps: list[Step]) -> bool:
        result, waited, done = self._result, 0, len(self._result.done)
        result.failed = []
        self._run(_SAVEPOINT)
        for number, step in enumerate(steps):
            self._options.stop()
            has_room = number % STEPS_BETWEEN_LOCK_CHECKS or not number or self._has_room()
            if not has_room and len(result.done) > done:
                return False
            if not has_room or waited >= MAX_LOCK_FAILURES:
                result.postponed = len(steps) - number
                return True
            waited += self._take(step)
        return True

    def _has_room(self) -> bool:
        return self._connection.execute(_HAS_ROOM).fetchone() == (True,)

    def _update_records(self, steps: list[Step]) -> None:
        for step in steps:
            for statement in self._record.writing(step.table.oid, step.record_changes):
                self._connection.execute(statement)

    def _take(self, step: Step) -> bool:
        """Take one step, or roll it back; true if it has waited too long for a lock."""
        connection = self._connection
        try:
            self._run(*step.statements)
            record_changes = [self._with_definition(step.table, each) for each in step.record_changes]
            self._run(*self._record.writing(step.table.oid, record_changes), SQL("RELEASE SAVEPOINT step"), _SAVEPOINT)
        except psycopg.Error as error:
            if connection.closed:
                raise
            self._run(SQL("ROLLBACK TO SAVEPOINT step"))
            self._result.failed.append(Refusal(step.subject, _cause(error)))
            return error.sqlstate == _LOCK_NOT_AVAILABLE
        self._result.done.append(_planned(step))
        return False

    def _run(self, *made: Composable) -> None:
        """Run statements in one message to the server, which runs none of them if one is not valid SQL."""
        self._connection.execute(SQL("; ").join(made))

    def _with_definition(self, table: ObservedTable, change: RecordChange) -> RecordChange:
        """The record of a policy or view, with its current definition in PostgreSQL."""
        record = change.record
        if not isinstance(record, CreatedRecord):
            return change
        if change.kind is Kind.POLICY:
            found = {name: definition for _, name, definition in self._reader.policies([table.oid])}
            return change._replace(record=msgspec.structs.replace(record, definition=found[record.name]))
        place = record.schema, record.name
        view = self._reader.views([place])[place]
        return change._replace(record=msgspec.structs.replace(record, definition=view.fingerprint, oid=view.oid))

    def _check(self, desired_tables: DesiredTables, observed: ObservedState) -> None:
        questions, elements, filtered = [], [], []
        for key in desired_tables.keys() & observed.tables.keys():
            filtered += _filtered(observed.tables[key], desired_tables[key], observed)
            for question, guid, name, requested in _questions(observed.tables[key], desired_tables[key], observed):
                questions.append(question)
                elements.append((guid, name, requested))
        answers = answers_to(self._connection, questions)
        own_views = [record.oid for each in self._record.read().values() for record in each.views()]
        self._result.exposed = exposures(self._connection, questions, answers, filtered, own_views)
        self._result.states = [
            State(guid=guid, qualified_name=name, role=question.role, requested=requested, actual=_actual(answer))
            for question, answer, (guid, name, requested) in zip(questions, answers, elements, strict=True)
        ]


def _questions(
    table: ObservedTable, desired: DesiredTable, observed: ObservedState
) -> list[tuple[Question, str, str, str]]:
    """The question for each element and role, with the element's GUID and name and the requested access."""
    found = []
    roles = sorted({*desired.forbidden, *desired.granted, *desired.filters} & observed.roles.keys())
    for column, (guid, name) in desired.elements.items():
        if column != TABLE and column not in table.columns:
            continue
        for role in roles:
            if requested := _requested(desired, role, column):
                is_forbidden = requested in ("DENIED", "MASKED") and not _is_refused(role, table, observed)
                found.append((Question(table.oid, table.path, column, role, is_forbidden), guid, name, requested))
    return found


def _filtered(table: ObservedTable, desired: DesiredTable, observed: ObservedState) -> list[Question]:
    """A question for each role that may read only some rows of a table."""
    roles = sorted(desired.filters.keys() & observed.roles.keys())
    kept = [
        each for each in roles if not (_is_refused(each, table, observed) or observed.roles[each].bypasses_row_security)
    ]
    return [Question(table.oid, table.path, TABLE, role, is_filtered=True) for role in kept]


def _requested(desired: DesiredTable, role: str, column: str) -> str:
    """The requested access; empty if none is requested."""
    if desired.is_forbidden(role, column):
        return "DENIED" if desired.mask_of(role, column) is None else "MASKED"
    if column in desired.granted.get(role, ()) or TABLE in desired.granted.get(role, ()):
        return "GRANTED"
    return "FILTERED" if column == TABLE and role in desired.filters else ""


def _is_refused(role: str, table: ObservedTable, observed: ObservedState) -> bool:
    """True if the plan has refused to change the access of a role."""
    return observed.roles[role].is_superuser or role in table.owning


def _actual(answer: Answer) -> str:
    if answer.all:
        return "GRANTED"
    return "PARTLY GRANTED" if answer.some else "DENIED"


def _cause(error: psycopg.Error) -> str:
    cause = " ".join(str(error.diag.message_primary or error).split())
    if "security label provider" in cause:
        return f"{cause}; it must be a module of the server, in its shared_preload_libraries"
    return cause


def _planned(step: Step) -> PlannedStep:
    return PlannedStep(
        subject=step.subject,
        statements=[as_text(each) for each in step.statements],
        changed_by_others=step.changed_by_others,
    )
