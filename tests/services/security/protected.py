"""A small hospital whose database and files are protected, for tests."""

from typing import Any

from services.database.description import ColumnDescription, DatabaseDescription, SchemaDescription, TableDescription
from services.database.mapping import Statements
from services.metadata.changes import Batch, Change, Classify, Link, Put
from services.metadata.mapping import to_put
from services.metadata.store import MetadataStore
from services.metadata.types.files import CSVFile, FileFolder

TABLE = "RelationalTable::pg::hospital::public::patient"
NAME, WARD = (f"RelationalColumn::pg::hospital::public::patient::{each}" for each in ("name", "ward"))
FOLDER, FILE = "FileFolder::/data/trials", "CSVFile::/data/trials/a.csv"


def database() -> list[Put]:
    """The database with one table."""
    statements = Statements(DatabaseDescription(path="pg::hospital", name="hospital", technology="Cards in a Box"))
    columns = [ColumnDescription(name=each, data_type="text") for each in ("name", "ward")]
    table = TableDescription(schema="public", name="patient", columns=columns)
    return [
        statements.database(),
        *statements.schema(SchemaDescription(name="public")),
        *statements.table(table, "1", lambda *_: False),
    ]


def file() -> list[Put]:
    """A file in two folders."""
    outer = FileFolder(qualified_name="FileFolder::/data", path_name="/data")
    inner = FileFolder(qualified_name=FOLDER, path_name="/data/trials")
    element = CSVFile(qualified_name=FILE, path_name="/data/trials/a.csv")
    return [
        to_put(outer),
        to_put(inner, links=[Link("FolderHierarchy", outer.qualified_name)]),
        to_put(element, links=[Link("NestedFile", FOLDER)]),
    ]


def classify(name: str, classification: str, **properties: Any) -> Classify:
    """A change that classifies an element."""
    return Classify(qualified_name=name, classification=classification, properties=properties)


def protections() -> list[Change]:
    """Doctors and nurses read the table, doctors alone the names in it; nobody has said who reads the file."""
    return [
        classify(TABLE, "SecurityTags", accessGroups={"doctors": ["read", "write"], "nurses": ["read"]}),
        classify(NAME, "SecurityTags", securityLabels=["PII"], accessGroups={"doctors": ["read"]}),
        classify(NAME, "Confidentiality", levelIdentifier=3, statusIdentifier=1),
        classify(FILE, "ZoneMembership", zoneMembership=["trials"]),
        classify(FILE, "Ownership", owner="tessa"),
    ]


async def apply(store: MetadataStore, *changes: Change, source: str = "") -> None:
    """Change a store, which rejects nothing."""
    outcome = await store.apply(Batch(user="npa", metadata_source=source, changes=changes))
    assert outcome.rejected == []


async def fill(store: MetadataStore) -> None:
    """Catalogue the hospital."""
    await apply(store, *database(), source="monitor")
    await apply(store, *file(), source="landing")
    await apply(store, *protections())
