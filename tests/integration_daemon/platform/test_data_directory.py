"""A data directory is used by its own user."""

import os
from pathlib import Path

import pytest

from integration_daemon.platform.data_directory import locked
from services.errors import InvalidParameterError


def test_a_directory_that_another_user_has_made_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory, owner = tmp_path / "data", os.geteuid() or 4711
    directory.mkdir()
    os.chown(directory, owner, -1)
    with locked(directory):
        pass
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(InvalidParameterError, match="it belongs to another user"), locked(directory):
        pass
