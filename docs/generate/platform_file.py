"""The page of the platform file, from its Structs and the docstrings beside their fields."""

from docs.generate.configuration import document_types, enum_section, struct_section
from docs.generate.markdown import page
from integration_daemon.config.platform_file import PlatformFile

_INTRODUCTION = """\
The platform file limits the actions of documents and callers. It is `platform.yaml` next to the data directory, or the
file that `run --platform-file` names; according to its extension, it is in YAML, JSON or TOML. The file is optional. It
is read once, at the start, and no request over REST can change it.

If a field is unknown or has a wrong value, the platform does not start. `integration-daemon check platform.yaml` lists
every problem with its line.
"""


def platform_file_page() -> str:
    """Every Struct of the file with its fields, then the enums."""
    structs, enums = document_types(PlatformFile)
    return page("The platform file", _INTRODUCTION, *map(struct_section, structs), *map(enum_section, enums))
