"""The tables, their migrations, and all SQL statements.

An element is a row; searchable properties are columns, and the others are JSON. Only active elements own their
qualified name and their source key, so the unique indexes exclude archived elements.
"""

from services.metadata.lineage import FEW, GREATEST_ID, LINEAGE, MOST_EDGES
from services.metadata.types.classifications import PROTECTIONS

VERSION = 6

TABLES = """
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    qualified_name TEXT NOT NULL UNIQUE,
    guid TEXT NOT NULL
) STRICT;

CREATE TABLE elements (
    id INTEGER PRIMARY KEY,
    guid TEXT NOT NULL,
    type TEXT NOT NULL,
    qualified_name TEXT NOT NULL,
    source INTEGER NOT NULL,
    place TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    archived INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_by TEXT,
    updated_at INTEGER NOT NULL,
    classifications TEXT,
    properties TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX elements_by_guid ON elements (guid);
CREATE UNIQUE INDEX elements_by_name ON elements (qualified_name) WHERE archived = 0;
CREATE UNIQUE INDEX elements_by_place ON elements (source, place) WHERE archived = 0;
CREATE INDEX elements_by_type ON elements (type);

CREATE TABLE relationships (
    id INTEGER PRIMARY KEY,
    guid TEXT NOT NULL,
    type TEXT NOT NULL,
    end1 INTEGER NOT NULL REFERENCES elements ON DELETE CASCADE,
    end2 INTEGER NOT NULL REFERENCES elements ON DELETE CASCADE,
    stated_by INTEGER,
    properties TEXT
) STRICT;
CREATE UNIQUE INDEX relationships_by_ends ON relationships (end1, end2, type);
CREATE INDEX relationships_by_end2 ON relationships (end2);
"""
"""Version 1. A new store is created with this version and then migrated like any other."""

_PROTECTED = " OR ".join(f"instr(classifications, '\"{each}\":') > 0" for each in sorted(PROTECTIONS))
"""Elements that may have one of these classifications: few elements have one, and these are searched most."""

MIGRATIONS: dict[int, str] = {
    # the order of changes, for the change feed and for the text index, which searches bring up to date
    2: """
ALTER TABLE elements ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
UPDATE elements SET changed = id;
CREATE INDEX elements_by_change ON elements (changed);
CREATE INDEX elements_archived ON elements (source, updated_at) WHERE archived = 1;
CREATE TABLE deletions (
    changed INTEGER PRIMARY KEY,
    guid TEXT NOT NULL,
    type TEXT NOT NULL,
    qualified_name TEXT NOT NULL,
    source INTEGER NOT NULL,
    deleted_at INTEGER NOT NULL
) STRICT;
CREATE VIRTUAL TABLE elements_text USING fts5 (words, content = '', contentless_delete = 1);
CREATE TABLE text_index (changed INTEGER NOT NULL) STRICT;
INSERT INTO text_index VALUES (0);
""",
    # relationships of deleted elements: foreign keys were not enforced
    3: """
DELETE FROM relationships
WHERE end1 NOT IN (SELECT id FROM elements) OR end2 NOT IN (SELECT id FROM elements);
""",
    4: """
ALTER TABLE elements RENAME COLUMN place TO source_key;
DROP INDEX elements_by_place;
CREATE UNIQUE INDEX elements_by_source_key ON elements (source, source_key) WHERE archived = 0;
""",
    # elements of a type in the order of their ids, active and archived apart; a text index of names, and of the
    # prefixes of words. The migration does not fill the text indexes: the next search does.
    5: """
DROP INDEX elements_by_type;
CREATE INDEX elements_by_type ON elements (type) WHERE archived = 0;
CREATE INDEX elements_archived_by_type ON elements (type) WHERE archived = 1;
DROP TABLE elements_text;
CREATE VIRTUAL TABLE elements_text USING fts5 (words, content = '', contentless_delete = 1, prefix = '1 2');
CREATE VIRTUAL TABLE elements_text_words USING fts5vocab (elements_text, instance);
CREATE VIRTUAL TABLE elements_names USING fts5 (
    names, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);
UPDATE text_index SET changed = 0;
""",
    # the classifications that were added to an element and not stated with it; protected elements
    6: f"""
ALTER TABLE elements ADD COLUMN given TEXT;
CREATE INDEX elements_protected ON elements (id) WHERE {_PROTECTED};
""",
}
"""The migrations, by version, each from the version before. Each is one transaction."""

