"""The tables, their migrations, and all SQL statements; version numbers have the same meaning as in SQLite.

Names and source keys may be longer than an index entry (2,704 bytes): a digest keeps them unique, and an index of their
first characters keeps them in order. The order is by code point, as everywhere in this program.
"""

from services.metadata.lineage import FEW, GREATEST_ID, LINEAGE, MOST_EDGES
from services.metadata.types.classifications import PROTECTIONS

SCHEMA = "open_metadata"

VERSION = 6

TABLES = """
CREATE TABLE schema_version (version integer NOT NULL);
INSERT INTO schema_version VALUES (0);

CREATE TABLE sources (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    qualified_name text COLLATE "C" NOT NULL,
    guid text NOT NULL
);
CREATE UNIQUE INDEX sources_by_name ON sources (md5(qualified_name));

CREATE TABLE elements (
    id bigint PRIMARY KEY,
    guid text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    qualified_name text COLLATE "C" NOT NULL,
    source integer NOT NULL,
    place text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    archived boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    created_by text NOT NULL,
    created_at bigint NOT NULL,
    updated_by text,
    updated_at bigint NOT NULL,
    classifications json,
    properties json NOT NULL
);
CREATE UNIQUE INDEX elements_by_guid ON elements (guid);
CREATE UNIQUE INDEX elements_by_name ON elements (md5(qualified_name)) WHERE NOT archived;
CREATE UNIQUE INDEX elements_by_place ON elements (md5(source::text || ':' || place)) WHERE NOT archived;
CREATE INDEX elements_in_order ON elements (source, left(place, 600)) WHERE NOT archived;
CREATE INDEX elements_by_type ON elements (type);

CREATE TABLE relationships (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    guid text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    end1 bigint NOT NULL REFERENCES elements ON DELETE CASCADE,
    end2 bigint NOT NULL REFERENCES elements ON DELETE CASCADE,
    stated_by bigint,
    properties json
);
CREATE UNIQUE INDEX relationships_by_ends ON relationships (end1, end2, type);
CREATE INDEX relationships_by_end2 ON relationships (end2);
"""
"""Version 1. A new store is created with this version and then migrated like any other."""

_PROTECTED = " OR ".join(f"(classifications -> '{each}') IS NOT NULL" for each in sorted(PROTECTIONS))
"""Elements with one of these classifications: few elements have one, and these are searched most."""

MIGRATIONS: dict[int, str] = {
    # the order of changes, for the change feed and for the text index, which searches bring up to date
    2: """
ALTER TABLE elements ADD COLUMN changed bigint NOT NULL DEFAULT 0;
UPDATE elements SET changed = id;
CREATE INDEX elements_by_change ON elements (changed);
CREATE INDEX elements_archived ON elements (source, updated_at) WHERE archived;
CREATE TABLE deletions (
    changed bigint PRIMARY KEY,
    guid text NOT NULL,
    type text NOT NULL,
    qualified_name text NOT NULL,
    source integer NOT NULL,
    deleted_at bigint NOT NULL
);
CREATE TABLE elements_text (
    id bigint PRIMARY KEY REFERENCES elements ON DELETE CASCADE,
    words tsvector NOT NULL
);
CREATE INDEX elements_text_by_word ON elements_text USING gin (words);
CREATE TABLE text_index (changed bigint NOT NULL);
INSERT INTO text_index VALUES (0);
""",
    3: "",  # only in SQLite
    4: """
ALTER TABLE elements RENAME COLUMN place TO source_key;
ALTER INDEX elements_by_place RENAME TO elements_by_source_key;
""",
    # elements of a type in the order of their ids, active and archived apart; a text index of names. The migration does
    # not fill the text indexes: the next search does.
    5: """
DROP INDEX elements_by_type;
CREATE INDEX elements_by_type ON elements (type, id) WHERE NOT archived;
CREATE INDEX elements_archived_by_type ON elements (type, id) WHERE archived;
TRUNCATE elements_text;
ALTER TABLE elements_text ADD COLUMN names text;
UPDATE text_index SET changed = 0;
""",
    # the classifications that were added to an element and not stated with it; protected elements
    6: f"""
ALTER TABLE elements ADD COLUMN given json;
CREATE INDEX elements_protected ON elements ((id + 0)) WHERE {_PROTECTED};
""",
}
"""The migrations, by version, each from the version before. Each is one transaction."""

