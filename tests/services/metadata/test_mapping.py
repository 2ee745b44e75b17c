"""Mapping elements of connectors to changes."""

import pytest

from services.errors import InvalidParameterError
from services.metadata.changes import Link
from services.metadata.mapping import to_put
from services.metadata.types.files import CSVFile, FileFolder


def test_a_link_at_the_wrong_end_is_refused_with_the_right_ends_named() -> None:
    with pytest.raises(InvalidParameterError, match=r"CSVFile a\.csv cannot be end 1 of a NestedFile") as caught:
        to_put(CSVFile(qualified_name="a.csv"), links=[Link("NestedFile", "folder", at_end1=False)])
    assert "leads from FileFolder to DataFile: end 1 is the folder that end 2 lies in" in str(caught.value)
    with pytest.raises(InvalidParameterError, match="FileFolder folder cannot be end 2 of a NestedFile"):
        to_put(FileFolder(qualified_name="folder"), links=[Link("NestedFile", "a.csv")])

    to_put(CSVFile(qualified_name="a.csv"), links=[Link("NestedFile", "folder")])
    to_put(FileFolder(qualified_name="folder"), links=[Link("NestedFile", "a.csv", at_end1=False)])
    to_put(CSVFile(qualified_name="a.csv"), links=[Link("SomethingOfTheirOwn", "b")])
