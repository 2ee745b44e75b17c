"""The causes of connectors' problems, with their remedies; connectors with the same cause are shown together."""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from audit.counted import counted
from integration_daemon.cli.show import ago, console, plain
from integration_daemon.client import ConnectorSummary

_MESSAGE_ID = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)+ ")
_EXPLAINED_BY_FAILURE = ("FAILED", "NO_RECENT_SUCCESS")  # reasons that the failure explains in more detail
_INDENTATION = 2


class _Cause(msgspec.Struct):
    kind: str
    text: str
    """Text of the first connector."""
    action: str
    since: str
    connectors: list[str]

    @property
    def is_failure(self) -> bool:
        return self.kind != ""


def causes_of(connectors: Iterable[ConnectorSummary], *, lines: int | None = None) -> list[RenderableType]:
    """The causes in the order of the connectors.

    `lines` is the height in a terminal that they may take; the first cause is always shown. Without `lines`, each cause
    takes one line.
    """
    causes = _together(connectors)
    if lines is None:
        return [_in_a_line(each) for each in causes]
    shown: list[RenderableType] = []
    out = console()
    for number, cause in enumerate(causes):
        block = _in_a_terminal(cause)
        lines -= len(out.render_lines(block, pad=False))
        if lines < 0 and shown:
            left = len(causes) - number
            return [*shown, Text(f"and {counted(left, 'more cause')}")]
        shown.append(block)
    return shown


def _together(connectors: Iterable[ConnectorSummary]) -> Sequence[_Cause]:
    found: dict[tuple[str, str, str], _Cause] = {}
    for connector in connectors:
        for key, cause in _causes(connector):
            found.setdefault(key, cause).connectors.append(plain(connector.connector_name))
    return list(found.values())


def _causes(connector: ConnectorSummary) -> Iterator[tuple[tuple[str, str, str], _Cause]]:
    """The causes of one connector, each with a key that equals that of the same cause of another connector."""
    if failure := connector.failure:
        kind, text, action = failure.kind.value, failure.message, failure.user_action
        yield _key(kind, text, action), _Cause(kind, text, action, connector.last_failure or "", [])
    for each in connector.findings or ():
        if failure is None or each.reason not in _EXPLAINED_BY_FAILURE:
            yield _key(each.reason, each.text, each.action), _Cause("", each.text, each.action, each.since, [])


def _key(kind: str, text: str, action: str) -> tuple[str, str, str]:
    """The key of a cause. Texts with the same message id are equal, even if they name different objects."""
    message_id = _MESSAGE_ID.match(text)
    return kind, message_id[0] if message_id else text, action


def _head(cause: _Cause) -> str:
    first, *others = cause.connectors
    return f"{first}{f' and {len(others):,} more' if others else ''}"


def _style(cause: _Cause) -> str:
    return "bold red" if cause.is_failure else "bold yellow"


def _in_a_line(cause: _Cause) -> Text:
    kind = f"{cause.kind}: " if cause.kind else ""
    action = f" -> {cause.action}" if cause.action else ""
    return Text.assemble((f"{_head(cause)}: ", _style(cause)), plain(f"{kind}{cause.text}{action}"))


def _in_a_terminal(cause: _Cause) -> Group:
    parts = filter(None, (cause.kind, ago(cause.since)))
    head = Text.assemble((_head(cause), _style(cause)), f": {', '.join(parts)}")
    text = [Padding(Text(plain(cause.text)), (0, 0, 0, _INDENTATION))]
    if cause.action:
        text.append(Padding(Text.assemble(("-> ", "bold"), plain(cause.action)), (0, 0, 0, _INDENTATION)))
    return Group(head, *text)
