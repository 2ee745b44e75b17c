"""The alert configuration of a document: the receivers of alerts, and the conditions for an alert."""

from enum import Enum
from typing import Annotated

import msgspec

from services.framework.discretion import DiscreetStruct
from services.secret import Secret

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Text = Annotated[str, msgspec.Meta(min_length=1)]
SECONDS = msgspec.Meta(ge=0, le=1_000_000)


class AlertCondition(Enum):
    """A condition of a connector that can cause an alert."""

    DEGRADED = "DEGRADED"
    """Something is wrong, but the metadata is not out of date yet."""
    STALE = "STALE"
    """The connector has had no success for three intervals."""


class EmailReceiver(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """A mail server, and the addresses that receive alerts through it."""

    server: Text
    """Ours: the host of the mail server."""
    port: Port = 587
    """Ours: the port of the mail server."""
    from_: Text = msgspec.field(name="from")
    """Ours: the address of the sender."""
    to: Annotated[list[Text], msgspec.Meta(min_length=1)]
    """Ours: the addresses of the receivers."""
    start_tls: bool = True
    """Ours: false: the mail is sent without TLS, and a password only to this machine."""
    user: str | None = None
    """Ours: the user name for the mail server; none: no authentication."""
    password: Secret | None = None
    """Ours: the password of that user."""

    @property
    def address(self) -> str:
        """The host with the port."""
        host = f"[{self.server}]" if ":" in self.server else self.server
        return f"{host}:{self.port}"


class AlertReceiver(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """One receiver of alerts: a webhook, a mail server or a command."""

    webhook: Secret | None = None
    """Ours: a URL that receives each alert by POST, as JSON with a field `text` for Slack and compatible services. The
    URL is a secret, because it needs no other authentication."""
    email: EmailReceiver | None = None
    """Ours: a mail server that delivers each alert."""
    command: Annotated[list[Text], msgspec.Meta(min_length=1)] | None = None
    """Ours: a program with its arguments, which reads each alert as JSON from its standard input. `alertCommands` of
    the platform file has to list it with the same arguments. It is run without a shell, with only `HOME`, `LANG`,
    `PATH` and `TZ` of the daemon's environment, and killed after 20 seconds."""


class AlertsConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """The receivers of alerts. An alert reports an incident: one cause, however many connectors it affects."""

    receivers: tuple[AlertReceiver, ...] = ()
    """Ours: the receivers, each of which receives every alert."""
    conditions: tuple[AlertCondition, ...] = (AlertCondition.DEGRADED, AlertCondition.STALE)
    """Ours: the conditions of a connector that cause an incident."""
    after: Annotated[float, SECONDS] = 60
    """Ours: seconds for which a condition must last before the alert is sent, and be absent before the incident is
    over."""