SOURCE = "SELECT id, guid FROM sources WHERE md5(qualified_name) = md5(%s)"
ADD_SOURCE = "INSERT INTO sources (qualified_name, guid) VALUES (%s, %s)"
CHANGE_SOURCE = "UPDATE sources SET guid = %s WHERE md5(qualified_name) = md5(%s)"

FINGERPRINTS = """
SELECT source_key, fingerprint FROM elements
WHERE source = %(source)s AND NOT archived AND starts_with(source_key, %(scope)s) AND source_key > %(after)s
  AND left(source_key, 600) >= left(%(first)s, 600) AND left(source_key, 600) < left(%(scope)s, 600) || U&'\\+10FFFF'
ORDER BY left(source_key, 600), source_key LIMIT %(limit)s
"""
BY_SOURCE_KEYS = """
SELECT e.source_key, e.id, e.type, e.fingerprint, e.qualified_name, e.guid
FROM unnest(%s::text[]) p (owned)
JOIN elements e ON md5(e.source::text || ':' || e.source_key) = md5(p.owned) AND NOT e.archived
"""
"""For `source:source_key`: one expression, which the planner knows to be unique before statistics exist."""
BY_NAMES = """
SELECT e.qualified_name, e.id, e.source, e.source_key, s.qualified_name
FROM unnest(%s::text[]) n (name)
JOIN elements e ON md5(e.qualified_name) = md5(n.name) AND NOT e.archived
LEFT JOIN sources s ON s.id = e.source
"""
ARCHIVED = "SELECT id FROM elements WHERE guid = %s AND source = %s AND archived"
GUID_OF = "SELECT guid FROM elements WHERE id = %s"
ADD_ELEMENTS = """
COPY elements (id, guid, type, qualified_name, source, source_key, fingerprint, created_by, created_at, updated_at,
               classifications, properties, changed) FROM STDIN
"""
CHANGE_ELEMENT = """
UPDATE elements SET qualified_name = %s, fingerprint = %s, classifications = %s::json, given = %s::json,
                    properties = %s::json, version = version + 1, updated_by = %s, updated_at = %s, changed = %s
WHERE id = %s
"""
FORGET_FINGERPRINTS = """
UPDATE elements SET fingerprint = '' WHERE id IN (
    SELECT stated_by FROM relationships WHERE end1 = %(id)s
    UNION ALL SELECT stated_by FROM relationships WHERE end2 = %(id)s
) AND id <> %(id)s AND source = (SELECT source FROM elements WHERE id = %(id)s)
"""
ARCHIVE_ELEMENT = """
UPDATE elements SET archived = true, version = version + 1, updated_by = %s, updated_at = %s, changed = %s,
                    classifications = jsonb_set(coalesce(classifications::jsonb, '{}'), '{Memento}', %s::jsonb)::json
WHERE id = %s
"""
NOTE_DELETION = """
INSERT INTO deletions SELECT %s, guid, type, qualified_name, source, %s FROM elements WHERE id = %s
"""
DELETE_ELEMENT = "DELETE FROM elements WHERE id = %s"
CLASSIFIED = "SELECT classifications::text, given::text FROM elements WHERE id = %s"
GIVEN = """
SELECT id, classifications::text, given::text FROM elements WHERE given IS NOT NULL AND id = ANY(%s::bigint[])
"""
SET_CLASSIFICATIONS = """
UPDATE elements SET classifications = %s::json, given = %s::json, version = version + 1,
                    updated_by = %s, updated_at = %s, changed = %s
WHERE id = %s
"""
TOUCH_ELEMENT = "UPDATE elements SET changed = %s WHERE id = %s"
TO_PURGE = """
SELECT id FROM elements
WHERE source = %s AND archived AND updated_at < %s AND starts_with(source_key, %s) ORDER BY updated_at LIMIT %s
"""
LAST_ID = "SELECT coalesce(max(id), 0) FROM elements"
LAST_CHANGE = """
SELECT greatest((SELECT coalesce(max(changed), 0) FROM elements), (SELECT coalesce(max(changed), 0) FROM deletions))
"""

