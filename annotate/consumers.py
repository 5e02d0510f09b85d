"""The WebSocket of a frame: reads, limits and hands on. No database, no rules: see docs/protocol.md."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from uuid import UUID

from django.conf import settings

from .origin import is_own_origin
from .sync import cursors, limits, protocol, sessions, threads
from .sync.fanout import fanout
from .sync.hub import FrameHub
from .sync.limits import TokenBucket
from .sync.operations import Code, Refused
from .sync.submit import FrameMissing
from .sync.subscriber import Subscriber

logger = logging.getLogger(__name__)

HELLO_WITHIN_S = 5.0
AFTER_MS = {4408: 1000, 4429: 5000, 4500: 1000, 4503: 1000}
"""After which close codes a client comes back, and when: half to once and a half of this."""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Closed(Exception):
    """The conversation is over; ``code`` is told to the client, None when it left by itself."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


async def frame_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """ASGI application for /ws/frames/<frame id>/."""
    await receive()  # websocket.connect
    if not is_own_origin(scope):
        logger.warning("refused a socket from a foreign origin")
        await send({"type": "websocket.close", "code": 4403})
        return
    socket = FrameSocket(scope, receive, send)
    try:
        # Accepted before it is known who asks: a browser can tell a close code, not a refused handshake.
        await send({"type": "websocket.accept"})
        await socket.talk()
    except Closed as closed:
        if closed.code is not None:
            await socket.close(closed.code, closed.reason)
    finally:
        socket.leave()


async def no_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """ASGI application for every other address: the handshake is refused."""
    await receive()  # websocket.connect
    await send({"type": "websocket.close", "code": 4404})


