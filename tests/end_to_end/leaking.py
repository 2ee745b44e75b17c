"""A connector that lets its secrets out wherever it can."""

import os
import threading
from typing import NoReturn

from audit.message import AuditMessage
from audit.severity import Severity
from services.catalog.service import CatalogIntegratorConnector
from services.database.messages import NOT_AVAILABLE
from services.errors import ThirdPartyUnavailableError
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider

SAID = AuditMessage(id="LEAK-1", severity=Severity.ERROR, text="{it}", system_action="", user_action="")


class Leaking(FilesIntegratorConnector):
    """Logs, reports and raises its secrets, in the way that its setting `how` says."""

    provider = ConnectorProvider(description="Says what it knows.")

    def start(self) -> None:
        secret = self._secret()
        self.context.progress = f"I log on with {secret}"
        self.context.audit_log.record(SAID, it=f"I log on with {secret}")
        self.context.audit_log.record(SAID, it={"options": self.connection.configuration_properties, "of": secret})
        self.context.audit_log.exception(SAID, _caused_by(secret), it=[self.connection, self.connection.clear_password])

    def refresh(self) -> None:
        how, secret = self.context.setting("how"), self._secret()
        if how == "described":
            raise ThirdPartyUnavailableError(NOT_AVAILABLE, address=f"ftp://me:{secret}@h", cause=secret)
        if how == "group":
            raise ExceptionGroup(secret, [ValueError(secret), _caused_by(secret)])
        if how == "exit":
            raise SystemExit(secret)
        if how == "thread":
            thread = threading.Thread(target=_raise, args=(secret,), name=secret)
            thread.start()
            thread.join()
        if how == "unraisable":
            Unraisable(secret)
        if how == "crash":
            os.abort()
        raise _caused_by(secret)

    def _secret(self) -> str:
        assert self.connection.clear_password is not None
        return self.connection.clear_password.reveal()


class Cataloguing(CatalogIntegratorConnector):
    """Needs its metadata server."""

    provider = ConnectorProvider(description="Does nothing.")

    def refresh(self) -> None:
        """Nothing is to be done."""


class Unraisable:
    """An object whose end raises."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __del__(self) -> None:
        raise ValueError(self._secret)


def _caused_by(secret: str) -> RuntimeError:
    error = RuntimeError(f"could not log on with {secret}")
    error.__cause__ = KeyError(secret)
    error.add_note(f"noted: {secret}")
    return error


def _raise(secret: str) -> NoReturn:
    raise _caused_by(secret)