TO_INDEX = """
SELECT changed, id, concat_ws(' ', qualified_name, properties ->> 'displayName', properties ->> 'resourceName',
                              properties ->> 'description')
FROM elements WHERE changed > (SELECT changed FROM text_index) ORDER BY changed LIMIT %s
"""
INDEX_TEXT = """
INSERT INTO elements_text (id, words, names)
SELECT n.id, n.words::tsvector,
       CASE WHEN to_regclass('elements_text_by_name') IS NOT NULL THEN
           concat_ws(E'\\n', qualified_name, properties ->> 'displayName', properties ->> 'fileName',
                     properties ->> 'pathName', properties ->> 'resourceName')
       END
FROM unnest(%s::bigint[], %s::text[]) AS n (id, words) JOIN elements e ON e.id = n.id
ON CONFLICT (id) DO UPDATE SET words = excluded.words, names = excluded.names
"""
MAKE_TRIGRAMS = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
SCHEMA_OF_TRIGRAMS = """
SELECT quote_ident(nspname) FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE extname = 'pg_trgm'
"""
HAS_NAMES = "SELECT to_regclass('elements_text_by_name') IS NOT NULL"
INDEX_OF_NAMES = """
TRUNCATE elements_text;
UPDATE text_index SET changed = 0;
CREATE INDEX elements_text_by_name ON elements_text USING gin (names {schema}.gin_trgm_ops);
"""
"""Created on an empty table, which the next search fills."""
TEXT_INDEXED = "UPDATE text_index SET changed = %s"

ADD_RELATIONSHIPS = """
INSERT INTO relationships (guid, type, end1, end2, stated_by, properties)
SELECT guid, type, end1, end2, stated_by, properties::json
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[])
     AS n (guid, type, end1, end2, stated_by, properties)
ON CONFLICT (end1, end2, type) DO UPDATE SET properties = excluded.properties, stated_by = excluded.stated_by
"""
STATED_LINKS = """
SELECT r.stated_by, r.id, r.type, r.end1, r.end2 FROM unnest(%(ids)s::bigint[]) s (id)
JOIN relationships r ON r.stated_by = s.id AND r.end1 = s.id
UNION ALL
SELECT r.stated_by, r.id, r.type, r.end1, r.end2 FROM unnest(%(ids)s::bigint[]) s (id)
JOIN relationships r ON r.stated_by = s.id AND r.end2 = s.id AND r.end1 <> s.id
"""
DELETE_RELATIONSHIPS = "DELETE FROM relationships WHERE id = ANY(%s::bigint[])"
DELETE_BETWEEN = "DELETE FROM relationships WHERE end1 = %s AND end2 = %s AND type = %s"

_RECORD = """
SELECT e.guid, e.type, e.archived, e.version, e.created_by, e.created_at, e.updated_by, e.updated_at,
       coalesce(s.qualified_name, ''), e.classifications::text, e.properties::text
FROM elements e LEFT JOIN sources s ON s.id = e.source
"""
CHANGED = _RECORD.replace("SELECT ", "SELECT e.changed, ", 1) + "WHERE e.changed > %s ORDER BY e.changed LIMIT %s"
DELETED = """
SELECT d.changed, d.guid, d.type, d.qualified_name, coalesce(s.qualified_name, '')
FROM deletions d LEFT JOIN sources s ON s.id = d.source WHERE d.changed > %s ORDER BY d.changed LIMIT %s
"""
BY_GUIDS = _RECORD + "WHERE e.guid = ANY(%s::text[]) ORDER BY e.id"
BY_QUALIFIED_NAMES = _RECORD.replace(
    "FROM elements e",
    "FROM unnest(%s::text[]) n (name) JOIN elements e ON md5(e.qualified_name) = md5(n.name) AND NOT e.archived",
)
_FOUND = _RECORD.replace("SELECT ", "SELECT e.id, ", 1)
MATCHING = _FOUND + "WHERE e.id = ANY(%s::bigint[]) AND {conditions} ORDER BY e.id LIMIT %s"
AFTER_OTHERS = _FOUND + "WHERE e.id > %s AND {conditions} ORDER BY e.id LIMIT %s OFFSET %s"