class FrameSocket:
    """One conversation."""

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.frame_id = int(scope["url_route"]["kwargs"]["frame_id"])
        self.session_key = _session_key(scope)
        self._receive = receive
        self._send = send
        self._closed = False
        self._unreadable = 0
        self._subscriber: Subscriber | None = None
        self._ops = TokenBucket(limits.OPS_PER_SECOND, limits.OPS_BURST)
        self._ephemera = TokenBucket(limits.EPHEMERA_PER_SECOND, limits.EPHEMERA_PER_SECOND)
        self._gets = TokenBucket(limits.GETS_PER_SECOND, limits.GETS_PER_SECOND)
        self._bytes = TokenBucket(limits.BYTES_PER_SECOND, limits.BYTES_BURST)

    async def talk(self) -> None:
        """Hello, welcome, and then messages until one side closes. Raises Closed."""
        try:
            viewer, info = await threads.read(sessions.authenticate, self.session_key, self.frame_id)
        except sessions.Denied as denied:
            raise Closed(denied.code) from denied
        except threads.CONNECTION_ERRORS as error:
            raise Closed(4503, "the database cannot be reached") from error
        subscriber = await self._join(await self._hello(), viewer, info)
        while True:
            text = await self._text()
            try:
                self._handle(protocol.decode(text), subscriber)
            except protocol.Malformed as malformed:
                self._complain(subscriber, "malformed", str(malformed))

    async def _hello(self) -> protocol.Hello:
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                message = protocol.decode(await self._text())
        except TimeoutError as error:  # a slow line, not a wrong client: it may try again
            raise Closed(4408, "hello expected") from error
        except protocol.Malformed as error:
            raise Closed(4400, "hello expected") from error
        if not isinstance(message, protocol.Hello):
            raise Closed(4400, "hello expected")
        if message.v != protocol.VERSION:
            raise Closed(4426, "reload the page")
        return message

    async def _join(
        self, hello: protocol.Hello, viewer: sessions.Viewer, info: sessions.FrameInfo
    ) -> Subscriber:
        try:
            # Before joining: nobody may take the place of a socket whose client id they saw in the log.
            standing = await threads.read(
                cursors.standing_of, hello.client, frame_id=self.frame_id, user_id=viewer.user_id
            )
            hub = self._hub_with_room(hello.client, viewer)
            subscriber = self._subscriber = Subscriber(hub, viewer, hello.client, self._say, self.close)
            mode, texts = await hub.join(subscriber, epoch=hello.epoch, have=hello.have)
        except FrameMissing as error:
            raise Closed(4404) from error
        except cursors.ForeignClient as error:
            raise Closed(4403, "this client id belongs to somebody else") from error
        except threads.CONNECTION_ERRORS as error:
            raise Closed(4503, "the database cannot be reached") from error
        subscriber.next_counter = standing.last + 1
        subscriber.labels = info.labels
        # Another process may have told us less than we have just read of this client's commands.
        decided_at = standing.revision if standing.epoch == hub.epoch else 0
        welcome = {
            "t": "welcome",
            "v": protocol.VERSION,
            "who": subscriber.who,
            "epoch": hub.epoch,
            "head": max(hub.head, subscriber.sent, decided_at),
            "mode": mode,
            "last": standing.last,
            "mine": standing.mine,
            "role": viewer.role,
            "user": {"id": viewer.user_id, "name": viewer.name},
            "frame": {**info.frame, **hub.about},
            "labels": info.labels,
            "limits": limits.wire_limits(),
            "people": hub.people(),
        }
        subscriber.say(protocol.text_of(welcome), *texts)
        subscriber.start(sent=subscriber.sent)
        return subscriber

    def _hub_with_room(self, client: UUID, viewer: sessions.Viewer) -> FrameHub:
        """Older sockets of the same client do not count: they are about to be replaced."""
        process = fanout()
        if process.sockets_of(viewer.user_id, besides=client) >= limits.SOCKETS_PER_USER:
            raise Closed(4429, "too many windows are open")
        hub = process.hub(self.frame_id)
        if sum(one.client != client for one in hub.subscribers) >= limits.SOCKETS_PER_FRAME:
            raise Closed(4429, "too many people are on this frame")
        return hub

    def _handle(self, message: protocol.ClientMessage, subscriber: Subscriber) -> None:
        if isinstance(message, protocol.Op):
            self._handle_op(message, subscriber)
        elif isinstance(message, protocol.Seen):
            subscriber.saw(message.r)
        elif isinstance(message, protocol.Ephemeral):
            if self._ephemera.take():
                value = protocol.ephemeral_value(message)
                item = {"who": subscriber.who, "kind": message.kind, "g": message.g, "val": value}
                subscriber.hub.show(subscriber, protocol.plain(item))
        elif isinstance(message, protocol.Get):
            if self._gets.take():
                subscriber.rewind(message.have)
            else:
                self._complain(subscriber, "rate", "get at most 4 times a second")
        else:
            self._complain(subscriber, "malformed", "hello again")

    def _handle_op(self, message: protocol.Op, subscriber: Subscriber) -> None:
        commands = [protocol.command_from(one) for one in message.ops]
        if self._ops.take(len(commands)):
            subscriber.accept(commands)
            return
        wait = self._ops.wait_ms(len(commands))
        refused = [Refused(one.counter, Code.RATE, "too fast", after_ms=wait) for one in commands]
        subscriber.say(*protocol.answers_of(refused))

    def _complain(self, subscriber: Subscriber, code: str, detail: str) -> None:
        self._unreadable += 1
        if self._unreadable > limits.UNREADABLE:
            raise Closed(4400, "too many unreadable messages")
        subscriber.say(protocol.text_of({"t": "error", "code": code, "detail": detail}))

    async def _text(self) -> str:
        message = await self._receive()
        if self._closed or message["type"] == "websocket.disconnect":
            self._closed = True  # also what comes after our own goodbye is not heard
            raise Closed
        text: str = message.get("text") or ""
        size = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
        if size > protocol.MAX_MESSAGE_BYTES or len(message.get("bytes") or b"") > 0:
            raise Closed(4413 if text else 4400, "text messages of at most 64 KiB")
        if not self._bytes.take(size):
            raise Closed(4429, "too much at once")
        return text

    async def _say(self, text: str) -> None:
        if not self._closed:
            await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str = "") -> None:
        """Say goodbye in the application's words, then close."""
        if self._closed:
            return
        self._closed = True
        bye: dict[str, Any] = {"t": "bye", "code": code, "detail": reason}
        if code in AFTER_MS:
            bye["after"] = int(AFTER_MS[code] * random.uniform(0.5, 1.5))  # noqa: S311  (so that not all come at once)
        await self._send({"type": "websocket.send", "text": protocol.text_of(bye)})
        await self._send({"type": "websocket.close", "code": code, "reason": reason[:100]})

    def leave(self) -> None:
        self._closed = True
        if self._subscriber is not None:
            self._subscriber.hub.leave(self._subscriber)


def _session_key(scope: dict[str, Any]) -> str:
    cookies: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name.lower() == b"cookie":
            try:
                cookies.load(value.decode("latin-1"))
            except CookieError:
                return ""
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""
