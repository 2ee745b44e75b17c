"""What a document says of alerts: who is told when connectors do not work, and when."""

from enum import Enum
from typing import Annotated

import msgspec

from services.framework.discretion import DiscreetStruct
from services.secret import Secret

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Text = Annotated[str, msgspec.Meta(min_length=1)]
SECONDS = msgspec.Meta(ge=0, le=1_000_000)


class AlertCondition(Enum):
    """A condition of connectors that people can be told of."""

    DEGRADED = "DEGRADED"
    """Something is wrong, but the metadata is not out of date yet."""
    STALE = "STALE"
    """The connector has had no success for three intervals."""


class EmailReceiver(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """A mail server, and those who receive the alerts that are sent through it."""

    server: Text
    """Ours: the host of the mail server."""
    port: Port = 587
    """Ours: its port."""
    from_: Text = msgspec.field(name="from")
    """Ours: the address of the sender."""
    to: Annotated[list[Text], msgspec.Meta(min_length=1)]
    """Ours: the addresses of the receivers."""
    start_tls: bool = True
    """Ours: false: the mail is sent without TLS, and a password only to this machine."""
    user: str | None = None
    """Ours: the user at the mail server; none: the server wants none."""
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
    """Ours: a URL that receives each alert by POST, as JSON with a `text` as Slack and its likes show it. Whoever knows
    such a URL can post to it, so it is a secret."""
    email: EmailReceiver | None = None
    """Ours: a mail server that delivers each alert."""
    command: Annotated[list[Text], msgspec.Meta(min_length=1)] | None = None
    """Ours: a program with its arguments, which reads each alert as JSON from its standard input. `alertCommands` of
    the platform file has to list it with the same arguments. It is run without a shell, with `HOME`, `LANG`, `PATH` and
    `TZ` alone of the daemon's environment, and killed after 20 seconds."""


class AlertsConfig(DiscreetStruct, kw_only=True, omit_defaults=True, rename="camel"):
    """Who is told of incidents. An incident is one cause, however many connectors it keeps from working."""

    receivers: tuple[AlertReceiver, ...] = ()
    """Ours: each of them receives every alert."""
    conditions: tuple[AlertCondition, ...] = (AlertCondition.DEGRADED, AlertCondition.STALE)
    """Ours: the conditions of connectors that make an incident."""
    after: Annotated[float, SECONDS] = 60
    """Ours: seconds that an incident must last before people are told, and that it must be gone before it is over."""
