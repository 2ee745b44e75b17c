"""The tables, and every statement that is run on them.

An element is a row; what is searched is a column, the rest is its properties as JSON. Only active elements own their
qualified name and their place, so the indexes that keep those unique leave archived ones out.
"""

VERSION = 1

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

SOURCE = "SELECT id, guid FROM sources WHERE qualified_name = ?"
ADD_SOURCE = "INSERT INTO sources (qualified_name, guid) VALUES (?, ?) RETURNING id"

FINGERPRINTS = """
SELECT place, fingerprint FROM elements
WHERE source = ? AND place >= ? AND place > ? AND place < ? AND archived = 0 ORDER BY place LIMIT ?
"""
AT_PLACE = "SELECT id, type, fingerprint, qualified_name FROM elements WHERE source = ? AND place = ? AND archived = 0"
BY_NAME = """
SELECT e.id, e.source, e.place, s.qualified_name FROM elements e LEFT JOIN sources s ON s.id = e.source
WHERE e.qualified_name = ? AND e.archived = 0
"""
ADD_ELEMENT = """
INSERT INTO elements (guid, type, qualified_name, source, place, fingerprint, created_by, created_at, updated_at,
                      classifications, properties)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
CHANGE_ELEMENT = """
UPDATE elements SET qualified_name = ?, fingerprint = ?, classifications = ?, properties = ?, version = version + 1,
                    updated_by = ?, updated_at = ?
WHERE id = ? RETURNING guid
"""
ARCHIVE_ELEMENT = """
UPDATE elements SET archived = 1, version = version + 1, updated_by = ?, updated_at = ?,
                    classifications = json_set(coalesce(classifications, '{}'), '$.Memento', json(?))
WHERE id = ?
"""
DELETE_ELEMENT = "DELETE FROM elements WHERE id = ?"
CLASSIFICATIONS = "SELECT classifications FROM elements WHERE id = ?"
SET_CLASSIFICATIONS = """
UPDATE elements SET classifications = ?, version = version + 1, updated_by = ?, updated_at = ? WHERE id = ?
"""

ADD_RELATIONSHIP = """
INSERT INTO relationships (guid, type, end1, end2, stated_by, properties) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (end1, end2, type) DO UPDATE SET properties = excluded.properties, stated_by = excluded.stated_by
"""
STATED_LINKS = "SELECT id, type, end1, end2 FROM relationships WHERE stated_by = ?1 AND (end1 = ?1 OR end2 = ?1)"
DELETE_RELATIONSHIP = "DELETE FROM relationships WHERE id = ?"
DELETE_BETWEEN = "DELETE FROM relationships WHERE end1 = ? AND end2 = ? AND type = ?"

_RECORD = """
SELECT e.guid, e.type, e.archived, e.version, e.created_by, e.created_at, e.updated_by, e.updated_at,
       coalesce(s.qualified_name, ''), e.classifications, e.properties
FROM elements e LEFT JOIN sources s ON s.id = e.source
"""
BY_GUIDS = _RECORD + "WHERE e.guid IN (SELECT value FROM json_each(?)) ORDER BY e.id"
FIND = _RECORD + "WHERE {conditions} ORDER BY e.id LIMIT ? OFFSET ?"

RELATIONSHIPS = """
WITH wanted AS MATERIALIZED (SELECT e.id FROM elements e JOIN json_each(?1) w ON e.guid = w.value)
SELECT r.guid, r.type, a.guid, b.guid, r.properties
FROM (SELECT * FROM relationships WHERE end1 IN (SELECT id FROM wanted)
      UNION SELECT * FROM relationships WHERE end2 IN (SELECT id FROM wanted)) r
JOIN elements a ON a.id = r.end1 JOIN elements b ON b.id = r.end2
WHERE ?2 IS NULL OR r.type = ?2
ORDER BY r.id
"""
