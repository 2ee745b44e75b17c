"""Every public name is exported, typed and documented, so that an editor can show its purpose."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, get_type_hints

import pytest
from markdown_it import MarkdownIt

import audit
import integration_daemon
import services

FLOORS = (audit, services, integration_daemon)
FLOOR_NAMES = [floor.__name__ for floor in FLOORS]
ROOT = Path(__file__).parents[2]


def all_modules() -> list[ModuleType]:
    """The modules of the three layers, except those that run a program when imported."""
    names = list(FLOOR_NAMES)
    for floor in FLOORS:
        names += [found.name for found in pkgutil.walk_packages(floor.__path__, f"{floor.__name__}.")]
    return [importlib.import_module(name) for name in names if not name.endswith(".__main__")]


MODULES = all_modules()


def public_definitions(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The public classes and functions that a module defines, and the methods and properties of the classes."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            yield name, value
            for member in vars(value):
                if not member.startswith(("_", "test_")):  # the name of a test is its documentation
                    yield f"{name}.{member}", getattr(value, member)
        elif isinstance(value, FunctionType):
            yield name, value


def function_of(definition: Any) -> FunctionType | None:
    """The function behind a method or a property."""
    if isinstance(definition, property):
        definition = definition.fget
    found = inspect.unwrap(getattr(definition, "__func__", definition))
    return found if isinstance(found, FunctionType) else None


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_name_is_documented(module: ModuleType) -> None:
    assert inspect.getdoc(module), module.__name__
    for name, definition in public_definitions(module):
        if inspect.isclass(definition) or function_of(definition):
            # `getdoc` takes the docstring of the method that is overridden where a method has none
            assert inspect.getdoc(definition), f"{module.__name__}.{name}"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_name_is_typed(module: ModuleType) -> None:
    for name, definition in public_definitions(module):
        function = function_of(definition)
        if function is None or inspect.isclass(definition):
            continue
        hints = get_type_hints(function)  # fails if a type is imported only for the type checker
        parameters = [each for each in inspect.signature(function).parameters if each not in ("self", "cls")]
        assert {*parameters, "return"} <= hints.keys(), f"{module.__name__}.{name}"


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor.__name__)
def test_every_package_is_marked_as_typed(floor: ModuleType) -> None:
    assert (files(floor) / "py.typed").is_file()


def taught_imports() -> Iterator[tuple[str, str]]:
    """Module and name of each import of our packages in the documentation and in its example."""
    fences = [
        token.content
        for page in (ROOT / "docs").glob("*.md")
        for token in MarkdownIt().parse(page.read_text(encoding="utf-8"))
        if token.type == "fence" and token.info == "python"
    ]
    modules = [path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "example-connector").glob("*.py")]
    for code in (*fences, *modules):
        for statement in ast.walk(ast.parse(code)):
            if isinstance(statement, ast.ImportFrom) and (statement.module or "").partition(".")[0] in FLOOR_NAMES:
                yield from ((statement.module or "", alias.name) for alias in statement.names)


@pytest.mark.parametrize(("module", "name"), sorted(set(taught_imports())))
def test_names_imported_in_the_documentation_are_exported(module: str, name: str) -> None:
    found = importlib.import_module(module)
    assert not name.startswith("_")
    assert hasattr(found, name)
    exported = getattr(found, "__all__", None)
    assert name in exported if exported is not None else getattr(found, name).__module__ == module


@pytest.mark.parametrize(
    "module", [module for module in MODULES if hasattr(module, "__all__")], ids=lambda module: module.__name__
)
def test_exported_names_exist_and_are_listed_once(module: ModuleType) -> None:
    assert len(module.__all__) == len(set(module.__all__))
    assert all(hasattr(module, name) for name in module.__all__)
