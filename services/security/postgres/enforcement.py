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
from services.security.postgres.exposures import Answer, Question, answers_to, exposures
from services.security.postgres.plan import Wishes, plan_of, released_tables
from services.security.postgres.reading import Place, Reader
from services.security.postgres.record import RecordTable
from services.security.postgres.rules import ProtectionMapping
from services.security.postgres.statements import as_text
from services.security.postgres.step import Refusal, Remember, Step
from services.security.postgres.there import Kind, MadeRecord, TableThere, There
from services.security.postgres.view_plan import view_place
from services.security.postgres.wishes import TABLE, TableWish

LOCKS_WAITED_FOR = 10
"""Maximum number of steps that fail because another session holds a lock; then the rest is left to the next refresh."""
STEPS_BETWEEN_LOOKS = 200
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
_ALONE = f"SELECT pg_advisory_lock({_KEY})"
_IS_ONE_OF_US = f"""
SELECT EXISTS (
    SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_roles r ON r.oid = a.usesysid
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database()
      AND (l.classid::bigint << 32) | l.objid::bigint = {_KEY} AND (r.rolname = current_user OR r.rolsuper)
)
"""
"""True if the lock is held by this user or a superuser. Any user can take the lock; other users are ignored."""


class AnotherAtWorkError(Exception):
    """Another connector is changing the protection of this database."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of one comparison."""

    connector: str
    mapping: ProtectionMapping
    record_schema: str
    lock_timeout: float
    """Seconds."""
    mends: bool
    """True if changes by other users are reverted; false if they are only reported."""
    is_dry: bool
    stop: Callable[[], None]
    """Raises an exception if the comparison is to end."""
    may_release: Callable[[Sequence[Place], int], Collection[Place]]
    """Selects the tables that may be restored now, from the tables without a request and the number of all changed
    tables."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
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

    done: list[Done] = []
    left: list[Done] = []
    """Steps that would revert changes by other users, which are only reported."""
    failed: list[Refusal] = []
    refused: list[Refusal] = []
    exposed: list[Refusal] = []
    states: list[State] = []
    not_tried: int = 0
    """Steps that were left to the next refresh."""


class Enforcement:
    """One comparison, in a transaction of this connection."""

    def __init__(self, connection: BoundedConnection, task: Task) -> None:
        self._connection = connection
        self._task = task
        self._reader = Reader(connection, task.mapping.roles())
        self._record = RecordTable(connection, task.record_schema, task.connector)
        self._result = Result()
        self._allowed: Collection[Place] | None = None

    def run(self, wishes: Wishes) -> Result:
        """Compare, and apply the differences; raises `AnotherAtWorkError`, `RecordNotOursError` and `psycopg.Error`."""
        self._connection.autocommit = True  # reading holds no locks
        self._connection.execute(SQL("SET lock_timeout = {}").format(Literal(int(self._task.lock_timeout * 1000))))
        if not self._task.is_dry:
            self._lock()
        while not self._is_complete(wishes):
            self._task.stop()
        return self._result

    def _lock(self) -> None:
        """Take an advisory lock, which is held until the server notices that the connection is closed.

        Connectors with different users may run at the same time; steps that fail then are repeated by the next refresh.
        """
        try:
            self._connection.execute(_ALONE)
        except psycopg.errors.LockNotAvailable:
            if self._connection.execute(_IS_ONE_OF_US).fetchone() == (True,):
                raise AnotherAtWorkError from None

    def _is_complete(self, wishes: Wishes) -> bool:
        """Compare and apply in one transaction; false if the server has no room for the locks of the rest."""
        task, result = self._task, self._result
        there = self._read(wishes)
        plan = plan_of(wishes, there, task.mapping, keep=self._kept(released_tables(wishes, there), there))
        result.refused = plan.refusals
        steps = [each for each in plan.steps if task.mends or not each.changed_by_others]
        result.left = [_done(each) for each in plan.steps if each.changed_by_others and not task.mends]
        if task.is_dry:
            wanted = [_done(each) for each in steps if each.statements]
            result.done = [*self._creation(), *wanted] if steps else []
            return True
        with self._connection.transaction():
            is_complete = self._apply(steps, plan.stale)
            if is_complete:
                self._check(wishes, there)
        return is_complete

    def _kept(self, released: list[Place], there: There) -> frozenset[Place]:
        """The tables that may not be restored now; decided once."""
        if self._allowed is None and released:
            self._allowed = self._task.may_release(released, len(there.records))
        return frozenset(released).difference(self._allowed or ())

    def _read(self, wishes: Wishes) -> There:
        records = self._record.read()
        schemas = self._task.mapping.masking_schemas
        places = {
            view_place(schemas, role, key[1]) for key, wish in wishes.items() for role in wish.masks if role in schemas
        }
        for each in records.values():
            for record in each.found.values():
                if isinstance(record, MadeRecord) and record.schema:
                    places.add((record.schema, record.name))
        return self._reader.read(wishes.keys(), places, records)

    def _creation(self) -> list[Done]:
        made = [as_text(each) for each in self._record.creation]
        return [Done(subject="the record of this connector", statements=made)] if made else []

    def _apply(self, steps: list[Step], stale: list[int]) -> bool:
        """Take the steps; false if the locks of the rest need another transaction."""
        if steps:
            self._result.done += self._creation()
            for statement in self._record.creation:
                self._connection.execute(statement)
        if stale:
            self._record.forget(stale)
        self._only_remember([each for each in steps if not each.statements])
        return self._take_all([each for each in steps if each.statements])

    def _take_all(self, steps: list[Step]) -> bool:
        result, waited, done = self._result, 0, len(self._result.done)
        result.failed = []
        self._run(_SAVEPOINT)
        for number, step in enumerate(steps):
            self._task.stop()
            has_room = number % STEPS_BETWEEN_LOOKS or not number or self._has_room()
            if not has_room and len(result.done) > done:
                return False
            if not has_room or waited >= LOCKS_WAITED_FOR:
                result.not_tried = len(steps) - number
                return True
            waited += self._take(step)
        return True

    def _has_room(self) -> bool:
        return self._connection.execute(_HAS_ROOM).fetchone() == (True,)

    def _only_remember(self, steps: list[Step]) -> None:
        for step in steps:
            for statement in self._record.writing(step.table.oid, step.remember):
                self._connection.execute(statement)

    def _take(self, step: Step) -> bool:
        """Take one step, or roll it back; true if it has waited too long for a lock."""
        connection = self._connection
        try:
            self._run(*step.statements)
            remember = [self._as_shown(step.table, each) for each in step.remember]
            self._run(*self._record.writing(step.table.oid, remember), SQL("RELEASE SAVEPOINT step"), _SAVEPOINT)
        except psycopg.Error as error:
            if connection.closed:
                raise
            self._run(SQL("ROLLBACK TO SAVEPOINT step"))
            self._result.failed.append(Refusal(step.subject, _cause(error)))
            return error.sqlstate == _LOCK_NOT_AVAILABLE
        self._result.done.append(_done(step))
        return False

    def _run(self, *made: Composable) -> None:
        """Run statements in one message to the server, which runs none of them if one is not valid SQL."""
        self._connection.execute(SQL("; ").join(made))

    def _as_shown(self, table: TableThere, remember: Remember) -> Remember:
        """The record of a policy or view, with its current definition in PostgreSQL."""
        record = remember.record
        if not isinstance(record, MadeRecord):
            return remember
        if remember.kind is Kind.POLICY:
            found = {name: shown for _, name, shown in self._reader.policies([table.oid])}
            return remember._replace(record=msgspec.structs.replace(record, shown=found[record.name]))
        place = record.schema, record.name
        view = self._reader.views([place])[place]
        return remember._replace(record=msgspec.structs.replace(record, shown=view.shown, oid=view.oid))

    def _check(self, wishes: Wishes, there: There) -> None:
        questions, asked, filtered = [], [], []
        for key in wishes.keys() & there.tables.keys():
            filtered += _filtered(there.tables[key], wishes[key], there)
            for question, guid, name, requested in _questions(there.tables[key], wishes[key], there):
                questions.append(question)
                asked.append((guid, name, requested))
        answers = answers_to(self._connection, questions)
        own_views = [record.oid for each in self._record.read().values() for record in each.views()]
        self._result.exposed = exposures(self._connection, questions, answers, filtered, own_views)
        self._result.states = [
            State(guid=guid, qualified_name=name, role=question.role, requested=requested, actual=_actual(answer))
            for question, answer, (guid, name, requested) in zip(questions, answers, asked, strict=True)
        ]


def _questions(table: TableThere, wish: TableWish, there: There) -> list[tuple[Question, str, str, str]]:
    """The question for each element and role, with the element's GUID and name and the requested access."""
    found = []
    roles = sorted({*wish.forbidden, *wish.granted, *wish.filters} & there.roles.keys())
    for column, (guid, name) in wish.elements.items():
        if column != TABLE and column not in table.columns:
            continue
        for role in roles:
            if requested := _requested(wish, role, column):
                is_forbidden = requested in ("DENIED", "MASKED") and not _is_refused(role, table, there)
                found.append((Question(table.oid, table.path, column, role, is_forbidden), guid, name, requested))
    return found


