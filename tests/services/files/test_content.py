"""Classifying the content of files, with the usual libraries for their formats."""

import gzip
import sqlite3
import sys
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import fastavro
import pytest

from services.errors import ConnectorConfigurationError
from services.files import data_files_monitor
from services.files.classifier import classify
from services.files.content import Content, classify_file
from tests.services.files.monitored import SUMMARY, Monitored, monitoring


def looked_into(path: Path) -> Content:
    return classify_file(str(path), classify(path.name))


@pytest.mark.parametrize(
    ("name", "content", "type_name", "file_type", "encoding"),
    [
        ("notes", b"Plain words.\n", "Document", "Text Document", "UTF-8"),
        ("data.unknown", b"Plain words.\n", "DataFile", "Data File", "UTF-8"),
        ("settings", b'{"a": [1, 2]}', "JSONFile", "JSON File", "UTF-8"),
        ("events", b'{"a": 1}\n{"a": 2}\n', "JSONFile", "JSON File", "UTF-8"),
        ("tool", b"#!/bin/sh\necho\n", "ScriptFile", "Script File", "UTF-8"),
        ("feed", b'<?xml version="1.0"?><a/>', "XMLFile", "XML File", "UTF-8"),
        ("page", b"<!doctype html><p>", "Document", "Markup Document", "UTF-8"),
        ("letter.txt", "Grüße aus Köln, wo es schön ist und später".encode("latin-1"), "Document", "Text Document", ""),
        ("wide.txt", "Grüße".encode("utf-16"), "Document", "Text Document", "UTF-16LE"),
        ("cut.txt", "é".encode() * 40_000, "Document", "Text Document", "UTF-8"),
        ("picture", b"\x89PNG\r\n\x1a\n0000", "RasterFile", "Raster Image", None),
        ("film.bin", b"0000ftypisom", "ExecutableFile", "Executable File", None),
        ("film", b"0000ftypisom", "VideoFile", "Video File", None),
        ("report.csv", b"%PDF-1.7\n%\xe2\xe3", "Document", "PDF Document", None),
        ("empty.csv", b"", "CSVFile", "CSV File", "UTF-8"),
        ("random", bytes(range(256)) * 10, "DataFile", "Data File", None),
    ],
)
def test_a_file_is_classified_by_its_content_and_name(
    tmp_path: Path, name: str, content: bytes, type_name: str, file_type: str, encoding: str | None
) -> None:
    (tmp_path / name).write_bytes(content)
    found = looked_into(tmp_path / name)

    assert found.problem is None
    assert (found.file_class.element.type_name(), found.file_class.file_type) == (type_name, file_type)
    if encoding == "":
        assert found.file_class.encoding not in (None, "UTF-8")
    else:
        assert found.file_class.encoding == encoding


def test_files_written_by_programs_are_recognized_without_their_extensions(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "packed", "w") as archive:
        archive.writestr("a", "b")
    (tmp_path / "zipped").write_bytes(gzip.compress(b"a"))
    with sqlite3.connect(tmp_path / "base") as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    kinds = {name: looked_into(tmp_path / name).file_class for name in ("packed", "zipped", "base")}
    assert [kind.file_type for kind in kinds.values()] == ["Archive File", "Archive File", "SQLite Database File"]
    assert looked_into(Path(sys.executable).resolve()).file_class.file_type == "Executable File"


def columns(content: Content) -> list[tuple[str, str, bool | None]]:
    return [(column.name, column.data_type, column.is_nullable) for column in content.columns]


def test_the_header_of_a_csv_file_gives_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "a [b]*.csv"  # read literally, not as a pattern
    path.write_bytes("id;Größe;'the \"when\"'\n1;2,5;2021-02-02\n2;'x;y';2021-02-03\n".encode("utf-16"))
    found = looked_into(path)
    assert found.file_class.encoding == "UTF-16LE"
    assert found.table is not None
    assert (found.table.delimiter, found.table.quote) == (";", "'")
    assert columns(found) == [("id", "BIGINT", None), ("Größe", "VARCHAR", None), ('the "when"', "DATE", None)]


def test_only_the_beginning_of_a_large_csv_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("number,text\n" + "1,one\n" * 100_000 + '"unfinished\n')
    assert columns(looked_into(tmp_path / "a.csv")) == [("number", "BIGINT", None), ("text", "VARCHAR", None)]


