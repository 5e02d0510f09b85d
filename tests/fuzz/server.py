"""Simulated server processes and the network between them and the tabs."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from channels.routing import URLRouter

from annotate.routing import websocket_urlpatterns
from annotate.sync import fanout as fanout_module
from annotate.sync.fanout import Fanout

from .virtual import Clock, Database, VirtualLoop
from .witness import Witness

application = URLRouter(websocket_urlpatterns)

Moment = Literal["before commit", "after commit", "after ack"]
Down = tuple[Literal["opened", "text", "closed"], Any, str]


@dataclass(eq=False)
class Link:
    """One socket. ``up`` and ``down`` are messages on their way; the test decides what arrives."""

    number: int
    tab: int
    process: "Process"
    up: deque[str | None] = field(default_factory=deque)
    """None: the tab closed the socket."""
    down: deque[Down] = field(default_factory=deque)
    holds_up: bool = False
    holds_down: bool = False
    is_swallowed: bool = False
    """The network is gone without a word: neither side hears of the other any more."""
    heard_by_server: bool = True
    heard_by_tab: bool = True
    received: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)

    def end_server(self, code: int) -> None:
        """The server learns that the socket is closed."""
        if self.heard_by_server:
            self.heard_by_server = False
            self.received.put_nowait({"type": "websocket.disconnect", "code": code})


class Process:
    """One web process: its event loop and the sockets that it serves."""

    def __init__(self, number: int, clock: Clock, database: Database, witness: Witness) -> None:
        self.number = number
        self.witness = witness
        self.loop = VirtualLoop(clock, database)
        self.loop.before_write = lambda: self._moment("before commit")
        self.loop.after_write = self._wrote
        self.links: list[Link] = []
        self.is_paused = False
        self.dies_at: Moment | None = None
        self._wrote_in = 0

    @property
    def is_dead(self) -> bool:
        return self.loop.killed

    @property
    def fanout(self) -> Fanout | None:
        return fanout_module._per_loop.get(self.loop)

    def open(self, link: Link, path: str, cookie: str) -> None:
        """A browser knocks."""
        self.links.append(link)
        scope = {
            "type": "websocket",
            "scheme": "ws",
            "path": path,
            "headers": [
                (b"host", b"localhost"),
                (b"origin", b"http://localhost"),
                (b"cookie", f"hitl_session={cookie}".encode()),
            ],
        }
        link.received.put_nowait({"type": "websocket.connect"})

        async def send(message: dict[str, Any]) -> None:
            if not self.is_dead:
                self._sent(link, message)

        self.loop.call_soon(lambda: self.loop.create_task(application(scope, link.received.get, send)))

    def _sent(self, link: Link, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "websocket.send":
            text: str = message["text"]
            self.witness.server_said(link.number, text, self._wrote_in)
            if link.heard_by_tab:
                link.down.append(("text", text, ""))
            if self.dies_at == "after ack" and json.loads(text)["t"] == "ack":
                self._moment("after ack")
        elif kind == "websocket.accept":
            link.down.append(("opened", None, ""))
        elif kind == "websocket.close":
            link.down.append(("closed", message.get("code", 1000), message.get("reason", "")))
            link.end_server(1000)

    def _wrote(self) -> None:
        self._wrote_in = self.witness.epoch
        self._moment("after commit")

    def _moment(self, moment: Moment) -> None:
        if self.dies_at == moment:
            self.loop.killed = True

    def kill(self) -> None:
        self.loop.kill()
