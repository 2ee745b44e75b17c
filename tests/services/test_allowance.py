"""The patterns of the platform file stand for the endpoints that they name, however an address is written."""

from pathlib import Path
from typing import Any

import pytest

from services.allowance import Allowance, EndpointPattern, Target, targets_of
from services.libpq import libpq_targets


def allows(pattern: str, address: str, **how: Any) -> bool:
    allowance = Allowance(endpoints=(EndpointPattern(pattern).resolved(),))
    return all(allowance.allows(target) for target in targets_of(address, **how))


@pytest.mark.parametrize(
    ("pattern", "address"),
    [
        ("db.example", "postgresql://db.example/sales"),
        ("db.example", "DB.Example.:5433"),
        ("db.example:5432", "postgresql://erin@db.example/sales"),
        ("db.example:5432/sales", "jdbc:postgresql://db.example:5432/sales"),
        ("db.example:443/open/metadata", "https://db.example/open/metadata/servers"),
        ("*.example", "mariadb://a.b.example:3306"),
        ("*:3306", "mariadb://anywhere"),
        ("directory.example:389/dc=example", "ldap://directory.example/dc=example"),
        ("directory.example:636", "ldaps://directory.example/dc=example"),
        ("*", "kafka://one:9092,two:9092"),
        ("10.0.0.1", "https://10.0.0.1:9443"),
        ("[::1]:9443", "https://[0:0::1]:9443"),
        ("localhost", "postgresql:///sales"),
    ],
)
def test_hosts_that_a_pattern_stands_for(pattern: str, address: str) -> None:
    assert allows(pattern, address)


@pytest.mark.parametrize(
    ("pattern", "address"),
    [
        ("db.example", "postgresql://evil.example/db.example"),
        ("db.example", "postgresql://db.example@evil.example"),
        ("db.example", "postgresql://db.example,evil.example/sales"),
        ("db.example", "db.example:9092,evil.example:9092"),
        ("db.example:5432", "postgresql://db.example:5433"),
        ("db.example:5432", "other://db.example"),
        ("db.example:5432/sales", "postgresql://db.example/salespeople"),
        ("db.example/open", "https://db.example/open/../closed"),
        ("db.example/open", "https://db.example/open/%2e%2e/closed"),
        ("db.example/open", "https://db.example/open/..;x/closed"),
        ("db.example/open", "https://db.example/open/..%3bx/closed"),
        ("*.example", "https://example"),
        ("*.0.0.1", "https://10.0.0.1"),
        ("*.example", "https://evil.example.org"),
        ("*", "/etc"),
        ("/etc", "https://etc"),
    ],
)
def test_hosts_that_a_pattern_does_not_stand_for(pattern: str, address: str) -> None:
    assert not allows(pattern, address)


@pytest.mark.parametrize(
    "address", [r"https://db.example\@evil.example", "https://db.example:99999999", "https://[::1", "a b"]
)
def test_an_address_that_may_be_read_in_two_ways_is_none(address: str) -> None:
    with pytest.raises(ValueError, match=r"host|IPv6"):
        targets_of(address)


@pytest.mark.parametrize("text", ["https://db.example", "db.example:port", "", "a b", "*x.example"])
def test_texts_that_are_no_patterns(text: str) -> None:
    with pytest.raises(ValueError, match="host"):
        EndpointPattern(text)


@pytest.mark.parametrize("form", ["{}/data/in", "file://{}/data/in", "sqlite:///{}/data/in", "duckdb:{}/data/in"])
def test_files_below_an_allowed_directory(form: str, tmp_path: Path) -> None:
    (tmp_path / "data" / "in").mkdir(parents=True)
    address = form.format(tmp_path)
    assert allows(f"{tmp_path}/data", address)
    assert allows("/", address)
    assert not allows(f"{tmp_path}/data/in/deeper", address)
    assert not allows(f"{tmp_path}/dat", address)
    assert not allows(f"{tmp_path}/data", address + "/../../etc")


def test_a_link_out_of_an_allowed_directory_leads_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "allowed").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "allowed" / "link").symlink_to(tmp_path / "secret")
    assert not allows(f"{tmp_path}/allowed", f"{tmp_path}/allowed/link")
    assert allows(f"{tmp_path}/allowed/link", f"{tmp_path}/secret")  # the administrator's own link is followed


def test_a_relative_path_is_one_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert allows(str(tmp_path), "landing-area", is_path=True)
    assert not allows(str(tmp_path), "../landing-area", is_path=True)


@pytest.mark.parametrize(
    ("options", "targets"),
    [
        ({}, [Target("localhost", 5432)]),
        ({"host": "a,b", "port": "1,2", "dbname": "x"}, [Target("a", 1, "/x"), Target("b", 2, "/x")]),
        ({"host": "a,b", "port": "1"}, [Target("a", 1), Target("b", 1)]),
        ({"host": "a", "hostaddr": "10.0.0.1"}, [Target("a", 5432), Target("10.0.0.1", 5432)]),
        ({"host": "/var/run/postgresql"}, [Target(path="/var/run/postgresql")]),
        ({"host": "a", "sslkey": "/etc/key", "sslrootcert": "system"}, [Target(path="/etc/key"), Target("a", 5432)]),
        ({"host": "a", "user": "erin", "sslmode": "require"}, [Target("a", 5432)]),
    ],
)
def test_everything_that_libpq_connects_to_or_reads_is_a_target(options: dict[str, str], targets: list[Target]) -> None:
    assert libpq_targets(options) == targets


def test_an_option_of_libpq_that_may_lead_anywhere_is_refused() -> None:
    with pytest.raises(ValueError, match="the option service is not allowed"):
        libpq_targets({"host": "a", "service": "elsewhere"})


def test_classes_are_allowed_by_any_of_their_names() -> None:
    allowance = Allowance(connectors=("data-*", "example.connectors.*"))
    assert allowance.allows_class(["data-files-monitor"])
    assert allowance.allows_class(["other", "example.connectors.sales.Monitor"])
    assert not allowance.allows_class(["example.connectorsX", "Data-files"])
    assert not Allowance(connectors=()).allows_class(["anything"])