def write_parquet(path: Path, select: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")


def test_the_schema_of_a_parquet_or_avro_file_gives_its_columns(tmp_path: Path) -> None:
    write_parquet(tmp_path / "p", "SELECT 1::INTEGER AS a, {'x': 1.5::DECIMAL(4, 2)} AS b")
    assert columns(looked_into(tmp_path / "p")) == [("a", "INTEGER", True), ("b", "STRUCT(x DECIMAL(4,2))", True)]

    schema: dict[str, Any] = {
        "type": "record",
        "name": "r",
        "fields": [
            {"name": "a", "type": "long"},
            {"name": "b", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
            {"name": "c", "type": {"type": "array", "items": "string"}},
        ],
    }
    with (tmp_path / "a.avro").open("wb") as file:
        fastavro.writer(file, schema, [{"a": 1, "b": None, "c": []}])
    assert columns(looked_into(tmp_path / "a.avro")) == [
        ("a", "long", False),
        ("b", "timestamp-millis", True),
        ("c", "array", False),
    ]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("cut.parquet", b"PAR1 and no end", "not a whole Parquet file"),
        ("cut.avro", b"Obj\x01\x04", "not that of an Avro file"),
        ("secret.csv", b"\x00\x01\x02hunter2", "not text, which its name promises"),
    ],
)
def test_a_malformed_file_is_reported_without_quoting_its_content(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)
    found = looked_into(tmp_path / name)
    assert problem in (found.problem or "")
    assert found.file_class == classify(name)


async def schema_of(tree: Monitored) -> list[tuple[int, str]]:
    found = await tree.around.elements("TabularColumn")
    return sorted((each.properties.get("elementPosition", 0), each.properties["displayName"]) for each in found)


async def test_columns_are_created_and_removed_with_their_file(tmp_path: Path) -> None:
    async with monitoring(tmp_path, classifyContent=True) as tree:
        (tree.root / "a.csv").write_text("x,y\n1,2\n")
        (tree.root / "a.csv.bak").write_text("beside it\n")
        write_parquet(tree.root / "b", "SELECT 1 AS z")
        assert "8 created" not in await tree.refresh()
        assert await schema_of(tree) == [(0, "x"), (0, "z"), (1, "y")]
        (csv,) = await tree.around.elements("CSVFile")
        assert csv.properties["delimiterCharacter"] == ","
        (parquet,) = await tree.around.elements("ParquetFile")
        (link,) = await tree.around.context.relationships([parquet.guid], type_name="Schema")
        links = await tree.around.context.relationships([link.end2_guid], type_name="AttributeForSchema")
        (column,) = await tree.around.context.get([links[0].end2_guid])
        assert (column.properties["displayName"], column.properties["dataType"]) == ("z", "INTEGER")
        assert await tree.refresh() == ""

        (tree.root / "a.csv").write_text("x,other,third\n1,2,3\n")
        await tree.refresh()
        assert await schema_of(tree) == [(0, "x"), (0, "z"), (1, "other"), (2, "third")]
        (tree.root / "a.csv").write_text("x\n1\n")
        assert "4 archived" not in await tree.refresh()
        assert await schema_of(tree) == [(0, "x"), (0, "z")]
        (tree.root / "b").unlink()
        await tree.refresh()
        assert await schema_of(tree) == [(0, "x")]
        assert await tree.refresh() == ""


async def test_columns_do_not_count_towards_the_deletion_safety(tmp_path: Path) -> None:
    async with monitoring(tmp_path, classifyContent=True) as tree:
        many = ",".join(f"column{number}" for number in range(100))
        for number in range(30):
            (tree.root / f"{number}.csv").write_text(f"{many}\n" if number < 5 else "x\n1\n")
        await tree.refresh()
        for path in tree.root.glob("[01234].csv"):
            path.write_text("now,quite,others\n1,2,3\n")  # 500 columns are gone, but no file
        await tree.refresh()
        assert {name for _, name in await schema_of(tree)} == {"now", "quite", "others", "x"}
        for path in tree.root.glob("*.csv"):
            path.unlink()  # 30 of 31 elements, not counting columns
        assert "1 updated, 0 archived" in await tree.refresh()
        assert len(await tree.paths()) == 30


async def test_a_file_that_cannot_be_read_is_reported_once(tmp_path: Path) -> None:
    async with monitoring(tmp_path, classifyContent="true") as tree:
        (tree.root / "cut.parquet").write_bytes(b"PAR1")
        (tree.root / "good.csv").write_text("x,y\n1,2\n")
        await tree.refresh()
        assert await tree.paths() == {"cut.parquet", "good.csv"}
        (said,) = tree.around.said("0033")
        assert f"could not determine the content of {tree.root}/cut.parquet: it is not a whole Parquet file" in said
        assert len(tree.around.said(SUMMARY)) == 1
        assert await tree.refresh() == ""
        assert len(tree.around.said("0033")) == 1


async def test_without_the_libraries_the_connector_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_files_monitor, "missing_libraries", lambda: ["duckdb"])
    with pytest.RaisesGroup(
        pytest.RaisesExc(ConnectorConfigurationError, match="not installed: duckdb"), flatten_subgroups=True
    ):
        async with monitoring(tmp_path, classifyContent=True):
            pass
