"""The qualified names of files and folders: `CSVFile::/p` in this program, `CSVFile:/p` in Egeria 4.

An element is found by either name, and keeps its own.
"""

import re
from functools import cache

from services.metadata.server_protocol import QualifiedNames
from services.metadata.types.files import DataFile, FileFolder
from services.metadata.types.registry import types_by_name

_FILE_NAME = re.compile(r"(?P<type>[A-Za-z]+)(?P<separator>::?)(?P<path>/.*)", re.DOTALL)
_SEPARATORS = {QualifiedNames.DAEMON: "::", QualifiedNames.SERVER: ":"}


def in_form_of(name: str, rule: QualifiedNames) -> str:
    """A name in the form of a rule."""
    found = _FILE_NAME.fullmatch(name)
    if found is None or found["type"] not in _file_types():
        return name
    return found["type"] + _SEPARATORS[rule] + found["path"]


def canonical(name: str) -> str:
    """The canonical form of a name, which this program's connectors use; equal for both forms."""
    return in_form_of(name, QualifiedNames.DAEMON)


def without_type(name: str) -> str:
    """The path in the name of a file or folder, which is equal in both forms; another name is unchanged."""
    found = _FILE_NAME.fullmatch(name)
    return name if found is None or found["type"] not in _file_types() else found["path"]


def both_forms(name: str) -> list[str]:
    """Both forms of a name, the ecosystem's first."""
    return list(dict.fromkeys([in_form_of(name, QualifiedNames.SERVER), canonical(name)]))


@cache
def _file_types() -> frozenset[str]:
    return frozenset(
        name for name, kind in types_by_name().items() if issubclass(kind, DataFile) or issubclass(kind, FileFolder)
    )
