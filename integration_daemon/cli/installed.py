"""`services` and `connectors`: the services and connectors that can be configured."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from integration_daemon.cli.failure import fail, show_error
from integration_daemon.cli.interrupt import end_on_interrupt
from integration_daemon.cli.new_connector import write_connector
from integration_daemon.cli.show import print_json, print_table
from integration_daemon.cli.table import Column
from services.framework.entry_points import CONNECTORS, SERVICES, broken_entry_points
from services.installed import describe_connectors
from services.near_names import names_instead
from services.registry import registered_services, service_of

_SERVICES = (
    Column("id", keep=0),
    Column("service", keep=1, wraps=True, least=12),
    Column("URL marker"),
    Column("description", wraps=True),
)
_SETTINGS = (Column("setting"), Column("default", keep=0), Column("description", wraps=True))
_CONNECTORS = (Column("connector"), Column("description", wraps=True))
_FACTS = (Column("property"), Column("value", wraps=True))
_Json = Annotated[bool, Parameter(help="For programs: a JSON array.", negative="")]


def services(*, json: _Json = False) -> None:
    """List the registered integration services."""
    _show_broken(SERVICES)
    if json:
        print_json(
            [
                {
                    "id": each.id,
                    "fullName": each.full_name,
                    "urlMarker": each.url_marker,
                    "description": each.description,
                    "wiki": each.wiki,
                    "connectorClass": each.connector_class_name,
                }
                for each in registered_services()
            ]
        )
        return
    rows = [(each.id, each.full_name, each.url_marker, each.description) for each in registered_services()]
    print_table(_SERVICES, rows)


connectors = App(
    name="connectors",
    help="List the connector classes that can be configured, show the settings of one, or write a new one.",
)


@connectors.default
def describe(name: str = "", /, *, json: _Json = False) -> None:
    """List the connector classes that can be configured; with the name of one, show its settings and requirements.

    Parameters
    ----------
    name
        The name of a connector, or of the Java provider class that it stands for.
    """
    _show_broken(SERVICES, CONNECTORS)
    described = [msgspec.to_builtins(each) for each in describe_connectors()]
    if name:
        named = [each for each in described if name in each["providerClassNames"]]
        if not named:
            known = [each["name"] for each in described]
            fail(f"there is no connector {name}. {names_instead(name, known, kind='connectors')}")
        described = named
    if json:
        print_json(described)
    elif name:
        _show_one(described[0])
    else:
        print_table(_CONNECTORS, [(each["name"], each["description"]) for each in described])
        print("For the settings and requirements of one: integration-daemon connectors NAME")


@connectors.command
def new(
    name: str,
    /,
    *,
    service: Annotated[str, Parameter(help="The URL marker of the integration service.")] = "catalog-integrator",
    directory: Annotated[Path | None, Parameter(help="The directory to create; default: the connector's name.")] = None,
) -> None:
    """Write a package with a new connector, its test, and the entry point by which the daemon finds it.

    Parameters
    ----------
    name
        The name of the connector: lower-case letters, digits and hyphens.
    """
    place = directory or Path(name)
    for file in write_connector(name, service_of(service), place):
        print(file)
    quoted = shlex.quote(str(place))
    print(f"To try it: python -m pytest {quoted}\nTo install it: pip install --editable {quoted}")


def _show_one(described: dict[str, Any]) -> None:
    facts = [
        ("description", described["description"]),
        ("service", described["service"]),
        ("synchronization", ", ".join(described["permittedSynchronization"])),
        ("required rights", described["rights"]),
        ("reads", ", ".join(described["reads"])),
        ("writes", ", ".join(described["writes"])),
        ("also known as", "\n".join(described["providerClassNames"][:-1])),
    ]
    print_table(_FACTS, [each for each in facts if each[1]], title=described["name"])
    settings = [(each["name"], each["default"], each["description"]) for each in described["settings"]]
    print_table(_SETTINGS, [("endpoint.address", "", described["endpoint"]), *settings])


def _show_broken(*groups: str) -> None:
    """Report services and connectors of installed packages that fail to load."""
    end_on_interrupt()
    for entry_point in broken_entry_points(groups):
        show_error(f"{entry_point.name} ({entry_point.target}) is left out: {entry_point.problem}")
