"""Mutations of valid configuration documents; the same seed gives the same mutants."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from integration_daemon.config.load import without_nulls
from integration_daemon.config.quick_start import STARTER
from tests.end_to_end.page.documents import METADATA_SERVER, egeria_document, our_document

PLATFORM = "http://127.0.0.1:9"
"""Nobody is there."""

MUCH: dict[str, Any] = {
    "class": "OMAGServerConfig",
    "localServerName": "much",
    "localServerType": "Integration Daemon",
    "localServerPassword": "env:NOWHERE",
    "restartPolicy": "automatic",
    "refreshesAtOnce": 4,
    "stopDeadlineSeconds": 1.5,
    "auditTrail": ["once"],
    "eventBusConfig": {"topicURLRoot": "egeria", "configurationProperties": {"producer": {"acks": 1, "on": True}}},
    "repositoryServicesConfig": {
        "auditLogConnections": [
            {
                "connectorType": {"connectorProviderClassName": "json-lines"},
                "configurationProperties": {"supportedSeverities": ["Error"], "maxMegabytes": 2, "keepFiles": 3},
            },
            {
                "connectorType": {"connectorProviderClassName": "memory-ring"},
                "configurationProperties": {"capacity": 9},
            },
        ],
        "localRepositoryConfig": {"class": "LocalRepositoryConfig", "metadataCollectionName": "mine"},
    },
    "integrationServicesConfig": [
        {
            "integrationServiceURLMarker": "files-integrator",
            "integrationServiceOptions": {"a": [1, 2.5, {"b": None}]},
            "refreshesAtOnce": 2,
            "restartPolicy": "manual",
            "integrationConnectorConfigs": [
                {
                    "connectorName": "monitor",
                    "metadataSourceQualifiedName": "source",
                    "refreshTimeInterval": 0.5,
                    "refreshJitterSeconds": 1,
                    "permittedSynchronization": "FROM_THIRD_PARTY",
                    "usesBlockingCalls": False,
                    "isolation": "none",
                    "confirmDeletions": True,
                    "deletionSafety": {"few": 1, "percent": 2.5, "most": 3},
                    "archiveRetentionDays": 7,
                    "startDeadlineSeconds": 5,
                    "refreshDeadlineSeconds": 5,
                    "disconnectDeadlineSeconds": 1,
                    "connection": {
                        "connectorType": {"connectorProviderClassName": "data-files-monitor"},
                        "endpoint": {"address": "landing-area", "protocol": "file"},
                        "securedProperties": {"key": "env:NOWHERE"},
                        "configurationProperties": {"waitForDirectory": True, "classifyContent": False},
                        "embeddedConnections": [{"position": 1, "embeddedConnection": {"displayName": "inner"}}],
                    },
                }
            ],
        },
        {
            "integrationServiceURLMarker": "database-integrator",
            "integrationConnectorConfigs": [
                {
                    "connectorName": "tables",
                    "connection": {
                        "connectorType": {"connectorProviderClassName": "database-monitor"},
                        "endpoint": {"address": "sqlite:nowhere.sqlite"},
                        "clearPassword": "file:nowhere",
                    },
                }
            ],
        },
    ],
}
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**70), 10**30, 0.1, -0.0, 1e300, 5e-324, "", " ", "\n", "a\nb",
    "é", "𝄞", "\u2028", "\x7f", "x" * 5_000, "10:30", "NaN", "inf", "-1", "9" * 400, "9" * 5_000, "1e999", "true",
    "yes", "null", "../up", "postgresql://[", "http://[::1", "https://host:99999", "http://u:p@h", "env:", "file:",
    "file:/",
    "jdbc:", "://", "sqlite:", "duckdb:x", "postgresql://h/d", "{}", "${x}", "%s", "{0}", "{connector}", "`", "$.a[0]",
    "services.registry", "a.b", ".", "..", ":", "a:b", [], [[]], [None], ["Error", 5], [1, "a", {}], {}, {"": {}},
    {"a.b": 1, "[0]": 2, "$": 3}, {"class": "Connection"}, {"name": "password", "value": [1]}, [{}] * 50, "automatic",
    "process", "Integration Daemon", "console", "json-lines", "2024-01-01", "<<", "*a", "&a", "!!python/object",
)  # fmt: skip
"""Values that something may come in place of."""
FRAGMENTS = (
    "{", "}", "[", "]", ",", ":", '"', "'", "\\", "\\u0000", "\\ud800", "null", "NaN", "Infinity", "1e999", "-", "\t",
    "\n", "\r", "\0", "\x00", "\ufeff", "# ", "---\n", "...\n", "&a ", "*a", "*b", "<<: *a\n", "!!binary ", "!!set ",
    "!x ",
    "? ", "| \n", "> \n", "@", "`", "%YAML 1.1\n", "a.b.c = 1\n", "[[a]]\n", "[a]\n", "'''", '"""', "0x", "1_000",
    "1:2",
    "[" * 1_200, "{\"a\":" * 1_200, "a." * 1_200 + "a=1\n", "9" * 5_000, "- " * 150, "inf", "nan", ".inf", "~", "é",
)  # fmt: skip
"""Texts that something may come into a text."""


