"""Writes the package of a new connector: the connector, its test, and the entry point that the daemon reads."""

import keyword
import re
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from string import Template

from integration_daemon.cli.failure import fail, wrong_usage
from services.framework.service import IntegrationService
from services.installed import describe_connectors

_NAME = re.compile(r"(?=.{1,64}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_IMPORTS = (
    "from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError",
    "from services.framework.connector import ConnectorProvider",
    "from services.metadata.mapping import to_put",
    "from services.metadata.types.base import DataSet",
)
_TEMPLATES = Path(__file__).parent


def write_connector(name: str, service: IntegrationService, directory: Path) -> list[Path]:
    """Write the package to a new directory, and return its files.

    Raises `CommandError` for an invalid or used name, and for a directory that exists.
    """
    module = name.replace("-", "_")
    _require_free_name(name, module)
    base = service.connector_class
    values = {
        "name": name,
        "module": module,
        "class_name": "".join(part.title() for part in name.split("-")),
        "message": name.upper(),
        "base_class": base.__name__,
        "imports": "\n".join(sorted([*_IMPORTS, f"from {base.__module__} import {base.__name__}"])),
    }
    files = {
        "pyproject.toml": "pyproject.toml",
        f"{module}.py": "connector.py",
        f"test_{module}.py": "test_connector.py",
    }
    try:
        directory.mkdir(parents=True)
    except FileExistsError:
        fail(f"there is a {directory} already; remove it, or name another with --directory")
    for file, template in files.items():
        text = (_TEMPLATES / f"{template}.template").read_text(encoding="utf-8")
        (directory / file).write_text(Template(text).substitute(values), encoding="utf-8")
    return [directory / file for file in files]


def _require_free_name(name: str, module: str) -> None:
    if not _NAME.fullmatch(name):
        wrong_usage(f"{name!r:.80} is no name for a connector: use lower-case letters, digits and hyphens, at most 64")
    if keyword.iskeyword(module) or module in sys.stdlib_module_names:
        wrong_usage(f"{name} is a name of Python itself; choose another")
    if module == "conftest" or module.startswith("test_"):
        wrong_usage(f"pytest would take the module {module} for tests; choose another name")
    if any(name in each.provider_class_names for each in describe_connectors()):
        wrong_usage(f"there is a connector {name} already; choose another name")
    if (found := PathFinder.find_spec(module)) is not None and found.origin is not None:
        wrong_usage(f"there is a Python module {module} already; choose another name")
