"""Exposures: data that a role can still read although it is forbidden, and the reasons. All calls block.

PostgreSQL itself evaluates the access of each role. A role may keep a privilege for other reasons than the grants that
this connector revokes, and there are ways around privileges; both are reported, and neither is changed.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.postgres.connection import BoundedConnection
from services.security.postgres.desired import TABLE
from services.security.postgres.step import Refusal


class Question(NamedTuple):
    """The question whether a role can read a column, or any column of a table."""

    oid: int
    path: str
    column: str
    role: str
    is_forbidden: bool = False
    is_filtered: bool = False
    """True if the role may read only some rows, so that ways around its policy are reported."""

    @property
    def subject(self) -> str:
        """The table or column, for people."""
        return f"{self.path}.{self.column}" if self.column != TABLE else self.path


class Answer(NamedTuple):
    """The access of a role to a column or table."""

    all: bool
    some: bool
    """True if the role can read at least one column."""


_ASKED = """
WITH asked AS (
    SELECT w.number, w.oid, CASE w.role WHEN 'PUBLIC' THEN 'public' ELSE w.role END AS role, w.part, w.is_filtered,
           a.attnum
    FROM unnest(%s::oid[], %s::text[], %s::text[], %s::bool[]) WITH ORDINALITY
         AS w (oid, part, role, is_filtered, number)
    LEFT JOIN pg_attribute a ON a.attrelid = w.oid AND a.attname = w.part AND w.part <> ''
)
"""
_CAN_READ = (
    _ASKED
    + """
SELECT coalesce(CASE WHEN part = '' THEN has_table_privilege(role::name, oid, 'SELECT')
                     ELSE has_column_privilege(role::name, oid, attnum, 'SELECT') END, false),
       coalesce(CASE WHEN part = '' THEN has_any_column_privilege(role::name, oid, 'SELECT')
                     ELSE has_column_privilege(role::name, oid, attnum, 'SELECT') END, false)
FROM asked ORDER BY number
"""
)
_WHY = (
    _ASKED
    + """
, granted AS (
    SELECT s.number, s.role, c.relowner, a.grantee, a.grantor FROM asked s JOIN pg_class c ON c.oid = s.oid
    CROSS JOIN LATERAL aclexplode(c.relacl) a WHERE a.privilege_type = 'SELECT'
    UNION ALL
    SELECT s.number, s.role, c.relowner, a.grantee, a.grantor FROM asked s JOIN pg_class c ON c.oid = s.oid
    JOIN pg_attribute t ON t.attrelid = s.oid AND (t.attnum = s.attnum OR s.part = '')
    CROSS JOIN LATERAL aclexplode(t.attacl) a WHERE a.privilege_type = 'SELECT'
)
SELECT DISTINCT number, 'SELECT is granted to PUBLIC, which every role has' FROM granted
WHERE grantee = 0 AND role <> 'public'
UNION SELECT number, 'it has the privileges of ' || g.rolname || ', to which SELECT is granted' FROM granted
    JOIN pg_roles g ON g.oid = grantee JOIN pg_roles r ON r.rolname = role
    WHERE g.oid <> r.oid AND g.oid <> relowner AND pg_has_role(r.oid, g.oid, 'USAGE')
UNION SELECT number, 'SELECT was granted by ' || pg_get_userbyid(grantor) || ', who is not the owner' FROM granted
    JOIN pg_roles r ON r.oid = grantee WHERE r.rolname = role AND grantor <> relowner
UNION SELECT number, 'it has the privileges of ' || g.rolname || ', who can read every table' FROM asked
    JOIN pg_roles r ON r.rolname = role JOIN pg_roles g ON g.rolname = 'pg_read_all_data'
    WHERE pg_has_role(r.oid, g.oid, 'USAGE')
UNION SELECT number, 'it has the privileges of the owner, ' || pg_get_userbyid(c.relowner) FROM asked s
    JOIN pg_class c ON c.oid = s.oid JOIN pg_roles r ON r.rolname = role
    WHERE NOT r.rolsuper AND pg_has_role(r.oid, c.relowner, 'USAGE')
UNION SELECT number, 'it is a superuser' FROM asked JOIN pg_roles r ON r.rolname = role WHERE r.rolsuper
ORDER BY 1, 2
"""
)
_AROUND = (
    """
WITH RECURSIVE """
    + _ASKED.strip().removeprefix("WITH ")
    + """
