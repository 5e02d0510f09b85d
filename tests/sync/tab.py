"""A tab as the ASGI application sees it: one socket, driven in the test's own event loop."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self, TypeVar
from uuid import UUID, uuid4

from hitlsite.asgi import application

from .replica import Replica
from .world import EDGES

T = TypeVar("T")
Message = dict[str, Any]

HOST = "localhost:5000"
ORIGIN = f"http://{HOST}"
PATIENCE_S = 20.0
"""A deadline for things that take milliseconds; only a failing test waits so long."""


class Tab:
    """Keeps what it was sent (``messages``) and what that makes of the frame (``replica``).

    ``follows``: says ``seen`` after every ``ev``, as a client has to.
    """

    def __init__(
        self,
        frame_id: int,
        cookie: str = "",
        *,
        client: UUID | None = None,
        label: int = 0,
        follows: bool = True,
        headers: list[tuple[bytes, bytes]] | None = None,
    ) -> None:
        self.frame_id = frame_id
        self.client = client or uuid4()
        self.label = label
        self.follows = follows
        self.counter = 0
        self.is_accepted = False
        self.code: int | None = None
        self.messages: list[Message] = []
        self.replica = Replica()
        self.task: asyncio.Task[None] | None = None
        self._headers = headers if headers is not None else headers_with(cookie)
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._news = asyncio.Event()
        self._places: dict[str, int] = {}

    # The conversation

    async def connect(self) -> Self:
        """The handshake. Returns when it was accepted or refused."""
        scope = {
            "type": "websocket",
            "path": f"/ws/frames/{self.frame_id}/",
            "scheme": "ws",
            "headers": self._headers,
            "query_string": b"",
            "subprotocols": [],
        }
        self._inbox.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(application(scope, self._inbox.get, self._take))
        await self.wait_for(lambda: self.is_accepted or self.code)
        return self

    async def open(self, **more: Any) -> Message:
        """Handshake, hello, welcome, and the boxes that come with it. Returns the welcome."""
        await self.connect()
        self.hello(**more)
        welcome = await self.next("welcome")
        if welcome["mode"] == "ok":
            self.replica.applied = more["have"]
        await self.wait_for(lambda: self.replica.applied >= welcome["head"])
        self.counter = welcome["last"]
        return welcome

    def hello(self, **more: Any) -> None:
        self.send({"t": "hello", "v": 1, "client": str(self.client), **more})

    def send(self, message: Message) -> None:
        self.send_text(json.dumps(message))

    def send_text(self, text: str) -> None:
        self._inbox.put_nowait({"type": "websocket.receive", "text": text})

    def send_bytes(self, content: bytes) -> None:
        self._inbox.put_nowait({"type": "websocket.receive", "bytes": content})

    async def leave(self) -> None:
        """Close from our side, and wait until the server is through with us."""
        if self.code is None:
            self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        if self.task is not None:
            await asyncio.wait_for(self.task, PATIENCE_S)

    async def closed(self) -> int:
        """Wait until the server closed the socket. Returns its code."""
        await self.wait_for(lambda: self.code)
        await self.leave()
        assert self.code is not None
        return self.code

    # Commands

    def op(self, kind: str, box: str | None = None, *, set: Message | None = None, **more: Any) -> Message:
        """The next command on the wire, not sent yet."""
        self.counter += 1
        named = {"box": box, "set": set, **more}
        return {
            "c": self.counter,
            "k": kind,
            **{name: value for name, value in named.items() if value is not None},
        }

    def drawing(self, **fields: Any) -> Message:
        return self.op("create", str(uuid4()), set={**EDGES, "label": self.label, **fields})

    def send_ops(self, *commands: Message) -> None:
        self.send({"t": "op", "ops": list(commands)})

    async def do(self, kind: str, box: str | None = None, **more: Any) -> Message:
        """Send one command. Returns its ack or nack."""
        command = self.op(kind, box, **more)
        self.send_ops(command)
        return await self.answer_to(command["c"])

    async def draw(self, **fields: Any) -> str:
        command = self.drawing(**fields)
        self.send_ops(command)
        ack = await self.answer_to(command["c"])
        assert "from" in ack, ack
        box: str = command["box"]
        return box

    async def answer_to(self, counter: int, nth: int = 0) -> Message:
        """The nth ack (its part for this counter) or nack for a command."""
        answers = await self.wait_for(lambda: self.answers_to(counter)[nth:])
        return answers[0]

    def answers_to(self, counter: int) -> list[Message]:
        found = []
        for message in self.messages:
            if message["t"] == "ack":
                found += [ack for ack in message["acks"] if ack["c"] == counter]
            elif message["t"] == "nack" and message["c"] == counter:
                found.append(message)
        return found

    # What came

    async def next(self, kind: str) -> Message:
        """The first message of this type that was not returned before."""

        def find() -> Message | None:
            for place in range(self._places.get(kind, 0), len(self.messages)):
                if self.messages[place]["t"] == kind:
                    self._places[kind] = place + 1
                    return self.messages[place]
            return None

        return await self.wait_for(find)

    def all(self, kind: str) -> list[Message]:
        return [message for message in self.messages if message["t"] == kind]

    @property
    def operations(self) -> list[Message]:
        return [operation for message in self.all("ev") for operation in message["ops"]]

    async def applied(self, revision: int) -> None:
        await self.wait_for(lambda: self.replica.applied >= revision)

    async def fence(self) -> None:
        """Returns when everything that was sent before has been handled, and what came of it was received."""
        count = len(self.all("error"))
        self.send_text("fence")
        await self.wait_for(lambda: len(self.all("error")) > count)

    async def wait_for(self, find: Callable[[], T | None]) -> T:
        """Poll at every message until ``find`` returns something that is true."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = find()
                if found:
                    return found
                if self.task is not None and self.task.done() and self.task.exception():
                    raise AssertionError("the application failed") from self.task.exception()
                self._news.clear()
                await self._news.wait()

    async def _take(self, event: Message) -> None:
        """The application's ``send``."""
        if event["type"] == "websocket.accept":
            self.is_accepted = True
        elif event["type"] == "websocket.close":
            self.code = event["code"]
            self._inbox.put_nowait({"type": "websocket.disconnect", "code": self.code})
        else:
            assert self.code is None, "nothing comes after the close"
            self._take_message(json.loads(event["text"]))
        self._news.set()

    def _take_message(self, message: Message) -> None:
        self.messages.append(message)
        self.replica.take(message)
        if message["t"] == "ev" and self.follows:
            self.send({"t": "seen", "r": self.replica.applied})


def headers_with(
    cookie: str, *, origin: str | None = ORIGIN, host: str | None = HOST
) -> list[tuple[bytes, bytes]]:
    named = {"origin": origin, "host": host, "cookie": f"hitl_session={cookie}" if cookie else None}
    return [(name.encode(), value.encode()) for name, value in named.items() if value is not None]
