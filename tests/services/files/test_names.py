"""Names of files as text: any name can be stored and found again, and different names stay different."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.files.classifier import classify
from services.metadata.stored_names import stored_name, system_name

NAMES = st.binary(min_size=1, max_size=12) | st.text("\\x0fé ", min_size=1, max_size=8).map(str.encode)


@given(NAMES)
def test_every_name_can_be_stored_and_found_again(name: bytes) -> None:
    stored = stored_name(os.fsdecode(name))

    stored.encode()  # it is valid text
    assert os.fsencode(system_name(stored)) == name


@given(NAMES, NAMES)
def test_different_names_stay_different(first: bytes, second: bytes) -> None:
    same = stored_name(os.fsdecode(first)) == stored_name(os.fsdecode(second))

    assert same == (first == second)


@pytest.mark.parametrize(
    "name", ["plain.csv", "two words", 'it\'s "quoted"', "line\nbreak", "Größe.csv", "back\\slash"]
)
def test_ordinary_names_are_unchanged(name: str) -> None:
    assert stored_name(name) == name


@pytest.mark.parametrize(
    ("name", "type_name", "file_type", "extension"),
    [
        ("a.csv", "CSVFile", "CSV File", "csv"),
        ("A.CSV", "CSVFile", "CSV File", "CSV"),
        ("a.json", "JSONFile", "JSON File", "json"),
        ("a.parquet", "ParquetFile", "Parquet File", "parquet"),
        ("a.tar.gz", "ArchiveFile", "Archive File", "gz"),
        ("photo.JPG", "RasterFile", "Raster Image", "JPG"),
        ("Makefile", "BuildInstructionFile", "Build Instruction File", None),
        ("pom.xml", "BuildInstructionFile", "Build Instruction File", "xml"),
        ("server.log", "LogFile", "Log File", "log"),
        ("no extension", "DataFile", "Data File", None),
        (".hidden", "DataFile", "Data File", None),
        ("strange.xyz", "DataFile", "Data File", "xyz"),
        ("ends with dot.", "DataFile", "Data File", None),
    ],
)
def test_a_file_is_classified_by_its_name(name: str, type_name: str, file_type: str, extension: str | None) -> None:
    found = classify(name)

    assert (found.element.type_name(), found.file_type, found.extension) == (type_name, file_type, extension)
