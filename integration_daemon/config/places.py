"""Finds the lines of values in the well-formed text of a document."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum

import msgspec
import yaml


class Kind(Enum):
    """The kind of a token."""

    BEGIN_OBJECT = "{"
    BEGIN_LIST = "["
    END = "end"
    TEXT = "text"
    """A key where an object expects one, else a value."""
    VALUE = "value"


class Token(msgspec.Struct, frozen=True):
    """A token of a document."""

    kind: Kind
    line: int
    text: str = ""


class Found(msgspec.Struct, frozen=True):
    """A place of a document: `$.integrationServicesConfig[0]`."""

    place: str
    line: int
    is_repeated: bool = False
    """True if the token is a duplicate key of its object."""


class _Open:
    """An open object or list."""

    def __init__(self, place: str, *, is_object: bool) -> None:
        self.place = place
        self.is_object = is_object
        self.keys: set[str] = set()
        self.key: str | None = None
        self.index = 0

    @property
    def wants_a_key(self) -> bool:
        """True if the next token is a key."""
        return self.is_object and self.key is None

    def next_place(self) -> str:
        """The place of the next value."""
        if self.is_object:
            key, self.key = self.key, None
            return f"{self.place}.{key}"
        self.index += 1
        return f"{self.place}[{self.index - 1}]"


def places_of(tokens: Iterable[Token]) -> Iterator[Found]:
    """The places of well-formed content, in the order of the text."""
    stack: list[_Open] = []
    for token in tokens:
        if token.kind is Kind.END:
            stack.pop()
        elif stack and stack[-1].wants_a_key:
            holder = stack[-1]
            if token.text in holder.keys:
                yield Found(f"{holder.place}.{token.text}", token.line, is_repeated=True)
            holder.keys.add(token.text)
            holder.key = token.text
            if token.kind in (Kind.BEGIN_OBJECT, Kind.BEGIN_LIST):  # a key that is not a text: its content is skipped
                stack.append(_Open("", is_object=token.kind is Kind.BEGIN_OBJECT))
        else:
            place = stack[-1].next_place() if stack else "$"
            yield Found(place, token.line)
            if token.kind in (Kind.BEGIN_OBJECT, Kind.BEGIN_LIST):
                stack.append(_Open(place, is_object=token.kind is Kind.BEGIN_OBJECT))


def lines_of(wanted: Iterable[str], places: Iterable[Found]) -> dict[str, int]:
    """The lines of places, from 1; a missing place has the line of the object that should contain it."""
    above = {place: [place, *_above(place)] for place in wanted}
    interesting = {each for chain in above.values() for each in chain}
    found = {each.place: each.line for each in places if each.place in interesting}
    return {
        place: next(found[each] for each in chain if each in found)
        for place, chain in above.items()
        if any(each in found for each in chain)
    }


def _above(place: str) -> Iterator[str]:
    while (cut := max(place.rfind("."), place.rfind("["))) > 0:
        place = place[:cut]
        yield place


_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s{}\[\]:,"]+')
_JSON_KINDS = {"{": Kind.BEGIN_OBJECT, "[": Kind.BEGIN_LIST, "}": Kind.END, "]": Kind.END}


def json_places(text: str) -> Iterator[Found]:
    """The places of a JSON text."""
    return places_of(_json_tokens(text))


def yaml_places(text: str) -> Iterator[Found]:
    """The places of a YAML text, except the content of aliases and merged keys."""
    return places_of(_yaml_tokens(text))


def toml_places(text: str) -> Iterator[Found]:
    """The places of a TOML text that have lines of their own: tables and `key = value`."""
    table, lengths = "$", Counter[str]()
    for line, content in enumerate(text.splitlines(), 1):
        if (header := _TOML_TABLE.match(content)) is not None:
            table = "$"
            *above, last = _toml_keys(header["keys"])
            for key in above:
                table += f".{key}"
                if lengths[table]:
                    table += f"[{lengths[table] - 1}]"
            table += f".{last}"
            if header["many"]:
                yield Found(table, line)
                lengths[table] += 1
                table += f"[{lengths[table] - 1}]"
            yield Found(table, line)
        elif (pair := _TOML_PAIR.match(content)) is not None:
            place = table
            for key in _toml_keys(pair["keys"]):
                place += f".{key}"
                yield Found(place, line)


_TOML_KEY = r"""(?:[\w\-]+|"[^"]*"|'[^']*')"""
_TOML_KEYS = rf"(?P<keys>{_TOML_KEY}(?:\s*\.\s*{_TOML_KEY})*)"
_TOML_TABLE = re.compile(rf"\s*\[(?P<many>\[)?\s*{_TOML_KEYS}\s*\]")
_TOML_PAIR = re.compile(rf"\s*{_TOML_KEYS}\s*=")


def _toml_keys(keys: str) -> list[str]:
    return [key.strip("\"'") for key in re.findall(_TOML_KEY, keys)]


def _json_tokens(text: str) -> Iterator[Token]:
    """The tokens of well-formed JSON."""
    line, counted = 1, 0
    for match in _JSON.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        token = match.group()
        if token[0] == '"':
            yield Token(Kind.TEXT, line, msgspec.json.decode(token) if "\\" in token else token[1:-1])
        else:
            yield Token(_JSON_KINDS.get(token, Kind.VALUE), line)


def _yaml_tokens(text: str) -> Iterator[Token]:
    """The tokens of well-formed YAML."""
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            yield Token(Kind.TEXT, line, event.value)
        elif isinstance(event, yaml.AliasEvent):
            yield Token(Kind.VALUE, line)
        elif isinstance(event, yaml.MappingStartEvent):
            yield Token(Kind.BEGIN_OBJECT, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            yield Token(Kind.BEGIN_LIST, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            yield Token(Kind.END, line)
