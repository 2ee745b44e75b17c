"""`services` and `connectors`: the services and connectors that can be configured."""

from typing import Annotated, Any

from cyclopts import Parameter

from integration_daemon.cli.failure import show_error
from integration_daemon.cli.interrupt import end_on_interrupt
from integration_daemon.cli.show import print_json, print_table
from integration_daemon.cli.table import Column
from services.framework.broker import InstalledConnector, installed_connectors
from services.framework.entry_points import CONNECTORS, SERVICES, broken_offers
from services.registry import registered_services

_SERVICES = (
    Column("id", keep=0),
    Column("service", keep=1, wraps=True, least=12),
    Column("URL marker"),
    Column("what it is for", wraps=True),
)
_SETTINGS = (Column("setting"), Column("default", keep=0), Column("what it does", wraps=True))
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


def connectors(*, json: _Json = False) -> None:
    """List the connector classes that can be configured, and the settings each takes."""
    _show_broken(SERVICES, CONNECTORS)
    described = [_described(each) for each in installed_connectors()]
    if json:
        print_json(described)
        return
    for each in described:
        print_table(
            _SETTINGS,
            [
                ("endpoint.address", "", each["endpoint"]),
                *((setting["name"], setting["default"], setting["description"]) for setting in each["settings"]),
            ],
            title=f"{each['name']} ({each['service']}): {each['description']}",
        )
        if stands_for := each["providerClassNames"][:-1]:
            print(f"also known as {', '.join(stands_for)}\n")


def _show_broken(*groups: str) -> None:
    """Report the services and connectors that installed packages offer but that fail to load."""
    end_on_interrupt()
    for offer in broken_offers(groups):
        show_error(f"{offer.name} ({offer.target}) is left out: {offer.problem}")


def _described(installed: InstalledConnector) -> dict[str, Any]:
    provider = installed.connector_class.provider
    service = next(
        (
            each.url_marker
            for each in registered_services()
            if issubclass(installed.connector_class, each.connector_class)
        ),
        "",
    )
    return {
        "name": installed.name,
        "service": service,
        "description": provider.description,
        "providerClassNames": [*provider.class_names, installed.name],
        "endpoint": provider.endpoint,
        "settings": [
            {"name": setting.name, "default": setting.default, "description": setting.description}
            for setting in provider.settings
        ],
    }
