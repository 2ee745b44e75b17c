"""Failures: how the status describes an exception raised by a method of a connector."""

import pytest
import trio

from audit.errors import DescribedError
from audit.foreign import ForeignExitError
from audit.message import ErrorMessage
from integration_daemon.supervision.recovery.failure import (
    Failure,
    FailureKind,
    ForeignError,
    MethodTimedOutError,
    class_name_of,
    failure_from,
    most_telling,
)
from services.errors import (
    ConnectorConfigurationError,
    InvalidParameterError,
    MetadataServerNotRunningError,
    MetadataServerUnavailableError,
    PropertyServerError,
    ThirdPartyUnavailableError,
    UserNotAuthorizedError,
    WrongConnectorClassError,
)

MESSAGE = ErrorMessage(
    id="TEST-500-001", http_code=500, text="{thing} is broken", system_action="It waits.", user_action="Mend it."
)


def unavailable(server: str = "mds") -> MetadataServerUnavailableError:
    return MetadataServerUnavailableError(MESSAGE, metadata_server=server, thing="it")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectorConfigurationError(MESSAGE, thing="it"), FailureKind.CONFIGURATION),
        (WrongConnectorClassError(MESSAGE, thing="it"), FailureKind.CONFIGURATION),
        (UserNotAuthorizedError(MESSAGE, thing="it"), FailureKind.AUTHORIZATION),
        (unavailable(), FailureKind.METADATA_SERVER_UNAVAILABLE),
        (
            MetadataServerNotRunningError(MESSAGE, metadata_server="m", thing="it"),
            FailureKind.METADATA_SERVER_UNAVAILABLE,
        ),
        (ThirdPartyUnavailableError(MESSAGE, thing="it"), FailureKind.THIRD_PARTY_UNAVAILABLE),
        (ConnectionRefusedError("refused"), FailureKind.THIRD_PARTY_UNAVAILABLE),
        (MethodTimedOutError("a", "refresh", 90.0), FailureKind.TIMEOUT),
        (TimeoutError(), FailureKind.TIMEOUT),
        (trio.TooSlowError(), FailureKind.TIMEOUT),
        (PropertyServerError(MESSAGE, thing="it"), FailureKind.DEFECT),
        (InvalidParameterError(MESSAGE, thing="it"), FailureKind.DEFECT),
        (OSError("disk"), FailureKind.DEFECT),
        (SystemExit(1), FailureKind.DEFECT),
    ],
)
def test_the_failure_kind_follows_from_the_exception(error: BaseException, kind: FailureKind) -> None:
    assert failure_from(error, "refresh").kind is kind


def test_an_error_of_ours_keeps_its_message_and_actions() -> None:
    assert failure_from(ThirdPartyUnavailableError(MESSAGE, thing="it"), "start", connector="a") == Failure(
        kind=FailureKind.THIRD_PARTY_UNAVAILABLE,
        method="start",
        exception_class="org.odpi.openmetadata.frameworks.connectors.ffdc.ConnectorCheckedException",
        message="TEST-500-001 it is broken",
        system_action="It waits.",
        user_action="Mend it.",
    )


def test_any_other_exception_is_named_and_refers_to_its_traceback() -> None:
    error = ValueError("broken")
    assert failure_from(error, "refresh", connector="a") == Failure(
        kind=FailureKind.DEFECT,
        method="refresh",
        exception_class="ValueError",
        message="ValueError: broken",
        user_action="its traceback: integration-daemon audit-log --connector 'a' --json",
    )
    assert failure_from(error, "probe").user_action == ""  # the audit log does not have the traceback


def test_an_unavailable_metadata_server_is_named() -> None:
    assert failure_from(unavailable("cocoMDS1"), "refresh").metadata_server == "cocoMDS1"
    other = ThirdPartyUnavailableError(MESSAGE, thing="it")
    other.__dict__["metadata_server"] = "cocoMDS1"
    assert failure_from(other, "refresh").metadata_server == ""


def test_an_unnamed_metadata_server_stays_unnamed() -> None:
    class HalfMadeError(MetadataServerUnavailableError):
        def __init__(self) -> None:
            pass

    failure = failure_from(HalfMadeError(), "refresh")
    assert (failure.kind, failure.metadata_server) == (FailureKind.METADATA_SERVER_UNAVAILABLE, "")


def test_foreign_exceptions_with_attributes_like_ours_are_not_trusted() -> None:
    foreign = ValueError("broken")
    foreign.__dict__["definition"] = MESSAGE
    assert failure_from(foreign, "refresh").message == "ValueError: broken"
    ours = DescribedError(MESSAGE, thing="it")
    ours.__dict__["definition"] = "TEST-500-001"
    failure = failure_from(ours, "refresh")
    assert failure.message.startswith("DescribedError: TEST-500-001")
    assert failure.user_action == ""


def test_a_failure_conceals_secrets() -> None:
    def conceal(text: str) -> str:
        return text.replace("hunter2", "***")

    assert (
        failure_from(ValueError("no entry with hunter2"), "start", conceal).message == "ValueError: no entry with ***"
    )
    shown = failure_from(ValueError("postgresql://me:hunter2@host/db"), "start").message
    assert shown == "ValueError: postgresql://me:********@host/db"


def test_a_failure_shows_the_most_specific_exception_of_a_group() -> None:
    defect, timeout, refused = ValueError("broken"), TimeoutError("slow"), ConnectionError("refused")
    group = ExceptionGroup("several", [defect, ExceptionGroup("inner", [timeout, refused])])
    assert most_telling(group) is refused
    assert failure_from(group, "engage").message == "ConnectionError: refused"
    denied = UserNotAuthorizedError(MESSAGE, thing="it")
    assert most_telling(ExceptionGroup("several", [unavailable(), denied, defect])) is denied
    assert most_telling(defect) is defect


def test_a_timeout_names_the_method_and_its_deadline() -> None:
    error = MethodTimedOutError("a", "refresh", 90.0)
    text = "The refresh method of integration connector a did not finish within 90 seconds"
    assert failure_from(error, "refresh").message.endswith(text)


def test_an_exception_of_another_process_keeps_its_class_and_text() -> None:
    error = ForeignError("shop.api.ClosedError", "ClosedError: on Sundays")
    failure = failure_from(error, "refresh")
    assert (failure.exception_class, failure.message) == ("shop.api.ClosedError", "ClosedError: on Sundays")


def test_an_exception_that_would_end_the_process_keeps_its_class() -> None:
    error = ForeignExitError(SystemExit(3))
    assert class_name_of(error) == "SystemExit"
    assert failure_from(error, "refresh").message == "SystemExit: 3 (raised to end more than the connector)"
