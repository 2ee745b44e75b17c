"""Ensures that the last message of an answer is sent."""

from typing import Any

import trio

from integration_daemon.rest.serving.memory import Application, Message, Receive, Send

LAST_MESSAGE = 20.0
"""The time limit of the last message in seconds: it waits for the preceding pieces."""


class FinishResponse:
    """ASGI middleware that shields the last message of an answer from cancellation.

    At the end of a response, hypercorn sends the application a disconnect, and quart-trio then cancels the `send` that
    is about to restart hypercorn's idle timer. Without this middleware, idle clients would never be dropped, and would
    delay every stop. `tests/integration_daemon/rest/serving/test_serving.py` tests this.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def finishing(message: Message) -> None:
            if message["type"] != "http.response.body" or message.get("more_body"):
                await send(message)
                return
            with trio.CancelScope(shield=True, deadline=trio.current_time() + LAST_MESSAGE):
                await send(message)

        await self._app(scope, receive, finishing)
