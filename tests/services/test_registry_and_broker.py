"""The registered services and connectors, and finding a connector by its provider class name."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from services.errors import ConnectorConfigurationError, InvalidParameterError, WrongConnectorClassError
from services.files.data_files_monitor import DataFilesMonitor
from services.files.service import FilesIntegratorConnector
from services.framework import entry_points
from services.framework.broker import (
    find_connector_class,
    installed_connectors,
    make_connector,
    require_class,
)
from services.framework.connection import Connection
from services.framework.connector import ConnectorProvider
from services.registry import registered_services, service_of

JAVA = "org.odpi.openmetadata.adapters.connectors.integration.basicfiles.DataFilesMonitorIntegrationProvider"


class Fragile(FilesIntegratorConnector):
    """A connector that cannot be created."""

    provider = ConnectorProvider(description="Cannot be made.")

    def __init__(self) -> None:
        raise OSError("no such driver")


def test_the_services_are_listed_in_the_order_of_the_page() -> None:
    assert [(each.id, each.full_name, each.url_marker) for each in registered_services()] == [
        (4005, "Files Integrator OMIS", "files-integrator"),
        (4008, "Security Integrator OMIS", "security-integrator"),
        (4004, "Database Integrator OMIS", "database-integrator"),
        (4006, "Lineage Integrator OMIS", "lineage-integrator"),
        (4000, "Catalog Integrator OMIS", "catalog-integrator"),
        (4007, "Organization Integrator OMIS", "organization-integrator"),
    ]


def test_an_unknown_url_marker_is_refused_with_the_known_ones_listed() -> None:
    with pytest.raises(
        InvalidParameterError, match=r"400-010 .*file-integrator; the known markers are files-integrator, security"
    ):
        service_of("file-integrator")


@pytest.mark.parametrize(
    "name",
    [
        JAVA,
        "data-files-monitor",
        "services.files.data_files_monitor.DataFilesMonitor",
        "services.files.data_files_monitor:DataFilesMonitor",
    ],
)
def test_a_connector_class_is_found_by_each_of_its_names(name: str) -> None:
    assert find_connector_class(name, "c") is DataFilesMonitor


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "OCF-CONNECTION-400-004 The connection of connector c does not name a connector provider class"),
        ("org.example.Nothing", r"org\.example\.Nothing is not known to this daemon: ModuleNotFoundError"),
        ("services.registry.Nothing", "is not known to this daemon: AttributeError"),
        ("data-file-monitor", "no installed connector has this name, .* did you mean data-files-monitor?"),
        ("nothing", "no installed connector has this name, .*; there are csv-organization, data-files-monitor, "),
        ("services..files.X", "is not known to this daemon: no installed connector has this name"),
        ("pathlib.Path", r"The class pathlib\.Path is not an integration connector"),
    ],
)
def test_a_class_that_is_not_a_connector_is_one_clear_error(name: str, problem: str) -> None:
    with pytest.raises(ConnectorConfigurationError, match=problem):
        find_connector_class(name, "c")


def test_a_connector_that_cannot_be_created_is_reported_with_the_reason() -> None:
    with pytest.raises(ConnectorConfigurationError, match="cannot be created: OSError: no such driver"):
        make_connector(Fragile, Connection())


def test_a_connector_of_another_service_is_refused() -> None:
    require_class(service_of("files-integrator"), DataFilesMonitor, "c")
    with pytest.raises(
        WrongConnectorClassError, match="OMIS-LINEAGE-INTEGRATOR-400-001 Integration connector c is not"
    ):
        require_class(service_of("lineage-integrator"), DataFilesMonitor, "c")


def test_an_entry_point_that_cannot_be_loaded_is_reported_and_others_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "no.such.module:Thing", entry_points.CONNECTORS)
    sound = EntryPoint("sound", "services.files.data_files_monitor:DataFilesMonitor", entry_points.CONNECTORS)
    monkeypatch.setattr(entry_points, "entry_points", lambda group: [broken, sound])
    entry_points.installed_entry_points.cache_clear()
    try:
        found = {
            entry_point.name: entry_point
            for entry_point in entry_points.installed_entry_points(entry_points.CONNECTORS)
        }
    finally:
        entry_points.installed_entry_points.cache_clear()
    assert found["sound"].loaded is DataFilesMonitor
    assert found["broken"].problem.startswith("ModuleNotFoundError: No module named 'no'")


PACKAGE = """
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider

class Late(FilesIntegratorConnector):
    provider = ConnectorProvider(description="Installed late.", class_names=("org.example.LateProvider",))
"""


def test_a_connector_is_found_once_its_package_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    names = ["late-connector", "org.example.LateProvider", "installed_late.Late"]
    for name in names:
        with pytest.raises(ConnectorConfigurationError, match=f"{name} is not known to this daemon"):
            find_connector_class(name, "c")
    (tmp_path / "installed_late.py").write_text(PACKAGE)
    described = tmp_path / "installed_late-1.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: installed-late\nVersion: 1\n")
    (described / "entry_points.txt").write_text(
        "[integration_daemon.connectors]\nlate-connector = installed_late:Late\n"
    )
    try:
        assert [find_connector_class(name, "c").__name__ for name in names] == ["Late"] * 3
    finally:
        entry_points.installed_entry_points.cache_clear()
        installed_connectors.cache_clear()


def test_installed_connectors_are_described_with_their_settings() -> None:
    for installed in installed_connectors():
        provider = installed.connector_class.provider
        assert provider.description
        assert provider.endpoint
        assert all(setting.description for setting in provider.settings)
