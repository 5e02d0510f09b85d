"""Makes Daphne stream: a body goes to the application as it comes in, an answer out as fast as it is read.

Daphne 4.2 by itself keeps the whole body, lets Twisted parse forms in memory and then queues all of it, so that
an upload of 2 GB takes 2 GB and more and cannot be refused before its end; and it buffers without limit what a
slow reader does not take. uvicorn does both well, and is not touched.

Relies on names of Twisted and Daphne that are not public; tests/media/test_streams.py watches them.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import daphne.cli
import daphne.http_protocol
import daphne.server

PIECES_AHEAD = 16  # of up to 64 KiB, waiting for the application; then the client has to wait
LOOK_AGAIN_S = 0.005
LINGER_S = 30.0  # how long the rest of a refused body is read and thrown away, so that the refusal arrives
STALLED_S = 60.0  # how long somebody may take nothing of an answer


class Passed:
    """Stands for the body of a request that streams. ``closed`` is what makes Daphne send none of it itself."""

    closed = True

    def seek(self, place: int, whence: int = 0) -> None:
        """There is nothing to go back to."""

    def close(self) -> None:
        """Nothing was opened."""


class Valve:
    """Shut while the connection takes no more: a producer in Twisted's words."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.opened.set()

    def pauseProducing(self) -> None:
        self.opened.clear()

    def resumeProducing(self) -> None:
        self.opened.set()

    def stopProducing(self) -> None:
        self.opened.set()


class StreamingRequest(daphne.http_protocol.WebRequest):  # type: ignore[misc]
    """A request whose application starts when the headers are there, not when the body has ended."""

    streams = False
    body_ended = True
    is_answered = False
    is_held = False
    valve: Valve | None = None

    def gotLength(self, length: int | None) -> None:
        """``length``: 0 for no body, None for one that does not say."""
        super().gotLength(0)
        if length == 0:
            return
        channel = self.channel
        if self.requestHeaders.hasHeader(b"Upgrade"):  # no WebSocket begins with a body
            self.streams = True
            channel._respondToBadRequestAndDisconnect()
            return
        self.streams, self.body_ended, self.content = True, False, Passed()
        self.method, self.uri, self.clientproto = channel._command, channel._path, channel._version
        self.path = self.uri.partition(b"?")[0]
        self.process()

    def handleContentChunk(self, data: bytes) -> None:
        if self.application_queue is None or self.is_answered:
            return
        self.application_queue.put_nowait({"type": "http.request", "body": data, "more_body": True})
        if not self.is_held and self.application_queue.qsize() > PIECES_AHEAD:
            self.is_held = True
            self.channel._networkProducer.pauseProducing()
            self.read_on_when_taken()

    def read_on_when_taken(self) -> None:
        if self.finished or self._disconnected:
            return
        if not self.is_answered and self.application_queue.qsize() > PIECES_AHEAD // 2:
            later(LOOK_AGAIN_S, self.read_on_when_taken)
            return
        self.is_held = False
        if not self.channel._waitingForTransport:
            self.channel._networkProducer.resumeProducing()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The body has ended."""
        if not self.streams:
            super().requestReceived(command, path, version)
            return
        self.body_ended = True
        if self.is_answered:
            super().finish()
        elif self.application_queue is not None:
            self.application_queue.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    def finish(self) -> None:
        """The answer is complete. One that came before the end of the body waits for it a while: closing at
        once would reset the connection, and a browser that is still sending would never see the answer."""
        if self.valve is not None and self.producer is not None:
            self.unregisterProducer()
        if self.body_ended:
            super().finish()
            return
        self.is_answered = True
        self.channel.persistent = False
        later(LINGER_S, self.finish_unread)

    def finish_unread(self) -> None:
        if not self.finished and not self._disconnected:
            super().finish()

    def handle_reply(self, message: dict[str, Any]) -> None:
        if self.is_answered:
            return
        if message["type"] == "http.response.body" and message.get("more_body") and self.valve is None:
            self.valve = Valve()
            self.registerProducer(self.valve, True)
        super().handle_reply(message)
        if message["type"] == "http.response.start" and not self.body_ended:
            self.responseHeaders.setRawHeaders(b"connection", [b"close"])

    async def taken(self) -> None:
        """Returns when the connection takes more; ends it when nothing was taken for STALLED_S."""
        if self.valve is None or self.valve.opened.is_set():
            return
        try:
            await asyncio.wait_for(self.valve.opened.wait(), STALLED_S)
        except TimeoutError:
            if not self.finished and not self._disconnected:
                self.channel.forceAbortClient()


class StreamingServer(daphne.server.Server):  # type: ignore[misc]
    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if message.get("more_body") and isinstance(protocol, StreamingRequest):
            await protocol.taken()


def later(seconds: float, call: Callable[[], object]) -> None:
    asyncio.get_running_loop().call_later(seconds, call)  # Daphne's reactor is asyncio's loop


def install() -> None:
    """From now on Daphne works as described above. Before a server is made."""
    daphne.http_protocol.WebRequest = StreamingRequest
    daphne.cli.CommandLineInterface.server_class = StreamingServer
