"""Starts the servers whose documents a platform stores, when the process starts."""

import trio

from audit.safe_text import safe_text
from integration_daemon.platform import messages
from integration_daemon.platform.platform import Platform


async def start_stored_servers(platform: Platform) -> None:
    """Start every server that has a stored document and does not run yet, metadata servers first.

    A server that cannot be started is logged: its document can be corrected over REST.
    """
    for name in await _in_order(platform):
        if name not in platform.servers and not platform.close_requested.is_set():
            try:
                await platform.start_stored_server(name)
            except Exception as error:
                _report(platform, name, error)


async def _in_order(platform: Platform) -> list[str]:
    """The names of the servers, those of metadata servers first, because connectors may need one of them."""
    daemons: list[str] = []
    others: list[str] = []
    for name in await trio.to_thread.run_sync(platform.documents.store.names):
        try:
            config = await platform.documents.load(name)
        except Exception as error:
            _report(platform, name, error)
        else:
            (daemons if config.has_connectors else others).append(name)
    return [*others, *daemons]


def _report(platform: Platform, name: str, error: Exception) -> None:
    platform.record(messages.STORED_SERVER_NOT_STARTED, None, {"server": name, "message": safe_text(error)})
