"""The application is created without what nothing uses."""

from pathlib import Path

import pytest

from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.rest.access import Access
from integration_daemon.rest.app import make_app
from integration_daemon.rest.changes import Changes
from integration_daemon.rest.serving.incidents import Incidents
from integration_daemon.security.authenticator import Authenticator


def test_no_rule_is_compiled_to_build_urls_which_would_delay_the_start(tmp_path: Path) -> None:
    platform = Platform(PlatformSettings(data_directory=tmp_path))
    access = Access(Authenticator(tmp_path, None), Incidents(platform.record), Changes(platform.record_in))
    rules = make_app(platform, access).url_map
    adapter = rules.bind("localhost")
    for rule in rules.iter_rules():
        with pytest.raises(NotImplementedError):
            adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "name"), method=next(iter(rule.methods or ())))
