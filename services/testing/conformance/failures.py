"""Conformance tests of the failure kinds, on which the decisions of a daemon and its operator depend."""

from functools import partial
from pathlib import Path

import trio

from services.errors import ConnectorConfigurationError
from services.testing.conformance.checks import check, require_kind, some_of
from services.testing.conformance.suite import Suite
from services.testing.trial import Trial


class FailureConformance(Suite):
    """Tests of the failure kinds."""

    def test_an_unavailable_third_party_is_a_failure_of_its_own_kind(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            async def lost_while_at_work() -> None:
                async with trial.incarnation() as running:
                    await trial.call(running, "refresh")
                    await trio.to_thread.run_sync(self.make_unavailable)
                    await trial.call(running, "refresh")

            await trial.refreshed()
            before = await trial.names()
            for call in (lost_while_at_work, trial.refreshed):
                errors = await trial.errors_of(call)
                check(errors, "an unavailable third party was no error: raise ThirdPartyUnavailableError")
                require_kind(errors, *self.unavailable_errors, case="where the third party is unavailable")
                lost = before - await trial.names()
                check(not lost, f"{some_of(lost)} was removed while the third party was unavailable: raise before that")

        self.run(tmp_path, story)

    def test_a_wrong_setting_is_a_failure_of_the_configuration(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            for connection in self.wrong_connections():
                errors = await trial.errors_of(partial(trial.refreshed, connection))
                settings = ", ".join(connection.configuration_properties or ()) or "no settings"
                case = f"for the wrong {connection} with {settings}"
                check(errors, f"nothing was raised {case}: raise ConnectorConfigurationError in start")
                require_kind(errors, ConnectorConfigurationError, case=case)

        self.run(tmp_path, story)
