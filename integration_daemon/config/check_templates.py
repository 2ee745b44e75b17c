"""Checks the templates of a document: checks each of their connectors, and reports problems at template and place."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from audit.counted import counted
from integration_daemon.config.document import IntegrationConnectorConfig, IntegrationServiceConfig, OMAGServerConfig
from integration_daemon.config.problem import Problem, ProblemSeverity
from integration_daemon.config.templates import Template
from services.near_names import nearest

MOST_PLACES = 20
"""The largest number of places of a template that are reported with the same problem."""
NAMED = 3
"""The largest number of connectors of a template that a note names."""

_CONNECTOR = re.compile(r"\$\.integrationServicesConfig\[(\d+)\]\.integrationConnectorConfigs\[(\d+)\]")
_WARNING = ProblemSeverity.WARNING


class _Origin(msgspec.Struct, frozen=True):
    """The part of a document that describes a connector."""

    path: str
    """The path of the connector in the document, or of its template."""
    place: int | None = None
    """The index of the connector's place in the template; none: not from a template."""
    places: int = 0
    """The number of places of the template."""

    @property
    def shown(self) -> str:
        """The path of the connector, or of its place in the template."""
        return self.path if self.place is None else f"{self.path}.places[{self.place}]"


class Expansion:
    """A document whose templates are replaced by their connectors."""

    def __init__(self, document: OMAGServerConfig) -> None:
        self.problems: list[Problem] = []
        """The problems of the templates themselves."""
        self.notes: list[Problem] = []
        """Notes on the connectors of the templates."""
        self._origins: dict[tuple[str, str], _Origin] = {}
        """The origin of each connector, by the indexes of the service and the connector in `config`."""
        self.config = document
        services = document.integration_services_config or []
        if any(each.places is not None for service in services for each in _connectors(service)):
            replaced = [self._service(each, index) for index, each in enumerate(services)]
            self.config = msgspec.structs.replace(document, integration_services_config=replaced)

    def in_document(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems of the document without templates, with their places in the document.

        A problem that all places of a template have is reported once, as a problem of the template.
        """
        if not self._origins:
            yield from problems
            return
        of_templates: dict[tuple[str, str, ProblemSeverity], list[tuple[_Origin, Problem]]] = {}
        for problem in problems:
            match = _CONNECTOR.match(problem.path)
            origin = self._origins[match.group(1), match.group(2)] if match is not None else None
            if match is None or origin is None:
                yield problem
                continue
            field = problem.path[match.end() :]
            if origin.place is None:
                yield msgspec.structs.replace(problem, path=origin.path + field, text=self._text(problem.text))
            else:
                key = (origin.path, field, problem.severity)
                of_templates.setdefault(key, []).append((origin, problem))
        for (path, field, _), found in of_templates.items():
            yield from self._of_template(path, field, found)

    def _of_template(self, path: str, field: str, found: list[tuple[_Origin, Problem]]) -> Iterator[Problem]:
        first_origin, first = found[0]
        if len({origin.place for origin, _ in found}) == first_origin.places > 1:
            yield msgspec.structs.replace(first, path=path + field, text=self._text(first.text))
            return
        for origin, problem in found[:MOST_PLACES]:
            text = f"{field.removeprefix('.')}: {self._text(problem.text)}" if field else self._text(problem.text)
            yield msgspec.structs.replace(problem, path=origin.shown, text=text)
        if len(found) > MOST_PLACES:
            text = f"{counted(len(found) - MOST_PLACES, 'more place')} with such a problem"
            yield Problem(f"{path}.places", text, f"with {field.removeprefix('.')}", first.severity)

    def _text(self, text: str) -> str:
        """A text with its paths replaced by those of the document."""
        return _CONNECTOR.sub(lambda match: self._origins[match.group(1), match.group(2)].shown, text)

    def _service(self, service: IntegrationServiceConfig, index: int) -> IntegrationServiceConfig:
        connectors: list[IntegrationConnectorConfig] = []
        for number, config in enumerate(_connectors(service)):
            path = f"$.integrationServicesConfig[{index}].integrationConnectorConfigs[{number}]"
            found = [(_Origin(path), config)] if config.places is None else list(self._template(config, path))
            for origin, connector in found:
                self._origins[str(index), str(len(connectors))] = origin
                connectors.append(connector)
        return msgspec.structs.replace(service, integration_connector_configs=connectors or None)

    def _template(
        self, config: IntegrationConnectorConfig, path: str
    ) -> Iterator[tuple[_Origin, IntegrationConnectorConfig]]:
        template = Template(config)
        self.problems += _problems(template, path)
        names: list[str] = []
        for number, place in enumerate(template.places):
            if not template.lacking(place):
                connector = template.connector(place)
                names.append(connector.connector_name)
                yield _Origin(path, number, len(template.places)), connector
        more = "" if len(names) <= NAMED else ", ..."
        text = f"{counted(len(names), 'connector')}: {', '.join(names[:NAMED])}{more}"
        self.notes.append(Problem(f"{path}.places", text, "", ProblemSeverity.NOTE))


def _connectors(service: IntegrationServiceConfig) -> list[IntegrationConnectorConfig]:
    return service.integration_connector_configs or []


def _problems(template: Template, path: str) -> Iterator[Problem]:
    if not template.places:
        yield Problem(f"{path}.places", "the template has no places, and so no connectors", "add places", _WARNING)
        return
    for field in template.secrets:
        hint = "write a reference such as env:PASSWORD_{name}"
        yield Problem(f"{path}.{field}", "places cannot have secrets, because places are shown", hint)
    lacking = [(number, name) for number, place in enumerate(template.places) for name in template.lacking(place)]
    for number, name in lacking[:MOST_PLACES]:
        hint = nearest(name, template.places[number]) or "add it"
        yield Problem(f"{path}.places[{number}].{name}", f"{template.used[name]} needs this value", hint)
    if len(lacking) > MOST_PLACES:
        yield Problem(f"{path}.places", f"{len(lacking) - MOST_PLACES:,} more values are missing", "add them")
    known = dict.fromkeys(name for place in template.places for name in place)
    for name in known:
        if name not in template.used:
            hint = nearest(name, template.unknown) or f"it stands for the value where a text has {{{name}}}"
            yield Problem(f"{path}.places", f"no text of the connector has {{{name}}}", hint, _WARNING)
    for name, field in template.unknown.items():
        if hint := nearest(name, known):
            yield Problem(f"{path}.{field}", f"no place has a value for {{{name}}}", hint, _WARNING)