def _filtered(table: TableThere, wish: TableWish, there: There) -> list[Question]:
    """A question for each role that may read only some rows of a table."""
    roles = sorted(wish.filters.keys() & there.roles.keys())
    kept = [each for each in roles if not (_is_refused(each, table, there) or there.roles[each].bypasses_row_security)]
    return [Question(table.oid, table.path, TABLE, role, is_filtered=True) for role in kept]


def _requested(wish: TableWish, role: str, column: str) -> str:
    """The requested access; empty if none is requested."""
    if wish.is_forbidden(role, column):
        return "DENIED" if wish.mask_of(role, column) is None else "MASKED"
    if column in wish.granted.get(role, ()) or TABLE in wish.granted.get(role, ()):
        return "GRANTED"
    return "FILTERED" if column == TABLE and role in wish.filters else ""


def _is_refused(role: str, table: TableThere, there: There) -> bool:
    """True if the plan has refused to change the access of a role."""
    return there.roles[role].is_superuser or role in table.owning


def _actual(answer: Answer) -> str:
    if answer.all:
        return "GRANTED"
    return "PARTLY GRANTED" if answer.some else "DENIED"


def _cause(error: psycopg.Error) -> str:
    cause = " ".join(str(error.diag.message_primary or error).split())
    if "security label provider" in cause:
        return f"{cause}; it must be a module of the server, in its shared_preload_libraries"
    return cause


def _done(step: Step) -> Done:
    return Done(
        subject=step.subject,
        statements=[as_text(each) for each in step.statements],
        changed_by_others=step.changed_by_others,
    )
