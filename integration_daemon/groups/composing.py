"""Composition of the units of a group from its connectors and their catalog targets, without I/O."""

from collections.abc import Collection, Sequence

import msgspec

from integration_daemon.config.units import ConnectorUnit
from integration_daemon.groups.definition import ALWAYS, Period, Unit
from integration_daemon.groups.registration import refused

MOST_UNITS = 200_000
"""Greatest number of connectors and catalog targets of one group; further ones are refused."""
ANY_SERVICE = "catalog-integrator"
"""The service under which a connector without a usable class is listed."""


class Registered(msgspec.Struct, frozen=True):
    """A registered connector."""

    name: str
    link: str
    """The GUID of the relationship that registers the connector."""
    element: str
    config: ConnectorUnit | None = None
    """`None` if the connector cannot be run."""
    marker: str = ANY_SERVICE
    needs_endpoint: bool = False
    period: Period = ALWAYS
    problem: str = ""


class Target(msgspec.Struct, frozen=True, gc=False):
    """A catalog target."""

    unit: Unit
    connector: str
    """The GUID of the connector's element."""
    element: str


def composed(connectors: Sequence[Registered], targets: Collection[Target]) -> list[Unit]:
    """The units of a group, sorted by name. A name belongs to its first unit; connectors come before targets.

    A connector is run itself if it has an endpoint, or if it needs none and has no targets.
    """
    names: set[str] = set()
    units: list[Unit] = []
    able: set[str] = set()
    with_targets = {each.connector for each in targets}
    for each in connectors:
        if each.name not in names and each.config is not None:
            able.add(each.element)
            if each.config.connection.address or not (each.element in with_targets or each.needs_endpoint):
                units.append(Unit(each.config, each.marker, each.period))
        else:
            name = each.name if each.name not in names else f"{each.name} ({each.element})"
            problem = _taken(each.name) if each.name in names else each.problem
            units.append(Unit(refused(name, each.link, problem), ANY_SERVICE))
        names.add(each.name)  # also if only its targets run, since requests to it are for them
    for target in targets:
        if target.connector not in able:
            continue
        unit, config = target.unit, target.unit.config
        if config.connector_name in names:
            name = f"{config.connector_name} ({config.connector_id})"
            reason = _taken(config.connector_name)
            unit = Unit(refused(name, config.connector_id or "", reason, target_of=config.target_of), unit.marker)
        names.add(unit.config.connector_name)
        units.append(unit)
    if len(units) > MOST_UNITS:
        text = f"the group has more than {MOST_UNITS} connectors and catalog targets; these are left out"
        units[MOST_UNITS:] = [Unit(refused("more", "", text), ANY_SERVICE)]
    units.sort(key=_name)
    return units


def _name(unit: Unit) -> str:
    return unit.config.connector_name


def _taken(name: str) -> str:
    return f"another connector or catalog target of the group has the name {name}"