SOURCE = "SELECT id, guid FROM sources WHERE qualified_name = ?"
ADD_SOURCE = "INSERT INTO sources (qualified_name, guid) VALUES (?, ?) RETURNING id"
CHANGE_SOURCE = "UPDATE sources SET guid = ? WHERE qualified_name = ?"

FINGERPRINTS = """
SELECT json_group_object(source_key, fingerprint) FROM (
    SELECT source_key, fingerprint FROM elements
    WHERE source = ? AND source_key >= ? AND source_key > ? AND source_key < ? AND archived = 0
    ORDER BY source_key LIMIT ?
)
"""
BY_SOURCE_KEYS = """
SELECT e.source_key, e.id, e.type, e.fingerprint, e.qualified_name, e.guid
FROM json_each(?) p CROSS JOIN elements e WHERE e.source = ? AND e.source_key = p.value AND e.archived = 0
"""
ARCHIVED = "SELECT id FROM elements WHERE guid = ? AND source = ? AND archived = 1"
GUID_OF = "SELECT guid FROM elements WHERE id = ?"
BY_NAMES = """
SELECT e.qualified_name, e.id, e.source, e.source_key, s.qualified_name
FROM json_each(?) n CROSS JOIN elements e LEFT JOIN sources s ON s.id = e.source
WHERE e.qualified_name = n.value AND e.archived = 0
"""
ADD_ELEMENT = """
INSERT INTO elements (id, guid, type, qualified_name, source, source_key, fingerprint, created_by, created_at,
                      updated_at, classifications, properties, changed)
VALUES {rows}
"""
CHANGE_ELEMENT = """
UPDATE elements SET qualified_name = ?, fingerprint = ?, classifications = ?, given = ?, properties = ?,
                    version = version + 1, updated_by = ?, updated_at = ?, changed = ?
WHERE id = ?
"""
FORGET_FINGERPRINTS = """
UPDATE elements SET fingerprint = '' WHERE id IN (
    SELECT stated_by FROM relationships WHERE end1 = ?1 UNION ALL SELECT stated_by FROM relationships WHERE end2 = ?1
) AND id <> ?1 AND +source = (SELECT source FROM elements WHERE id = ?1)
"""
ARCHIVE_ELEMENT = """
UPDATE elements SET archived = 1, version = version + 1, updated_by = ?, updated_at = ?, changed = ?,
                    classifications = json_set(coalesce(classifications, '{}'), '$.Memento', json(?))
WHERE id = ?
"""
DELETE_ELEMENT = "DELETE FROM elements WHERE id = ?"
CLASSIFIED = "SELECT classifications, given FROM elements WHERE id = ?"
GIVEN = """
SELECT id, classifications, given FROM elements
WHERE given IS NOT NULL AND id IN (SELECT value FROM json_each(?))
"""
SET_CLASSIFICATIONS = """
UPDATE elements SET classifications = ?, given = ?, version = version + 1, updated_by = ?, updated_at = ?, changed = ?
WHERE id = ?
"""
TOUCH_ELEMENT = "UPDATE elements SET changed = ? WHERE id = ?"
NOTE_DELETION = """
INSERT INTO deletions SELECT ?, guid, type, qualified_name, source, ? FROM elements WHERE id = ?
"""
FORGET_TEXT = "DELETE FROM elements_text WHERE rowid = ?"
FORGET_NAMES = "DELETE FROM elements_names WHERE rowid = ?"
TO_PURGE = """
SELECT id FROM elements
WHERE source = ? AND archived = 1 AND updated_at < ? AND source_key >= ? AND source_key < ? ORDER BY updated_at LIMIT ?
"""
LAST_ID = "SELECT coalesce(max(id), 0) FROM elements"
LAST_CHANGE = """
SELECT max(coalesce((SELECT max(changed) FROM elements), 0), coalesce((SELECT max(changed) FROM deletions), 0))
"""

TO_INDEX = """
SELECT max(changed) FROM (SELECT changed FROM elements WHERE changed > (SELECT changed FROM text_index)
                          ORDER BY changed LIMIT ?)
"""
INDEX_TEXT = """
INSERT OR REPLACE INTO elements_text (rowid, words)
SELECT id, concat_ws(' ', qualified_name, properties ->> 'displayName', properties ->> 'resourceName',
                     properties ->> 'description')
FROM elements WHERE changed > (SELECT changed FROM text_index) AND changed <= ?
"""
INDEX_NAMES = """
INSERT OR REPLACE INTO elements_names (rowid, names)
SELECT id, concat_ws(char(10), qualified_name, properties ->> 'displayName', properties ->> 'fileName',
                     properties ->> 'pathName', properties ->> 'resourceName')
FROM elements WHERE changed > (SELECT changed FROM text_index) AND changed <= ?
"""
TEXT_INDEXED = "UPDATE text_index SET changed = ?"

