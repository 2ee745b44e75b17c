"""Trying what a document connects to, where a part of the program is not installed."""

import sys

import pytest

from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.platform.connections import try_connections


async def test_a_store_whose_driver_is_not_installed_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    config = OMAGServerConfig(local_server_name="daemon", metadata_store="postgresql://metadata@127.0.0.1/catalogue")

    (tried,) = await try_connections(config, None)

    assert tried.name == "metadata store"
    assert "integration-daemon[postgres]" in tried.problem
    assert tried.failure_kind == "CONFIGURATION"
    assert tried.user_action
