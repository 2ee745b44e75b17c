"""The page of the configuration document, from its Structs and the docstrings of their fields."""

import inspect
from collections.abc import Iterator
from enum import Enum
from importlib.metadata import entry_points
from typing import Any

import msgspec
from msgspec import inspect as types

from audit.destination import ENTRY_POINTS, PROVIDERS
from docs.generate.markdown import code, one_line, page, table
from integration_daemon.config.address_range import AddressRange
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.rest.docstrings import field_docstrings
from services.allowance import EndpointPattern
from services.host_pattern import HostPattern
from services.secret import Secret

_OURS = "Ours: "

_INTRODUCTION = """\
A configuration document describes one server. It is written in JSON, YAML or TOML, according to the extension of the
file: `.json`, `.yaml`, `.yml` or `.toml`. A file with any other extension is read as JSON.

The field names are those of Egeria's `OMAGServerConfig`, and documents written by Egeria load unchanged. Fields marked
*extension* belong to this program only. Fields of Egeria that this program does not use are accepted and kept, so that
a document can be used in Egeria again; each section lists these fields at its end.

A number or a truth value may be given as a string. `null` has the same meaning as leaving the field out. At the start,
an unknown field is ignored with a warning; `integration-daemon check` reports it with the most similar known name.

A secret is written as a reference: `env:NAME` for an environment variable, `file:PATH` for the content of a file,
`credential:NAME` for a credential of systemd, or `vault:PATH#KEY` for a secret in HashiCorp Vault. The secret is read
at each use, and is never shown; see [](../security.md#secrets). A secret in the document itself also works, but `check`
warns about it.
"""


def configuration_page() -> str:
    """Every Struct of the document with its fields, followed by the enums."""
    structs, enums = document_types(OMAGServerConfig)
    return page(
        "The configuration document",
        _INTRODUCTION,
        *map(struct_section, structs),
        "## Audit log destinations",
        _destinations(),
        *map(enum_section, enums),
    )


def document_types(document: type[msgspec.Struct]) -> tuple[list[type[msgspec.Struct]], list[type[Enum]]]:
    """The Structs and enums of a document, in the order of their first use."""
    structs: dict[type[msgspec.Struct], None] = {}
    enums: dict[type[Enum], None] = {}

    def meet(kind: types.Type) -> None:
        match kind:
            case types.StructType(cls=cls) if cls not in structs:
                structs[cls] = None
                for field in kind.fields:
                    meet(field.type)
            case types.UnionType(types=members):
                for member in members:
                    meet(member)
            case (
                types.ListType(item_type=item)
                | types.VarTupleType(item_type=item)
                | types.DictType(value_type=item)
                | types.Metadata(type=item)
            ):
                meet(item)
            case types.EnumType(cls=cls):
                enums[cls] = None

    meet(types.type_info(document))
    return list(structs), list(enums)


def struct_section(kind: type[msgspec.Struct]) -> str:
    """A Struct with its fields."""
    meanings = field_docstrings(kind)
    info = types.type_info(kind)
    assert isinstance(info, types.StructType)
    used = [field for field in info.fields if field.name in meanings]
    unused = [field for field in info.fields if field.name not in meanings]
    parts = [f"## {kind.__name__}", inspect.getdoc(kind) or ""]
    parts += [_field(each, meanings[each.name]) for each in used]
    if unused:
        names = ", ".join(f"{code(each.encode_name)} ({_type(each.type)})" for each in unused)
        parts.append(f"Accepted, kept and not used: {names}.")
    return "\n\n".join(parts)


def _field(field: types.Field, meaning: str) -> str:
    is_ours = meaning.startswith(_OURS)
    meaning = meaning.removeprefix(_OURS)
    notes = ", ".join(filter(None, (_type(field.type), _default(field), "*extension*" if is_ours else "")))
    return f"{code(field.encode_name)} ({notes})\n: {meaning[0].upper()}{meaning[1:]}"


def _default(field: types.Field) -> str:
    if field.required:
        return "required"
    default = field.default
    if default in (None, (), msgspec.NODEFAULT) or isinstance(default, msgspec.Struct):
        return ""
    if isinstance(default, Enum):
        return f"default {code(default.value)}"
    return f"default {code(msgspec.json.encode(default).decode())}"


def _type(kind: types.Type) -> str:
    match kind:
        case types.UnionType(types=members):
            return " or ".join(_type(each) for each in members if not isinstance(each, types.NoneType))
        case types.ListType(item_type=item) | types.VarTupleType(item_type=item):
            return f"list of {_type(item)}"
        case types.DictType(value_type=types.AnyType()):
            return "object"
        case types.DictType(value_type=item):
            return f"object of {_type(item)}"
        case types.StructType(cls=cls) | types.EnumType(cls=cls):
            return f"[{cls.__name__}](#{cls.__name__.lower()})"
        case types.CustomType(cls=cls) if cls is Secret:
            return "secret"
        case types.CustomType(cls=cls) if cls is HostPattern:
            return "host name, IP address or `*.` and a domain"
        case types.CustomType(cls=cls) if cls is AddressRange:
            return "IP address or network"
        case types.CustomType(cls=cls) if cls is EndpointPattern:
            return "endpoint pattern"
        case types.IntType() | types.FloatType():
            return " ".join(("integer" if isinstance(kind, types.IntType) else "number", *_bounds(kind)))
        case types.StrType():
            return "string"
        case types.BoolType():
            return "true or false"
        case types.AnyType():
            return "any"
        case _:
            raise TypeError(f"the type {kind} has no description")


def _bounds(kind: types.IntType | types.FloatType) -> Iterator[str]:
    if kind.ge is not None:
        yield f"from {kind.ge}"
    if kind.gt is not None:
        yield f"above {kind.gt}"
    if kind.le is not None:
        yield f"to {kind.le}"


def enum_section(kind: type[Enum]) -> str:
    """An enum with its values."""
    meanings = field_docstrings(kind)
    rows = [(code(each.value), meanings[each.name]) for each in kind]
    return "\n\n".join((f"## {kind.__name__}", inspect.getdoc(kind) or "", table(("Value", "Meaning"), rows)))


_DESTINATIONS = """\
An entry of `auditLogConnections` names a destination in `connectorType.connectorProviderClassName`, by its own name or
by the name of the Java provider class that it replaces. The property `supportedSeverities` in its
`configurationProperties` lists the severities that the destination receives; without it, the console receives all
severities except Trace and PerfMon, and other destinations receive all. A relative address is below the directory
`servers/SERVER/logs` of the data directory. In addition, the newest records are kept in memory for the console page and
the command `audit-log`.
"""


def _destinations() -> str:
    entries = []
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        if point.value.startswith("audit."):
            made: Any = point.load()
            names = [code(java) for java, name in PROVIDERS.items() if name == point.name]
            settings = one_line(inspect.getdoc(made.from_settings) or "")
            parts = (one_line(inspect.getdoc(made) or ""), settings, *(f"It replaces {name}." for name in names))
            entries.append(f"{code(point.name)}\n: " + " ".join(parts))
    return "\n\n".join((_DESTINATIONS, *entries))