ADD_RELATIONSHIP = """
INSERT INTO relationships (guid, type, end1, end2, stated_by, properties) VALUES {rows}
ON CONFLICT (end1, end2, type) DO UPDATE SET properties = excluded.properties, stated_by = excluded.stated_by
"""
STATED_LINKS = """
SELECT r.stated_by, r.id, r.type, r.end1, r.end2 FROM json_each(?1) s CROSS JOIN relationships r
WHERE r.stated_by = s.value AND r.end1 = s.value
UNION ALL
SELECT r.stated_by, r.id, r.type, r.end1, r.end2 FROM json_each(?1) s CROSS JOIN relationships r
WHERE r.stated_by = s.value AND r.end2 = s.value AND r.end1 <> s.value
"""
DELETE_RELATIONSHIPS = "DELETE FROM relationships WHERE id IN (SELECT value FROM json_each(?))"
DELETE_BETWEEN = "DELETE FROM relationships WHERE end1 = ? AND end2 = ? AND type = ?"

_RECORD = """
SELECT e.guid, e.type, e.archived, e.version, e.created_by, e.created_at, e.updated_by, e.updated_at,
       coalesce(s.qualified_name, ''), e.classifications, e.properties
FROM elements e LEFT JOIN sources s ON s.id = e.source
"""
CHANGED = _RECORD.replace("SELECT ", "SELECT e.changed, ", 1) + "WHERE e.changed > ? ORDER BY e.changed LIMIT ?"
DELETED = """
SELECT d.changed, d.guid, d.type, d.qualified_name, coalesce(s.qualified_name, '')
FROM deletions d LEFT JOIN sources s ON s.id = d.source WHERE d.changed > ? ORDER BY d.changed LIMIT ?
"""
BY_GUIDS = _RECORD + "WHERE e.guid IN (SELECT value FROM json_each(?)) ORDER BY e.id"
BY_QUALIFIED_NAMES = _RECORD + "WHERE e.qualified_name IN (SELECT value FROM json_each(?)) AND e.archived = 0"
_FOUND = _RECORD.replace("SELECT ", "SELECT e.id, ", 1)
MATCHING = _FOUND + "WHERE e.id IN (SELECT value FROM json_each(?)) AND {conditions} ORDER BY e.id LIMIT ?"
AFTER_OTHERS = _FOUND + "WHERE e.id > ? AND {conditions} ORDER BY e.id LIMIT ? OFFSET ?"

NAMED = "SELECT id FROM elements WHERE qualified_name = ? AND archived = 0 AND id > ?"
_OF_TYPES = """
SELECT e.id AS id FROM json_each(?1) t JOIN elements e ON e.id IN (
    SELECT x.id FROM elements x WHERE x.type = t.value AND x.archived = {archived} AND x.id > ?2 ORDER BY x.id LIMIT ?3
)
"""
"""A limited number of each type; the subquery runs once for each type, in the order of the index."""
OF_TYPES = _OF_TYPES.format(archived=0) + "ORDER BY id LIMIT ?3"
OF_TYPES_OR_ARCHIVED = f"{_OF_TYPES.format(archived=0)} UNION ALL {_OF_TYPES.format(archived=1)} ORDER BY id LIMIT ?3"
OF_ALL_TYPES = "SELECT id FROM elements WHERE id > ? ORDER BY id LIMIT ?"
PROTECTED = f"""
SELECT id FROM elements INDEXED BY elements_protected WHERE ({_PROTECTED}) AND id > ? ORDER BY id LIMIT ?
"""
WITH_WORDS = "SELECT rowid FROM elements_text WHERE elements_text MATCH ? AND rowid > ? ORDER BY rowid LIMIT ?"
WITH_NAMES = "SELECT rowid FROM elements_names WHERE elements_names MATCH ? AND rowid > ? ORDER BY rowid LIMIT ?"
NEXT_WORD = "SELECT term FROM elements_text_words WHERE term >= ? AND term < ? LIMIT 1"
INDEXED_TO = "SELECT t.changed, (SELECT coalesce(max(changed), 0) FROM elements) FROM text_index t"
NOT_INDEXED = "SELECT id FROM elements WHERE changed > ? LIMIT ?"