NAMED = "SELECT id FROM elements WHERE md5(qualified_name) = md5(%s) AND NOT archived AND id > %s"
_OF_TYPES = """
SELECT e.id FROM unnest(%(types)s::text[]) t (type) CROSS JOIN LATERAL (
    SELECT id FROM elements x WHERE x.type = t.type AND {archived} AND x.id > %(after)s ORDER BY x.id LIMIT %(most)s
) e
"""
OF_TYPES = _OF_TYPES.format(archived="NOT archived") + "ORDER BY id LIMIT %(most)s"
OF_TYPES_OR_ARCHIVED = (
    f"{_OF_TYPES.format(archived='NOT archived')} UNION ALL {_OF_TYPES.format(archived='archived')}"
    "ORDER BY id LIMIT %(most)s"
)
OF_ALL_TYPES = "SELECT id FROM elements WHERE id > %s ORDER BY id LIMIT %s"
PROTECTED = f"SELECT id FROM elements WHERE ({_PROTECTED}) AND id + 0 > %s ORDER BY id + 0 LIMIT %s"
"""Ordered by an expression that only this index has: for `ORDER BY id`, the planner could scan all elements by id."""
IN_TEXTS = """
WITH found AS MATERIALIZED (SELECT id FROM elements_text WHERE {condition})
SELECT id FROM found WHERE id > %s ORDER BY id LIMIT %s
"""
"""Uses only the text index; the materialization keeps the planner from combining it with the index of ids."""
EACH_IN_TEXTS = """
SELECT coalesce(array_agg(id ORDER BY id) FILTER (WHERE matches), '{{}}'), max(id), count(*)
FROM (SELECT id, {condition} AS matches FROM elements_text WHERE id > %s ORDER BY id LIMIT %s) t
"""
INDEXED_TO = "SELECT t.changed, (SELECT coalesce(max(changed), 0) FROM elements) FROM text_index t"
NOT_INDEXED = "SELECT id FROM elements WHERE changed > %s LIMIT %s"

RELATIONSHIPS = """
WITH wanted AS MATERIALIZED (SELECT id FROM elements WHERE guid = ANY(%(guids)s::text[])),
found AS MATERIALIZED (
    SELECT DISTINCT r.id FROM wanted w CROSS JOIN LATERAL (
        SELECT id, type FROM relationships WHERE end1 = w.id
        UNION ALL SELECT id, type FROM relationships WHERE end2 = w.id OFFSET 0
    ) r WHERE %(type)s::text IS NULL OR r.type = %(type)s
)
SELECT r.guid, r.type, a.guid, b.guid, r.properties::text
FROM found CROSS JOIN LATERAL (SELECT * FROM relationships WHERE id = found.id OFFSET 0) r
CROSS JOIN LATERAL (SELECT id, guid, archived FROM elements WHERE id = r.end1 OFFSET 0) a
CROSS JOIN LATERAL (SELECT id, guid, archived FROM elements WHERE id = r.end2 OFFSET 0) b
WHERE (NOT a.archived OR a.id IN (SELECT id FROM wanted)) AND (NOT b.archived OR b.id IN (SELECT id FROM wanted))
ORDER BY r.id
"""
"""Each step looks rows up by an index. The subqueries keep the planner from reading all relationships, which it would
do where it overestimates the number of wanted elements."""

