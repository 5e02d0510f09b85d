"""Between the tabs and the server processes: sockets whose messages the test holds, delivers and loses."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .node import Event
from .server import Link, Process

if TYPE_CHECKING:
    from .world import World

SERVER_NOTICES_AFTER_S = 20.0
LOSABLE = ('{"t":"ev"', '{"t":"snapshot"', '{"t":"hb"')
"""What a client asks for again when it misses it, on the same socket."""


@dataclass
class TabInfo:
    number: int
    browser: int
    user: int
    is_offline: bool = False
    is_skewed: bool = False
    """Its clock was changed, so it cannot know how long something waited."""
    route: int | None = None
    """The process that its next sockets lead to; None: any."""
    welcomed_at: float | None = None
    epoch: int = 0
    """Of the log that its last welcome was about."""
    held_epoch: int = 0
    """Of the log that its boxes come from."""


class Network:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.links: dict[int, Link] = {}
        self._calls: list[list[Any]] = []

    def take_calls(self) -> list[list[Any]]:
        """What arrives at the browsers now."""
        calls, self._calls = self._calls, []
        return calls

    def links_of(self, tab: int) -> list[Link]:
        return [link for link in self.links.values() if link.tab == tab]

    # What the tabs do

    def hear(self, event: Event) -> None:
        name, *rest = event
        if name == "connect":
            self._connect(*rest)
        elif name == "send":
            self._send(*rest)
        else:
            self._close(*rest)

    def _connect(self, tab: int, number: int, path: str) -> None:
        world = self.world
        info = world.tabs[tab]
        if info.is_offline:
            world.alarms.set(0.02, lambda: self._calls.append(["closed", number, 1006, ""]))
            return
        any_process = world.dice.choice(world.processes)
        process = any_process if info.route is None else world.processes[info.route % len(world.processes)]
        link = self.links[number] = Link(number, tab, process)
        process.open(link, path, world.site.cookies[info.user])

    def _send(self, number: int, text: str) -> None:
        link = self.links.get(number)
        if link is not None and link.heard_by_tab:
            link.up.append(text)
            self.world.witness.tab_said(link.tab, text)

    def _close(self, number: int) -> None:
        link = self.links.get(number)
        if link is not None:
            link.heard_by_tab = False
            link.down.clear()
            if not link.is_swallowed:
                link.up.append(None)

    # Messages on their way

    def carry(self) -> bool:
        """Deliver what nothing holds back. Whether there was anything."""
        moved = False
        for link in list(self.links.values()):
            if not link.heard_by_server and not link.heard_by_tab:
                del self.links[link.number]
            elif link.is_swallowed:
                link.up.clear()
                link.down.clear()
            else:
                moved = self._carry(link) or moved
        return moved

    def _carry(self, link: Link) -> bool:
        moved = False
        while link.up and not link.holds_up:
            self.carry_up(link)
            moved = True
        while link.down and not link.holds_down:
            self.carry_down(link)
        return moved

    def carry_up(self, link: Link) -> None:
        text = link.up.popleft()
        self.world.trace(f"tab {link.tab} > {link.number} > process {link.process.number}: {text}")
        if text is None:
            link.end_server(1001)
        elif link.heard_by_server:
            self.world.witness.server_hears(link.number, text, self.world.head)
            link.received.put_nowait({"type": "websocket.receive", "text": text})

    def carry_down(self, link: Link) -> None:
        kind, content, reason = link.down.popleft()
        self.world.trace(f"tab {link.tab} < {link.number} < process {link.process.number}: {kind} {content}")
        if not link.heard_by_tab:
            return
        if kind == "closed":
            link.heard_by_tab = False
            self._calls.append(["closed", link.number, content, reason])
        elif kind == "opened":
            self._calls.append(["opened", link.number])
        else:
            if content.startswith('{"t":"welcome"') and link.tab in self.world.tabs:
                self.world.witness.welcomed(link.tab, json.loads(content)["epoch"])
            self._calls.append(["text", link.number, content])

    # Faults

    def drop(
        self,
        link: Link,
        *,
        arrive_up: int = 0,
        arrive_down: int = 0,
        server_hears: bool = True,
        tab_hears: bool = True,
    ) -> None:
        """The socket breaks; of what was on its way, only the first few messages arrive."""
        self.deliver(link, up=arrive_up, down=arrive_down)
        self.swallow(link)
        if server_hears:
            link.end_server(1006)
        if tab_hears:
            self._tell_tab(link)

    def deliver(self, link: Link, *, up: int, down: int) -> None:
        """Some of what is held back."""
        if not link.is_swallowed:
            for _ in range(min(up, len(link.up))):
                self.carry_up(link)
            for _ in range(min(down, len(link.down))):
                self.carry_down(link)

    def lose(self, link: Link, index: int) -> None:
        """One message on its way to a tab is lost, and the socket lives."""
        losable = [one for one in link.down if one[0] == "text" and one[1].startswith(LOSABLE)]
        if losable:
            link.down.remove(losable[index % len(losable)])

    def swallow(self, link: Link) -> None:
        """From now on nothing arrives, and nobody is told. Much later the server notices."""
        link.up.clear()
        link.down.clear()
        if not link.is_swallowed:
            link.is_swallowed = True
            self.world.alarms.set(SERVER_NOTICES_AFTER_S, lambda: link.end_server(1006))

    def bury(self, process: Process) -> None:
        """The operating system closes the sockets of a process that died."""
        for link in process.links:
            link.heard_by_server = False
            link.up.clear()
            if not link.is_swallowed:
                link.down.clear()
                self._tell_tab(link)

    def _tell_tab(self, link: Link) -> None:
        if link.heard_by_tab:
            link.heard_by_tab = False
            self._calls.append(["closed", link.number, 1006, ""])
