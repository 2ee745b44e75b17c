"""The catalogue of all messages, for explaining a message id."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from audit.message import MessageDefinition


def messages_in(*packages: str) -> dict[str, MessageDefinition]:
    """The messages declared in these packages, by id. Imports the modules that declare messages."""
    found: dict[str, MessageDefinition] = {}
    for module in _modules(packages):
        for value in vars(module).values():
            if isinstance(value, MessageDefinition):
                found[value.id] = value
    return dict(sorted(found.items()))


def _modules(packages: tuple[str, ...]) -> Iterator[ModuleType]:
    """Yield the modules that declare messages, which are called `messages`."""
    for name in packages:
        package = importlib.import_module(name)
        for info in pkgutil.walk_packages(package.__path__, name + "."):
            if info.name.endswith(".messages"):
                yield importlib.import_module(info.name)