class Mutant(NamedTuple):
    """The file of a mutated document."""

    ending: str
    content: bytes


def mutants(seed: int, count: int) -> Iterator[Mutant]:
    """Yield this many mutants; the same seed always gives the same mutants."""
    chance = random.Random(seed)
    originals = [*(json.loads(text(PLATFORM)) for text in (our_document, egeria_document)), METADATA_SERVER, MUCH]
    originals.append(msgspec.yaml.decode(STARTER))
    for _ in range(count):
        content = copy.deepcopy(chance.choice(originals))
        for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 8))):
            content = _changed(content, chance)
        ending, written = _written(content, chance)
        for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 5))):
            written = chance.choice(_TEXT_MUTATIONS)(written, chance)
        yield Mutant(ending, written)


def _written(content: Any, chance: random.Random) -> tuple[str, bytes]:
    ending = chance.choice((".json", ".json", ".yaml", ".yml", ".toml"))
    if ending == ".toml":
        try:
            return ending, msgspec.toml.encode(without_nulls(content))
        except (TypeError, ValueError, AttributeError):
            ending = ".yaml"
    if ending == ".json":
        return ending, json.dumps(content, indent=chance.choice((None, 1, "\t"))).encode()
    return ending, msgspec.yaml.encode(content)


def _changed(content: Any, chance: random.Random) -> Any:
    """Change one value at a random place."""
    holders = [each for each in _holders(content) if each]
    if not holders:
        return copy.deepcopy(chance.choice(NASTY))
    holder = chance.choice(holders)
    key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    what = chance.randrange(8)
    if what == 0:
        del holder[key]
    elif what == 1 and isinstance(holder, dict):
        name = str(key)
        cut = chance.randrange(len(name) + 1)
        holder[name[:cut] + chance.choice("aZ_.$[ é") + name[cut:]] = holder.pop(key)
    elif what == 2:
        holder[key] = chance.choice(([holder[key]], {"a": holder[key]}, str(holder[key])))
    elif what == 3:
        holder[key] = copy.deepcopy(chance.choice(holders))
    elif what == 4 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    else:
        holder[key] = copy.deepcopy(chance.choice(NASTY))
    return content


def _holders(content: Any) -> list[Any]:
    """All objects and lists in the content, including the content itself."""
    found, ahead = [], [content]
    while ahead:
        value = ahead.pop()
        if isinstance(value, dict | list):
            found.append(value)
            ahead += value.values() if isinstance(value, dict) else value
    return found


def _flip(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]


def _cut(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.choice((1, 1, 3, 20, 10_000)) :]


def _insert(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(FRAGMENTS).encode() + text[at:]


def _repeat(text: bytes, chance: random.Random) -> bytes:
    lines = text.splitlines(keepends=True) or [b""]
    at = chance.randrange(len(lines))
    return b"".join([*lines[: at + 1], *lines[at : at + chance.choice((1, 5))], *lines[at + 1 :]])


def _other_encoding(text: bytes, chance: random.Random) -> bytes:
    return text.decode("utf-8", "replace").encode(chance.choice(("utf-16", "utf-8-sig", "utf-32-be")))


_TEXT_MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_flip, _flip, _cut, _cut, _insert, _insert, _insert, _repeat),
    _other_encoding,
)
