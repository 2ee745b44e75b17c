"""One connection, with hypercorn's protocol code: its exceptions end only this connection."""

import trio
from hypercorn.config import Config
from hypercorn.events import Event
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ConnectionState

from integration_daemon.rest.messages import CONNECTION_FAILED
from integration_daemon.rest.serving.connection_slot import SLOT, ConnectionSlot
from integration_daemon.rest.serving.http1 import HTTP1Connection
from integration_daemon.rest.serving.incidents import Incidents
from integration_daemon.rest.serving.peer import PEER, peer_of
from integration_daemon.rest.serving.stream import ByteStream, ClientStream


class Connection(TCPServer):
    """A client's connection."""

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        stream: ByteStream,
        reclaimable_slots: dict[ConnectionSlot, None],
    ) -> None:
        """`reclaimable_slots` are those of the connections that may be closed for others."""
        self.client = ClientStream(stream)
        self._stream = stream
        self._scope = trio.CancelScope()
        state = ConnectionState({SLOT: ConnectionSlot(self.client.close_now, reclaimable_slots)})
        super().__init__(app, config, context, state, self.client)  # type: ignore[arg-type]

    async def run_contained(self, incidents: Incidents) -> None:
        """Serve the client until it or the server closes the connection. Raises only cancellations."""
        try:
            with self._scope:
                await self.run()
        except* trio.ClosedResourceError:
            pass  # the server has closed it
        except* (Exception, SystemExit, KeyboardInterrupt, GeneratorExit) as group:
            incidents.add(CONNECTION_FAILED, group)

    async def protocol_send(self, event: Event) -> None:
        """Send an event, and end the connection if its client has disconnected.

        hypercorn does not end it: a client that pipelines requests and disconnects would keep it open for ever.
        """
        await super().protocol_send(event)
        if self.client.is_broken:
            self._scope.cancel(reason="the client has disconnected")

    async def _read_data(self) -> None:
        """Read data with our HTTP/1 parser in place of hypercorn's; `test_protocols.py` checks the replacement.

        At the end, stop the idle timer, until whose end hypercorn would keep a connection that its client has closed.
        """
        self.state[PEER] = peer_of(self._stream)  # the handshake is over
        self.protocol.protocol.connection = HTTP1Connection(self.config.h11_max_incomplete_size)
        await super()._read_data()
        await self.idle_task.stop()
