"""A malformed request ends hypercorn's trio server: `trio.BusyResourceError` leaves the connection's task.

Run it with hypercorn 0.18 on trio; it ends with the traceback of the server. What happens is told beside it, in
`hypercorn-busy-resource.md`.
"""

import random
from functools import partial
from typing import Any

import trio
from hypercorn.config import Config
from hypercorn.trio import serve

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer without reading the body, a few turns of the event loop after the request has come."""
    if scope["type"] != "http":
        raise NotImplementedError
    for _ in range(random.randrange(8)):
        await trio.lowlevel.checkpoint()
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"not found"})


async def main() -> None:
    """Serve, and send malformed requests until the server ends."""
    config = Config()
    config.bind = ["127.0.0.1:0"]
    async with trio.open_nursery() as nursery:
        (url,) = await nursery.start(partial(serve, app, config))
        for number in range(1_000):
            async with await trio.open_tcp_stream("127.0.0.1", int(url.rpartition(":")[2])) as stream:
                await stream.send_all(REQUEST)
                with trio.move_on_after(0.3):
                    while await stream.receive_some():
                        pass
            print(number + 1, "malformed requests survived")  # noqa: T201


if __name__ == "__main__":
    trio.run(main)