, reading AS (
    SELECT s.number, s.role, r.ev_class AS oid FROM asked s
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
         AND (s.part = '' OR d.refobjsubid IN (s.attnum, 0)) AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> s.oid
    UNION
    SELECT g.number, g.role, r.ev_class FROM reading g
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = g.oid
         AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> g.oid
), above AS (
    SELECT s.number, i.inhparent AS oid FROM asked s JOIN pg_inherits i ON i.inhrelid = s.oid
    UNION SELECT a.number, i.inhparent FROM above a JOIN pg_inherits i ON i.inhrelid = a.oid
), below AS (
    SELECT s.number, i.inhrelid AS oid FROM asked s JOIN pg_inherits i ON i.inhparent = s.oid
    UNION SELECT b.number, i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid
), related AS (
    SELECT number, oid, 'whose rows are also those of this table' AS what FROM above
    UNION ALL SELECT number, oid, 'a partition or child that has it too' FROM below
), becoming AS MATERIALIZED (
    SELECT r.rolname AS role, g.oid, g.rolname FROM pg_roles r CROSS JOIN pg_roles g
    WHERE r.rolname IN (SELECT role FROM asked)
      AND pg_has_role(r.oid, g.oid, 'MEMBER') AND NOT pg_has_role(r.oid, g.oid, 'USAGE')
), filtering AS (
    SELECT p.polrelid, unnest(p.polroles) AS role FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    WHERE c.relrowsecurity AND NOT p.polpermissive AND p.polcmd IN ('r', '*')
), definers AS (
    SELECT p.oid, p.proname, n.nspname, lower(p.prosrc) AS source FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
), named AS (
    SELECT number, role, oid FROM asked UNION SELECT number, role, oid FROM reading
), naming AS MATERIALIZED (
    SELECT c.oid, p.oid AS function, p.nspname || '.' || p.proname AS name FROM pg_class c
    JOIN definers p ON strpos(p.source, lower(c.relname)) > 0 WHERE c.oid IN (SELECT oid FROM named)
    UNION SELECT d.refobjid, p.oid, p.nspname || '.' || p.proname FROM pg_depend d JOIN definers p ON p.oid = d.objid
    WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass
)
SELECT number, 'it can read the view ' || n.nspname || '.' || c.relname || ', which reads it' FROM reading
JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE has_any_column_privilege(role::name, c.oid, 'SELECT') AND NOT (c.oid = ANY(%s::oid[]))
  AND NOT EXISTS (SELECT FROM pg_options_to_table(c.reloptions)
                  WHERE option_name = 'security_invoker' AND option_value::boolean)
UNION SELECT number, 'it can call ' || name || ', a SECURITY DEFINER function that may read it'
FROM named JOIN naming USING (oid) WHERE has_function_privilege(role::name, function, 'EXECUTE')
UNION SELECT number, 'it can read ' || n.nspname || '.' || c.relname || ', ' || e.what
FROM asked s JOIN related e USING (number) JOIN pg_class c ON c.oid = e.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = s.part AND s.part <> ''
WHERE CASE WHEN s.part = '' THEN has_any_column_privilege(role::name, c.oid, 'SELECT')
           ELSE has_column_privilege(role::name, c.oid, t.attnum, 'SELECT') END
  AND NOT (s.is_filtered AND EXISTS (SELECT FROM filtering f JOIN pg_roles r ON r.rolname = s.role
                                     WHERE f.polrelid = c.oid AND f.role IN (r.oid, 0)))
UNION SELECT number, 'it can become ' || b.rolname || ' by SET ROLE, who can read it'
FROM asked s JOIN becoming b USING (role)
WHERE CASE WHEN s.part = '' THEN has_any_column_privilege(b.oid, s.oid, 'SELECT')
           ELSE has_column_privilege(b.oid, s.oid, s.attnum, 'SELECT') END
  AND NOT (s.is_filtered AND EXISTS (SELECT FROM filtering f WHERE f.polrelid = s.oid
                                     AND (f.role = 0 OR pg_has_role(b.oid, f.role, 'USAGE'))))
ORDER BY 1, 2
"""
)


def answers_to(connection: BoundedConnection, questions: Sequence[Question]) -> list[Answer]:
    """The access of each role, as evaluated by PostgreSQL."""
    return [Answer(*row) for row in connection.execute(_CAN_READ, _unzipped(questions))]


def exposures(
    connection: BoundedConnection,
    questions: Sequence[Question],
    answers: Sequence[Answer],
    filtered: Sequence[Question],
    own_views: Iterable[int],
) -> list[Refusal]:
    """Forbidden columns and tables that can be read, and ways around privileges and policies.

    `filtered` are tables of which a role reads only some rows; `own_views` are the views of this connector.
    """
    found: list[Refusal] = []
    protected = [*(each for each in questions if each.is_forbidden), *filtered]
    pairs = zip(questions, answers, strict=True)
    readable = [each for each, answer in pairs if each.is_forbidden and answer.some]
    causes: dict[int, list[str]] = {}
    for number, reason in connection.execute(_WHY, _unzipped(readable)):
        causes.setdefault(number, []).append(reason)
    for number, each in enumerate(readable, 1):
        reasons = causes.get(number, ["its privilege could not be taken away"])
        found.append(Refusal(f"{each.subject} for {each.role}", "; ".join(reasons)))
    for number, reason in connection.execute(_AROUND, (*_unzipped(protected), list(own_views))):
        each = protected[number - 1]
        found.append(Refusal(f"{each.subject} for {each.role}", reason))
    return found


def _unzipped(questions: Sequence[Question]) -> tuple[list[int], list[str], list[str], list[bool]]:
    oids, columns = [each.oid for each in questions], [each.column for each in questions]
    return oids, columns, [each.role for each in questions], [each.is_filtered for each in questions]