_LINEAGE_FROM = """
{name} (id) AS (
    SELECT id FROM start WHERE %({name})s
    UNION
    SELECT r.id FROM {name} n CROSS JOIN LATERAL (
        SELECT {far_end} AS id, type FROM relationships WHERE {near_end} = n.id OFFSET 0
    ) r WHERE r.type IN ({types})
)
"""
"""A step-by-step search: the nearest elements come first, and only requested rows are read. The subquery keeps the
planner from another order, which it would choose before statistics exist."""
_TYPES = ", ".join(f"'{each}'" for each in LINEAGE)
REACHED = f"""
WITH RECURSIVE asked (id) AS (SELECT id FROM elements WHERE guid = %(guid)s),
start (id) AS (
    SELECT id FROM asked
    UNION SELECT r.end2 FROM asked s JOIN relationships r ON r.end1 = s.id AND r.type = 'NestedSchemaAttribute'
        WHERE %(columns)s
    UNION SELECT c.end2 FROM asked s JOIN relationships r ON r.end1 = s.id AND r.type = 'Schema'
        JOIN relationships c ON c.end1 = r.end2 AND c.type = 'AttributeForSchema' WHERE %(columns)s
),
{_LINEAGE_FROM.format(name="upstream", far_end="end1", near_end="end2", types=_TYPES)},
{_LINEAGE_FROM.format(name="downstream", far_end="end2", near_end="end1", types=_TYPES)}
SELECT 'start', id FROM start
UNION ALL (SELECT 'upstream', id FROM upstream LIMIT %(limit)s)
UNION ALL (SELECT 'downstream', id FROM downstream LIMIT %(limit)s)
"""
LINEAGE_BETWEEN = f"""
WITH reached AS MATERIALIZED (SELECT id FROM unnest(%(ids)s::bigint[]) n (id))
SELECT r.guid, r.type, r.end1, r.end2 FROM reached n CROSS JOIN LATERAL (
    SELECT count(*) <= {FEW} AS are_few FROM (SELECT FROM relationships WHERE end1 = n.id LIMIT {FEW + 1}) f
) f CROSS JOIN LATERAL (
    SELECT NULL::bigint AS id WHERE f.are_few UNION ALL SELECT id FROM reached WHERE NOT f.are_few
) m CROSS JOIN LATERAL (
    SELECT guid, type, end1, end2 FROM relationships
    WHERE end1 = n.id AND end2 >= coalesce(m.id, 0) AND end2 <= coalesce(m.id, {GREATEST_ID}) OFFSET 0
) r WHERE r.type IN ({_TYPES}) AND (r.end2 IN (SELECT id FROM reached)) IS TRUE
LIMIT {MOST_EDGES + 1}
"""
"""In the order of the ids. All relationships of an element are read if they are few; otherwise, those to each other
element are looked up. `IS TRUE` keeps the planner from a join, which would read all relationships repeatedly."""
LINEAGE_NODES = """
SELECT e.id, e.guid, e.type, e.archived, e.qualified_name, e.properties ->> 'displayName',
       coalesce(s.qualified_name, ''),
       coalesce(
           (SELECT r.end1 FROM relationships r WHERE r.end2 = e.id AND r.type = 'NestedSchemaAttribute' LIMIT 1),
           (SELECT a.end1 FROM (SELECT * FROM relationships WHERE end2 = e.id OFFSET 0) r
            CROSS JOIN LATERAL (SELECT * FROM relationships WHERE end2 = r.end1 OFFSET 0) a
            WHERE r.type = 'AttributeForSchema' AND a.type = 'Schema' LIMIT 1)
       )
FROM unnest(%(ids)s::bigint[]) n (id) CROSS JOIN LATERAL (SELECT * FROM elements WHERE id = n.id OFFSET 0) e
LEFT JOIN sources s ON s.id = e.source
"""
WHOLES = """
SELECT e.id, e.guid, coalesce(e.properties ->> 'displayName', e.qualified_name)
FROM unnest(%(ids)s::bigint[]) n (id) CROSS JOIN LATERAL (SELECT * FROM elements WHERE id = n.id OFFSET 0) e
"""
