"""The application is created without what nothing uses."""

from pathlib import Path

import pytest
from quart_trio import QuartTrio

from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.rest.access import Access
from integration_daemon.rest.app import make_app
from integration_daemon.rest.changes import Changes
from integration_daemon.rest.serving.incidents import Incidents
from integration_daemon.security.authenticator import Authenticator


def test_no_rule_is_compiled_to_build_urls_which_would_delay_the_start(tmp_path: Path) -> None:
    rules = _application(tmp_path).url_map
    adapter = rules.bind("localhost")
    for rule in rules.iter_rules():
        with pytest.raises(NotImplementedError):
            adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "name"), method=next(iter(rule.methods or ())))


def test_urls_are_compiled_once_for_all_applications_of_a_process(tmp_path: Path) -> None:
    assert _application(tmp_path).url_map is _application(tmp_path).url_map


def _application(directory: Path) -> QuartTrio:
    platform = Platform(PlatformSettings(data_directory=directory))
    access = Access(Authenticator(directory, None), Incidents(platform.record), Changes(platform.record_in))
    return make_app(platform, access)
