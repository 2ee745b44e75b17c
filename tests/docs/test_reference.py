"""The reference pages are complete: they list everything that the code defines."""

import ast
import html
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cyclopts import App
from markdown_it import MarkdownIt

from audit.catalogue import messages_in
from docs.generate import PAGES, write_reference
from docs.generate.configuration import document_types
from docs.generate.connectors import our_connectors
from docs.generate.markdown import literally, table
from docs.generate.routes import every_route, meaning_of
from integration_daemon import rest
from integration_daemon.cli.main import app as command_line
from integration_daemon.config import document
from integration_daemon.config.platform_file import PlatformFile
from integration_daemon.rest.docstrings import field_docstrings
from integration_daemon.rest.query import Query
from integration_daemon.rest.route import Route
from services.framework import connection
from services.framework.broker import InstalledConnector
from services.metadata.types.classifications import CLASSIFICATIONS
from services.metadata.types.registry import types_by_name
from services.metadata.types.relationships import RELATIONSHIPS
from services.registry import registered_services

ROOT = Path(__file__).parents[2]


def sections(page: str, level: str = "##") -> dict[str, str]:
    """The text below each heading of this level, by heading."""
    parts = re.split(rf"^{level} (.+)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_message_is_listed_with_its_actions() -> None:
    explained = sections(PAGES["messages"](), "###")
    for message in messages_in("audit", "services", "integration_daemon").values():
        text = explained[message.id]
        assert literally(message.text) in text, message.id
        assert literally(message.system_action) in text, message.id
        assert literally(message.user_action) in text, message.id


def test_messages_derived_from_service_names_are_listed() -> None:
    explained = sections(PAGES["messages"](), "###")
    for service in registered_services():
        marker = service.url_marker.upper()
        assert f"OMIS-{marker}-0001" in explained
        assert f"OMIS-{marker}-0002" in explained
        assert service.full_name in explained[f"OMIS-{marker}-400-001"]


def document_structs() -> Iterator[type[msgspec.Struct]]:
    for module in (document, connection):
        for name, value in vars(module).items():
            is_struct = isinstance(value, type) and issubclass(value, msgspec.Struct)
            if is_struct and value.__module__ == module.__name__ and not name.startswith("_"):
                yield value


def test_every_field_of_the_document_is_listed() -> None:
    listed = sections(PAGES["configuration"]())
    for struct in document_structs():
        for field in msgspec.structs.fields(struct):
            assert f"`{field.encode_name}`" in listed[struct.__name__], f"{struct.__name__}.{field.name}"


def test_every_field_of_the_platform_file_is_listed() -> None:
    listed = sections(PAGES["platform-file"]())
    structs, _ = document_types(PlatformFile)
    for struct in structs:
        for field in msgspec.structs.fields(struct):
            assert field.name in field_docstrings(struct), f"{struct.__name__}.{field.name}"
            assert f"`{field.encode_name}` (" in listed[struct.__name__]


AMBIGUOUS = {
    "class_", "type", "guid", "url", "classifications", "qualified_name", "display_name", "description",
    "deployed_implementation_type", "position", "protocol", "version_id", "arguments",
}  # fmt: skip
"""Fields of connections whose names are names of other things too."""


def test_fields_documented_as_unused_are_not_read_by_the_code() -> None:
    unused = {
        field.name: struct.__name__
        for struct in document_structs()
        for field in msgspec.structs.fields(struct)
        if field.name not in field_docstrings(struct)
    }
    assert "connector_user_id" not in unused
    assert "access_services_config" in unused
    read = attributes_read()
    assert [f"{struct}.{name}" for name, struct in unused.items() if name in read - AMBIGUOUS] == []


def attributes_read() -> set[str]:
    """The names of all attributes that the code of the three layers reads."""
    return {
        node.attr
        for layer in ("audit", "services", "integration_daemon")
        for path in (ROOT / layer).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


def test_every_enum_value_of_the_document_is_listed() -> None:
    _, enums = document_types(document.OMAGServerConfig)
    assert len(enums) == 6
    for enum in enums:
        for member in enum:
            assert f"| `{member.value}` |" in sections(PAGES["configuration"]())[enum.__name__]


def commands(app: App, name: str) -> Iterator[tuple[str, App]]:
    for each in app:
        if not each.startswith("-"):
            command = app[each]
            yield f"{name} {each}", command
            yield from commands(command, f"{name} {each}")


def test_every_command_is_listed_with_its_options() -> None:
    page = PAGES["command-line"]()
    listed = sections(page) | sections(page, "###") | sections(page, "####")
    found = dict(commands(command_line, "integration-daemon"))
    assert "integration-daemon deletions approve" in found
    for name, command in found.items():
        assert command.help.splitlines()[0] in listed[name]
        assert command.default_command is None or f"```console\n{name} " in listed[name]
        for argument in command.assemble_argument_collection() if command.default_command else ():
            for option in argument.names:
                assert option in listed[name], f"{name} {option}"


def test_every_connector_is_listed_with_its_settings() -> None:
    for installed in our_connectors():
        assert f"](connectors/{installed.name}.md)" in PAGES["connectors"]()
        listed = PAGES[f"connectors/{installed.name}"]()
        for setting in installed.connector_class.provider.settings:
            assert f"| `{setting.name}` |" in listed
            assert literally(setting.description) in listed


@pytest.mark.parametrize("installed", our_connectors(), ids=lambda each: each.name)
def test_every_connector_tells_its_rights_and_what_it_reads_and_writes(installed: InstalledConnector) -> None:
    provider = installed.connector_class.provider
    exchange = provider.exchange
    assert exchange is not None
    assert exchange.directions
    assert exchange.rights.endswith(".")
    assert literally(exchange.rights) in PAGES[f"connectors/{installed.name}"]()
    known = {*types_by_name(), *RELATIONSHIPS, *CLASSIFICATIONS}
    assert set(exchange.read_names) | set(exchange.written_names) <= known
    page, _, heading = exchange.example.partition("#")
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    shown = sections(text) | sections(text, "###")
    (example,) = (content for name, content in shown.items() if name.lower().replace(" ", "-") == heading)
    assert f"`{installed.name}`" in example or f"connectorProviderClassName: {installed.name}" in example


def test_what_a_connector_does_fits_one_line_of_a_terminal() -> None:
    longest = max(len(each.name) for each in our_connectors())
    for installed in our_connectors():
        description = installed.connector_class.provider.description
        assert description.endswith(".")
        assert longest + len(description) + len("│ " * 3) + 1 <= 80, installed.name


def test_every_service_is_listed() -> None:
    listed = sections(PAGES["connectors"]())["Integration services"]
    for service in registered_services():
        assert f"`{service.url_marker}`" in listed
        assert service.full_name in listed


def tables_of_routes() -> Iterator[Route]:
    for info in pkgutil.iter_modules(rest.__path__, rest.__name__ + "."):
        yield from getattr(importlib.import_module(info.name), "ROUTES", ())


def test_every_route_is_listed() -> None:
    listed = {
        f"{method} {template.replace('{users}', users)}"
        for method, template in re.findall(r"^(GET|POST|PUT|PATCH|DELETE) (/\S+)$", PAGES["rest"](), re.MULTILINE)
        for users in ("", "/users/{user}")
    }
    served = {f"{method} {path}" for route in tables_of_routes() for path in route.paths for method in route.methods}
    assert len(served) > 100
    assert served - listed == set()


def test_every_parameter_of_a_query_is_explained() -> None:
    page = PAGES["rest"]()
    assert "`failureKind`\n: " in page
    for route in every_route():
        for field in msgspec.structs.fields(route.query):
            if field.name not in Query.__struct_fields__:
                assert f"`{field.encode_name}`\n: " in page, f"{route.template}?{field.encode_name}"


def test_a_parameter_is_explained_with_its_default() -> None:
    page = PAGES["rest"]()
    operations = page.split("GET /api/v1/operations\n")[1].split("Permission:")[0]
    assert "`limit`\n: The number of operations in the answer. Default: `50`." in operations
    assert "`startFrom`\n: The number of operations to skip.\n" in operations
    assert "`both`. Default: `both`." in page


def test_every_route_has_a_description() -> None:
    for route in every_route():
        assert meaning_of(route).endswith("."), route.template


def test_an_unchanged_page_is_not_rewritten(tmp_path: Path) -> None:
    write_reference(tmp_path)
    path = tmp_path / "messages.md"
    before = path.stat()
    write_reference(tmp_path)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    path.write_text("something else", encoding="utf-8")
    write_reference(tmp_path)
    assert path.read_text(encoding="utf-8") == PAGES["messages"]()


@pytest.mark.parametrize("text", ["{name}", "*x* _y_", "<x>", "`code`", "# 1", "[a](b)", r"\*"])
def test_text_from_the_code_is_escaped(text: str) -> None:
    assert MarkdownIt().render(literally(text)) == f"<p>{html.escape(text)}</p>\n"


def test_a_table_cell_may_contain_a_bar_and_a_line_break() -> None:
    rendered = MarkdownIt().enable("table").render(table(("A", "B"), [(literally("a|b"), "c\nd")]))
    assert "<td>a|b</td>\n<td>c d</td>" in rendered
