"""Templates: makes a connector for each place from one block of a document and its list of places.

The texts of the block have names in braces, such as `{hospital}`, which stand for values of a place. Braces around
a name for which no place has a value are left unchanged.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from audit.masking import masked
from integration_daemon.config.document import IntegrationConnectorConfig, PlaceValue
from services.secret import Secret

Place = Mapping[str, PlaceValue]
Fill = Callable[[Place], Any]
"""Makes a part of the block with the values of a place."""

_BRACES = re.compile(r"\{([^{}]+)\}")


class Template:
    """A connector of a document with places. The connectors of the places share the parts that are equal for all."""

    def __init__(self, config: IntegrationConnectorConfig) -> None:
        self.places: list[dict[str, PlaceValue]] = config.places or []
        self.used: dict[str, str] = {}
        """The names of values that the block needs, each with a field that needs it."""
        self.unknown: dict[str, str] = {}
        """Names in braces for which no place has a value, each with its field."""
        self.secrets: list[str] = []
        """Fields in which the value of a place would be a secret."""
        self._known = frozenset(name for place in self.places for name in place)
        self._block = msgspec.structs.replace(config, places=None)
        self._fill = self._filled(self._block, "") or (lambda place: self._block)

    def lacking(self, place: Place) -> list[str]:
        """The names of values that the block needs and a place does not have."""
        return [name for name in self.used if name not in place]

    def connector(self, place: Place) -> IntegrationConnectorConfig:
        """The connector for a place that lacks no value."""
        config: IntegrationConnectorConfig = self._fill(place)
        return config

    def connectors(self) -> Iterator[IntegrationConnectorConfig]:
        """The connectors for all places that lack no value."""
        for place in self.places:
            if not self.lacking(place):
                yield self.connector(place)

    def _filled(self, value: Any, path: str) -> Fill | None:
        """The function that makes a part of the block; `None` if the part is the same for all places."""
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, Secret):
            return self._secret(value, path)
        if isinstance(value, msgspec.Struct):
            return self._struct(value, path)
        if isinstance(value, dict):
            return self._object(value, path)
        return self._list(value, path) if isinstance(value, list | tuple) else None

    def _text(self, text: str, path: str) -> Fill | None:
        names = _BRACES.findall(text)
        self.unknown |= {name: path for name in names if name not in self._known}
        if not (known := [name for name in names if name in self._known]):
            return None
        self.used |= {name: self.used.get(name, path) for name in known}
        name = path.rpartition(".")[2]
        if masked({name: text}) != {name: text}:
            self.secrets.append(path)
        return lambda place: _BRACES.sub(
            lambda match: _shown(place[match.group(1)]) if match.group(1) in self._known else match.group(), text
        )

    def _secret(self, secret: Secret, path: str) -> Fill | None:
        fill = self._text(secret.stored_form(), f"{path}.reference")
        if fill is None:
            return None
        if not secret.is_reference:
            self.secrets.append(path)
        return lambda place: Secret(fill(place))

    def _struct(self, value: msgspec.Struct, path: str) -> Fill | None:
        fields = {each.name: each.encode_name for each in msgspec.structs.fields(value)}
        fills = self._fills((name, getattr(value, name), f"{path}.{encoded}") for name, encoded in fields.items())
        if fills is None:
            return None
        return lambda place: msgspec.structs.replace(value, **{each: fill(place) for each, fill in fills.items()})

    def _object(self, value: dict[str, Any], path: str) -> Fill | None:
        fills = self._fills((key, each, f"{path}.{key}") for key, each in value.items())
        if fills is None:
            return None
        fills |= {key: self._typed(name) for key, each in value.items() if (name := self._whole(each))}
        return lambda place: {**value, **{key: fill(place) for key, fill in fills.items()}}

    def _list(self, value: list[Any] | tuple[Any, ...], path: str) -> Fill | None:
        fills = self._fills((number, each, f"{path}[{number}]") for number, each in enumerate(value))
        if fills is None:
            return None
        kind = type(value)
        return lambda place: kind(
            fills[number](place) if number in fills else each for number, each in enumerate(value)
        )

    def _fills(self, parts: Iterator[tuple[Any, Any, str]]) -> dict[Any, Fill] | None:
        found = {key: fill for key, value, path in parts if (fill := self._filled(value, path.lstrip("."))) is not None}
        return found or None

    def _whole(self, value: Any) -> str:
        """The name in a text that consists only of this name in braces; else an empty text."""
        match = _BRACES.fullmatch(value) if isinstance(value, str) else None
        return match.group(1) if match is not None and match.group(1) in self._known else ""

    def _typed(self, name: str) -> Fill:
        """The value of a place with its type: a number where the place has a number."""
        return lambda place: place[name]


def _shown(value: PlaceValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
