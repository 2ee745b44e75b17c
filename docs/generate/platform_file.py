"""The page of the platform file, from its Structs and the docstrings beside their fields."""

from docs.generate.configuration import document_types, enum_section, struct_section
from docs.generate.markdown import page
from integration_daemon.config.platform_file import PlatformFile

_INTRODUCTION = """\
The platform file says what the platform allows, whatever the documents say that are sent to it. It is `platform.yaml`
beside the data directory, or the file that `run --platform-file` names; it may be JSON or TOML as well, as its ending
says. It is read once, at start, and nothing that is sent over REST can change it. It need not be there.

A field that is not known is an error, as a wrong value is: the platform does not start. `integration-daemon check
platform.yaml` names every problem with its line.
"""


def platform_file_page() -> str:
    """Every Struct of the file with its fields, then the enums."""
    structs, enums = document_types(PlatformFile)
    return page("The platform file", _INTRODUCTION, *map(struct_section, structs), *map(enum_section, enums))