RELATIONSHIPS = """
WITH wanted AS MATERIALIZED (SELECT e.id FROM elements e JOIN json_each(?1) w ON e.guid = w.value)
SELECT r.guid, r.type, a.guid, b.guid, r.properties
FROM (SELECT * FROM relationships WHERE end1 IN (SELECT id FROM wanted) AND (?2 IS NULL OR type = ?2)
      UNION SELECT * FROM relationships WHERE end2 IN (SELECT id FROM wanted) AND (?2 IS NULL OR type = ?2)) r
JOIN elements a ON a.id = r.end1 JOIN elements b ON b.id = r.end2
WHERE (a.archived = 0 OR a.id IN (SELECT id FROM wanted)) AND (b.archived = 0 OR b.id IN (SELECT id FROM wanted))
ORDER BY r.id
"""

_LINEAGE_FROM = """
{name} (id) AS (
    SELECT id FROM start WHERE {wanted}
    UNION
    SELECT r.{far_end} FROM {name} n CROSS JOIN relationships r WHERE r.{near_end} = n.id AND r.type IN ({types})
    LIMIT ?2
)
"""
"""A queue: the nearest elements come first."""
_TYPES = ", ".join(f"'{each}'" for each in LINEAGE)
REACHED = f"""
WITH RECURSIVE asked (id) AS (SELECT id FROM elements WHERE guid = ?1),
start (id) AS (
    SELECT id FROM asked
    UNION SELECT r.end2 FROM asked s JOIN relationships r ON r.end1 = s.id AND r.type = 'NestedSchemaAttribute' WHERE ?3
    UNION SELECT c.end2 FROM asked s JOIN relationships r ON r.end1 = s.id AND r.type = 'Schema'
        JOIN relationships c ON c.end1 = r.end2 AND c.type = 'AttributeForSchema' WHERE ?3
),
{_LINEAGE_FROM.format(name="upstream", wanted="?4", far_end="end1", near_end="end2", types=_TYPES)},
{_LINEAGE_FROM.format(name="downstream", wanted="?5", far_end="end2", near_end="end1", types=_TYPES)}
SELECT 'start', id FROM start
UNION ALL SELECT 'upstream', id FROM upstream UNION ALL SELECT 'downstream', id FROM downstream
"""
"""Parameters: GUID, limit of elements in each direction, and whether to include columns, upstream and downstream."""
LINEAGE_BETWEEN = f"""
WITH reached AS MATERIALIZED (SELECT value AS id FROM json_each(?1)), sized AS MATERIALIZED (
    SELECT id, (SELECT count(*) FROM (SELECT 1 FROM relationships WHERE end1 = n.id LIMIT {FEW + 1})) AS size
    FROM reached n
)
SELECT r.guid, r.type, r.end1, r.end2
FROM sized n CROSS JOIN json_each(CASE WHEN n.size <= {FEW} THEN '[null]' ELSE ?1 END) m CROSS JOIN relationships r
WHERE r.end1 = n.id AND r.end2 >= coalesce(m.value, 0) AND r.end2 <= coalesce(m.value, {GREATEST_ID})
  AND r.type IN ({_TYPES}) AND +r.end2 IN (SELECT id FROM reached)
LIMIT {MOST_EDGES + 1}
"""
"""In the order of the ids. All relationships of an element are read if they are few; otherwise, those to each other
element are looked up. The plus keeps SQLite from using the index for each pair of elements."""
LINEAGE_NODES = """
SELECT e.id, e.guid, e.type, e.archived, e.qualified_name, e.properties ->> 'displayName',
       coalesce(s.qualified_name, ''),
       coalesce(
           (SELECT r.end1 FROM relationships r WHERE r.end2 = e.id AND r.type = 'NestedSchemaAttribute' LIMIT 1),
           (SELECT a.end1 FROM relationships r CROSS JOIN relationships a
            WHERE r.end2 = e.id AND r.type = 'AttributeForSchema' AND a.end2 = r.end1 AND a.type = 'Schema' LIMIT 1)
       )
FROM json_each(?) n CROSS JOIN elements e LEFT JOIN sources s ON s.id = e.source WHERE e.id = n.value
"""
WHOLES = """
SELECT e.id, e.guid, coalesce(e.properties ->> 'displayName', e.qualified_name)
FROM json_each(?) w CROSS JOIN elements e WHERE e.id = w.value
"""
