"""Two web processes on one frame, with a bus between them that loses, doubles and reorders. The real Redis is
in tests/deploy/test_two_processes.py."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from annotate.sync import fanout as fanout_module
from annotate.sync import hub as hub_module
from annotate.sync import presence
from annotate.sync.fanout import Fanout

from .room import Room, in_db, patched_process, until
from .tab import Tab
from .test_socket_people import DRAG, sees, shown_by, who_of


class Bus:
    """A channel layer in memory. ``deliver(message)`` says how often and after how many ticks it arrives."""

    def __init__(self) -> None:
        self.deliver: Callable[[dict[str, Any]], list[int]] = lambda message: [0]
        self.queues: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self.groups: dict[str, set[str]] = {}
        self.sent: list[dict[str, Any]] = []

    async def new_channel(self) -> str:
        name = f"channel.{len(self.queues)}"
        self.queues[name] = asyncio.Queue()
        return name

    async def group_add(self, group: str, channel: str) -> None:
        self.groups.setdefault(group, set()).add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self.groups[group].discard(channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.sent.append(message)
        for channel in self.groups.get(group, set()):
            for ticks in self.deliver(message):
                if ticks:
                    loop = asyncio.get_running_loop()
                    loop.call_later(0.003 * ticks, self.queues[channel].put_nowait, message)
                else:
                    self.queues[channel].put_nowait(message)

    async def receive(self, channel: str) -> dict[str, Any]:
        return await self.queues[channel].get()

    def kinds(self) -> set[str]:
        return {message["kind"] for message in self.sent if message["type"] == "frame"}


class Processes:
    """``ada`` and ``bob`` are on different processes."""

    def __init__(self, room: Room, bus: Bus, patch: pytest.MonkeyPatch) -> None:
        self.room = room
        self.bus = bus
        self.both = [Fanout(), Fanout()]
        for one in self.both:
            one.bus_works = one._has_bus = True
        room.fanouts = self.both
        self._chosen = self.both[0]
        patched_process(patch, lambda: self._chosen)

    async def join(self, index: int, who: str, **how: Any) -> Tab:
        self._chosen = self.both[index]
        tab = self.room.tab(await self.room.cookie(who), **how)
        await tab.open()
        return tab

    async def subscribed(self, processes: int = 2) -> None:
        """So many processes hear of the frame."""
        group = f"frame.{self.room.frame.pk}"
        await until(lambda: len(self.bus.groups.get(group, ())) == processes, "they hear of the frame")


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Bus:
    bus = Bus()
    monkeypatch.setattr(fanout_module, "get_channel_layer", lambda: bus)
    return bus


@pytest.fixture
async def processes(room: Room, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Processes:
    return Processes(room, bus, monkeypatch)


@pytest.fixture
def no_tail_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then only the bus tells."""
    monkeypatch.setattr(fanout_module, "TAIL_S", 3600.0)


@pytest.mark.usefixtures("no_tail_check")
async def test_edits_of_one_process_reach_the_other_over_the_bus(room: Room, processes: Processes) -> None:
    ada, bob = await processes.join(0, "annotator"), await processes.join(1, "second")
    await processes.subscribed()
    box = await ada.draw()
    await bob.applied(1)
    await bob.do("set", box, set={"x1": 30})
    await ada.applied(2)
    assert "ops" in processes.bus.kinds()
    await room.settled()


@pytest.mark.parametrize("seed", range(5))
async def test_f9_w28_lost_doubled_and_reordered_messages_change_nothing(
    room: Room, processes: Processes, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout_module, "TAIL_S", 0.1)
    chance = random.Random(seed)
    counts = {"lost": 0, "doubled": 0, "late": 0}

    def faulty(message: dict[str, Any]) -> list[int]:
        fate = chance.random()
        if fate < 0.3:
            counts["lost"] += 1
            return []
        if fate < 0.5:
            counts["doubled"] += 1
            return [0, chance.randrange(20)]
        if fate < 0.8:
            counts["late"] += 1
            return [chance.randrange(20)]
        return [0]

    processes.bus.deliver = faulty
    tabs = [
        await processes.join(index % 2, who) for index, who in enumerate(("annotator", "second", "owner"))
    ]
    box = await tabs[0].draw()
    for number in range(25):
        for place, tab in enumerate(tabs):
            tab.send_ops(
                tab.op(
                    "set", box, set={("x1", "x2", "y1")[place]: 20 + number if place != 1 else 200 + number}
                )
            )
        if number % 5 == 0:
            await chance.choice(tabs).draw()
        await asyncio.sleep(chance.random() * 0.02)
    for tab in tabs:
        await tab.answer_to(tab.counter)
    truth = await room.settled()
    assert truth.boxes[box]["x1"] == 44 and truth.boxes[box]["x2"] == 224
    assert all(counts.values()), f"seed {seed}: {counts}"
    await room.check_replay()


