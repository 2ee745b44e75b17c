"""The part of YAML that documents need: one pass over the parser's events, with bounded memory and time.

Plain scalars follow the core schema of YAML 1.2, with `yes`, `no`, `on` and `off` as booleans: no sexagesimal
numbers (`10:30`), no octal numbers, no dates. Anchors, aliases and merge keys (`<<`) work; tags of other types do not.
"""

import re
from typing import Any

import yaml

from integration_daemon.config.plain import DEEPEST

FREE = 100_000
"""The number of values that any document may have, including those of aliases, however short it is."""

_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLEANS = {
    spelling: value
    for word, value in {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.items()
    for spelling in (word, word.capitalize(), word.upper())
}
_WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")}
_MERGE = "<<"


class YAMLError(ValueError):
    """The text is not YAML, or uses a feature that documents must not use."""

    def __init__(self, problem: str, mark: Any) -> None:
        super().__init__(f"{problem} (line {mark.line + 1}, column {mark.column + 1})" if mark else problem)


class _Open:
    """A mapping or sequence that has not ended."""

    def __init__(self, value: dict[Any, Any] | list[Any], event: Any) -> None:
        self.value = value
        self.anchor: str | None = event.anchor
        self.key: Any = None
        self.has_key = False
        self.merged: list[Any] = []
        self.size = 1


def decode_yaml(text: str) -> Any:
    """The content of a YAML document; raises `YAMLError`."""
    builder = _Builder(max(FREE, len(text)))
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise YAMLError(error.problem or str(error), error.problem_mark) from None
    except yaml.YAMLError as error:
        raise YAMLError(" ".join(str(error).split()), None) from None
    return builder.content


class _Builder:
    """Builds values from events."""

    def __init__(self, most: int) -> None:
        self.content: Any = None
        self._most = most
        self._documents = 0
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}

    def take(self, event: Any) -> None:
        """Process the next event."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise YAMLError("a second document begins; one file is one document", event.start_mark)
        elif isinstance(event, yaml.AliasEvent):
            self._put(*self._aliased(event), event)
        elif isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = value, 1
            self._put(value, 1, event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end(event)

    def _begin(self, event: Any) -> None:
        if event.tag is not None and event.tag not in _TAGS:
            raise YAMLError(f"the tag {event.tag} is not known", event.start_mark)
        if len(self._stack) > DEEPEST:
            raise YAMLError(f"it is nested more than {DEEPEST} deep", event.start_mark)
        holder = self._stack[-1] if self._stack else None
        if holder is not None and isinstance(holder.value, dict) and not holder.has_key:
            raise YAMLError("a key must be a text", event.start_mark)
        self._stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], event))

    def _end(self, event: Any) -> None:
        ended = self._stack.pop()
        for merged in ended.merged:
            for key, value in merged.items():
                ended.value.setdefault(key, value)  # type: ignore[union-attr]
        if ended.anchor:
            self._anchors[ended.anchor] = ended.value, ended.size
        self._put(ended.value, ended.size, event)

    def _aliased(self, event: Any) -> tuple[Any, int]:
        if any(each.anchor == event.anchor for each in self._stack):
            raise YAMLError(f"the alias *{event.anchor} stands within what it names", event.start_mark)
        if event.anchor not in self._anchors:
            raise YAMLError(f"the alias *{event.anchor} names nothing", event.start_mark)
        return self._anchors[event.anchor]

    def _put(self, value: Any, size: int, event: Any) -> None:
        if not self._stack:
            self.content = value
            return
        holder = self._stack[-1]
        holder.size += size
        if holder.size > self._most:
            raise YAMLError("its aliases stand for more than a document can hold", event.start_mark)
        if isinstance(holder.value, list):
            holder.value.append(value)
        elif not holder.has_key:
            self._put_key(holder, value, event)
        else:
            holder.has_key = False
            if holder.key == _MERGE:
                holder.merged += _mappings(value, event)
            else:
                holder.value[holder.key] = value

    def _put_key(self, holder: _Open, key: Any, event: Any) -> None:
        if not isinstance(key, str):
            raise YAMLError(f"the key {key!r} is no text; quote it", event.start_mark)
        if key in holder.value:
            raise YAMLError(f"the key {key!r} stands twice in the same mapping", event.start_mark)
        holder.key, holder.has_key = key, True


def _mappings(value: Any, event: Any) -> list[Any]:
    mappings = value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) for each in mappings):
        raise YAMLError("what is merged by << must be a mapping", event.start_mark)
    return mappings


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.tag is not None and event.tag not in _TAGS | {"!"}:
        raise YAMLError(f"the tag {event.tag} is not known", event.start_mark)
    if not event.implicit[0] or (event.tag or "").endswith((":str", "!")):
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    try:
        if _WHOLE.fullmatch(text):
            return int(text, 0) if text.startswith(("0o", "0x")) else int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    except ValueError:
        raise YAMLError("the number has too many digits", event.start_mark) from None
    if _NOT_FINITE.fullmatch(text):
        raise YAMLError(f"{text} is not a number that can be counted with", event.start_mark)
    return text
