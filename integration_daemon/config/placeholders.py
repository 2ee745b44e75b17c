"""Placeholder variables: a text `~{name}~` in a document stands for the value that the platform has for this name.

Placeholders are replaced when a document is used; the stored document keeps them.
https://egeria-project.org/concepts/configuration-document/
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from integration_daemon.config import messages
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.encode import encode_for_store
from integration_daemon.config.load import ConfigurationError, convert_to, explain
from integration_daemon.config.problem import Problem
from integration_daemon.config.store import not_stored
from integration_daemon.private_files import read_regular, write_private
from services.near_names import nearest

_PLACEHOLDER = re.compile(r"~\{([^{}~]+)\}~")
_NAME = re.compile(r"[^{}~\x00-\x1f]{1,200}")


class VariableFile:
    """The placeholder variables of a platform, in its data directory. All methods block."""

    def __init__(self, data_directory: Path) -> None:
        self._path = data_directory / "placeholder-variables.json"

    def load(self) -> dict[str, str]:
        """The values by name; raises `ConfigurationError` if the file is damaged."""
        try:
            return msgspec.json.decode(read_regular(self._path), type=dict[str, str])
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise ConfigurationError(messages.VARIABLES_BROKEN, path=self._path, cause=error) from None

    def save(self, variables: Mapping[str, str]) -> None:
        """Store these variables and no others, atomically, readable only by this user.

        Raises `ConfigurationError` if they cannot be written.
        """
        try:
            write_private(self._path, msgspec.json.format(msgspec.json.encode(variables)))
        except OSError as error:
            raise not_stored("The placeholder variables", error) from error


def name_problems(variables: Mapping[str, str]) -> Iterator[Problem]:
    """The problems of names that cannot be part of a placeholder."""
    for name in variables:
        if not _NAME.fullmatch(name):
            yield Problem(f"$.{name[:60]}", "a name has 1 to 200 characters, and none of ~ { }")


def replaced(content: Any, variables: Mapping[str, str]) -> tuple[Any, list[Problem]]:
    """Plain content with the values of its placeholders, and the problems of placeholders without a value."""
    unset: list[Problem] = []
    return _replaced(content, variables, "$", unset), unset


def _replaced(content: Any, variables: Mapping[str, str], path: str, unset: list[Problem]) -> Any:
    if isinstance(content, dict):
        return {key: _replaced(value, variables, f"{path}.{key}", unset) for key, value in content.items()}
    if isinstance(content, list):
        return [_replaced(each, variables, f"{path}[{index}]", unset) for index, each in enumerate(content)]
    if not isinstance(content, str) or "~{" not in content:
        return content
    unset += [
        Problem(path, f"the placeholder variable {name} is not set", nearest(name, variables))
        for name in _PLACEHOLDER.findall(content)
        if name not in variables
    ]
    return _filled(content, variables)


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: variables.get(match[1], match[0]), text)


def resolved(config: OMAGServerConfig, variables: Mapping[str, str]) -> tuple[OMAGServerConfig, list[Problem]]:
    """The document with the values of its placeholders, and the problems of the placeholders and their values."""
    stored = encode_for_store(config)
    if b"~{" not in stored:
        return config, []
    content, problems = replaced(msgspec.json.decode(stored), variables)
    try:
        return convert_to(OMAGServerConfig, content), problems
    except msgspec.ValidationError as error:
        return config, [*problems, Problem(*explain(error))]


def with_placeholders_of(new: Any, old: Any, variables: Mapping[str, str]) -> Any:
    """New plain content with the placeholders of the old content, where the new content has their values."""
    if isinstance(new, dict) and isinstance(old, dict):
        return {key: with_placeholders_of(value, old.get(key), variables) for key, value in new.items()}
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        return [with_placeholders_of(*pair, variables) for pair in zip(new, old, strict=True)]
    if isinstance(new, str) and isinstance(old, str) and "~{" in old and _filled(old, variables) == new:
        return old
    return new