async def test_w28_a_silent_bus_is_made_up_for_by_the_tail_check(
    room: Room, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fanout_module.TAIL_S <= 1.0
    monkeypatch.setattr(fanout_module, "TAIL_S", 0.1)
    processes.bus.deliver = lambda message: []
    ada, bob = await processes.join(0, "annotator"), await processes.join(1, "second")
    for _ in range(3):
        await ada.draw()
        await bob.draw()
    await room.settled()
    assert processes.bus.sent


@pytest.mark.usefixtures("no_tail_check")
async def test_a_lost_message_is_noticed_by_the_next(room: Room, processes: Processes) -> None:
    """The hole makes the hub read the log; no tail check is needed."""
    ada, bob = await processes.join(0, "annotator"), await processes.join(1, "second")
    await processes.subscribed()
    processes.bus.deliver = lambda message: []
    await ada.draw()
    await ada.applied(1)
    processes.bus.deliver = lambda message: [0]
    await ada.draw()
    await bob.applied(2)
    await room.settled()


@pytest.mark.usefixtures("no_tail_check")
async def test_operations_too_large_for_the_bus_are_read_from_the_log(
    room: Room, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout_module, "LARGEST", 10)
    ada, bob = await processes.join(0, "annotator"), await processes.join(1, "second")
    await processes.subscribed()
    await ada.draw()
    await bob.applied(1)
    (told,) = (message for message in processes.bus.sent if message.get("kind") == "ops")
    assert (told["from"], told["to"], told["ops"]) == (1, 1, [])


@pytest.mark.usefixtures("no_tail_check")
async def test_a_client_that_connects_to_the_other_process_replaces_its_older_socket(
    processes: Processes,
) -> None:
    old = await processes.join(0, "annotator")
    await processes.join(1, "second")
    await processes.subscribed()
    await old.draw()
    new = await processes.join(1, "annotator", client=old.client)
    assert await old.closed() == 4409
    assert new.counter == 1
    await new.draw()


@pytest.mark.usefixtures("no_tail_check")
async def test_people_and_what_they_do_are_seen_in_both_processes(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "FORGET_AFTER_S", 3600.0)
    ada = await processes.join(0, "annotator")
    bob = await processes.join(1, "second")
    for tab in (ada, bob):
        await sees(tab, who_of(ada), who_of(bob))
    ada.send({"t": "eph", "kind": "cursor", "val": {"x": 1, "y": 2}})
    await bob.wait_for(lambda: shown_by(bob, who_of(ada), "cursor"))
    ada.send({"t": "eph", "kind": "drag", "val": DRAG, "g": "g"})
    await bob.wait_for(lambda: shown_by(bob, who_of(ada), "drag"))
    await ada.leave()
    await sees(bob, who_of(bob))
    await bob.wait_for(lambda: shown_by(bob, who_of(ada), "drag")[-1]["val"] is None)


@pytest.mark.usefixtures("no_tail_check")
async def test_the_last_edit_of_the_last_one_of_a_process_is_told(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They leave before the tick in which the edit would have been told to the other process."""
    ada, bob = await processes.join(0, "annotator"), await processes.join(1, "second")
    await processes.subscribed()
    monkeypatch.setattr(hub_module, "TICK_S", 60.0)
    await ada.draw()
    await bob.applied(1)
    await ada.draw()
    await ada.leave()
    await bob.applied(2)


async def test_i17_a_process_that_died_is_forgotten(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "FORGET_AFTER_S", 0.5)
    ada = await processes.join(0, "annotator")
    bob = await processes.join(1, "second")
    await sees(bob, who_of(ada), who_of(bob))
    processes.bus.deliver = lambda message: []  # nothing is heard of Ada's process any more
    await sees(bob, who_of(bob))


@pytest.mark.usefixtures("no_tail_check")
async def test_announce_reaches_the_other_process(room: Room, processes: Processes) -> None:
    bob = await processes.join(1, "second")
    ada = await processes.join(0, "annotator")
    await processes.subscribed()
    await in_db(room.world.author(room.frame, "owner").draw)
    processes.both[0].poke(room.frame.pk)
    for tab in (ada, bob):
        await tab.applied(1)


@pytest.mark.usefixtures("no_tail_check")
async def test_operations_of_before_a_restore_do_not_mix_with_those_of_after(
    room: Room, processes: Processes
) -> None:
    """Late on the bus: they carry revisions that exist again, of another log."""
    from .test_socket_access import put_back

    ada, bob = await processes.join(0, "annotator"), await processes.join(1, "second")
    await processes.subscribed()
    for _ in range(2):
        await ada.draw()
    await bob.applied(2)
    held: list[dict[str, Any]] = []

    def hold(message: dict[str, Any]) -> list[int]:
        if message.get("kind") == "ops":
            held.append(message)
            return []
        return [0]

    processes.bus.deliver = hold
    await ada.draw()
    await ada.applied(3)
    await in_db(put_back, room.frame, True)
    for one in processes.both:
        one.poke(room.frame.pk)
    assert (await ada.closed(), await bob.closed()) == (4503, 4503)
    assert held
    again = await processes.join(1, "second")
    processes.bus.deliver = lambda message: [0]
    await processes.subscribed(1)
    await processes.bus.group_send(f"frame.{room.frame.pk}", held[0])
    await again.draw()
    await again.applied(3)
    await room.settled(again)
