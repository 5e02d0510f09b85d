"""Editing over the socket of the real ASGI application."""

import asyncio
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection
from pytest_django.fixtures import Settings

from annotate import courtesy
from annotate.models import Frame
from annotate.sync import fanout as fanout_module
from annotate.sync import hub as hub_module
from annotate.sync import subscriber as subscriber_module
from annotate.sync import threads, writer
from annotate.sync.fanout import announce
from annotate.sync.hub import FrameHub

from .replica import Replica, replayed
from .room import Room, in_db, until
from .tab import Message, Tab
from .world import EDGES

PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()


def revision_of(frame: Frame) -> int:
    return Frame.objects.values_list("revision", flat=True).get(pk=frame.pk)


class TestWelcome:
    async def test_it_says_what_the_page_promises(self, room: Room) -> None:
        tab = room.tab(await room.cookie("annotator"))
        welcome = await tab.open()
        promised = re.search(r"^    (\{\"t\":\"welcome\".*?)\n\n", PROTOCOL, re.S | re.M)
        assert promised is not None
        names = set(re.findall(r'"(\w+)":', promised[1]))
        assert names == {*names_in(welcome)}
        assert (welcome["v"], welcome["head"], welcome["mode"], welcome["last"]) == (1, 0, "snapshot", 0)
        assert welcome["role"] == "annotator"
        assert welcome["user"] == {"id": room.user("annotator").pk, "name": "Annotator"}
        assert welcome["epoch"] == str(room.frame.epoch)
        assert [label["active"] for label in welcome["labels"]] == [True, True, False]
        assert [person["who"] for person in welcome["people"]] == [welcome["who"]]

    async def test_nothing_comes_before_it(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever happens on the frame while the boxes are read."""
        first = await room.join()
        resume, gate = FrameHub.resume, asyncio.Event()

        async def slow(hub: FrameHub, *args: Any, **named: Any) -> Any:
            await gate.wait()
            return await resume(hub, *args, **named)

        monkeypatch.setattr(FrameHub, "resume", slow)
        second = room.tab(await room.cookie("second"))
        await second.connect()
        second.hello()
        hub = fanout_module.fanout().hub(room.frame.pk)
        await until(lambda: len(hub.subscribers) == 2, "the second is on its way")
        await first.draw()
        first.send({"t": "eph", "kind": "cursor", "val": {"x": 1, "y": 1}})
        await first.next("eph")  # everybody has it who gets it
        gate.set()
        await second.next("welcome")
        assert second.messages[0]["t"] == "welcome"
        await room.settled()

    async def test_a_newcomer_gets_a_snapshot(self, room: Room) -> None:
        first = await room.join()
        boxes = [await first.draw() for _ in range(3)]
        await first.do("delete", boxes[0])
        late = await room.join("second")
        assert (late.messages[0]["mode"], late.messages[0]["head"]) == ("snapshot", 4)
        assert len(late.replica.boxes) == 2
        await room.settled()

    async def test_who_was_there_gets_what_is_missing(self, room: Room) -> None:
        first = await room.join()
        await first.draw()
        epoch = str(room.frame.epoch)
        second = await room.join("second", epoch=epoch, have=1)
        assert (second.messages[0]["mode"], second.messages[0]["head"]) == ("ok", 1)
        await first.draw()
        await first.draw()
        third = room.tab(await room.cookie("owner"))
        third.replica = await in_db(replay_until, room.frame, 2)
        assert (await third.open(epoch=epoch, have=2))["mode"] == "delta"
        assert [(message["from"], message["to"]) for message in third.all("ev")] == [(3, 3)]
        await room.settled(first, third)

    async def test_i18_from_every_revision_the_same_comes_out(self, room: Room) -> None:
        first = await room.join()
        box = await first.draw()
        await first.do("set", box, set={"x1": 30, "label": room.world.labels["bus"]}, g="both")
        await first.do("delete", box, g="both")
        await first.do("undo")
        await first.draw(z=3, attributes={"a": 1})
        await first.do("redo")
        truth = await room.settled()
        for have in range(1, truth.applied + 1):
            tab = room.tab(await room.cookie("second"))
            tab.replica = await in_db(replay_until, room.frame, have)
            welcome = await tab.open(epoch=str(room.frame.epoch), have=have)
            assert welcome["mode"] == ("ok" if have == truth.applied else "delta")
            assert tab.replica.boxes == truth.boxes
            await tab.leave()

    @pytest.mark.parametrize(
        ("epoch", "have"),
        [("mine", 99), ("mine", 0), ("other", 1), ("none", 1)],
        ids=["from the future", "of nothing", "of another epoch", "without epoch"],
    )
    async def test_w29_any_other_claim_gets_a_snapshot(self, room: Room, epoch: str, have: int) -> None:
        first = await room.join()
        await first.draw()
        known = {"mine": {"epoch": str(room.frame.epoch)}, "other": {"epoch": str(uuid4())}, "none": {}}
        second = room.tab(await room.cookie("second"))
        await second.open(have=have, **known[epoch])
        assert second.messages[0]["mode"] == "snapshot"
        await room.settled()

    async def test_who_missed_too_much_gets_a_snapshot(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub_module, "DELTA", 3)
        author = room.world.author(room.frame)
        for _ in range(6):
            await in_db(author.draw)
        epoch = str(room.frame.epoch)
        modes = []
        for have in (2, 3, 5):
            tab = room.tab(await room.cookie("second"))
            tab.replica = await in_db(replay_until, room.frame, have)
            modes.append((await tab.open(epoch=epoch, have=have))["mode"])
        assert modes == ["snapshot", "delta", "delta"]
        await room.settled()

    async def test_a_snapshot_of_many_boxes_comes_in_parts(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from annotate.sync import snapshot

        monkeypatch.setattr(snapshot, "PART_BYTES", 1000)
        author = room.world.author(room.frame)
        for _ in range(7):
            await in_db(author.draw)
        tab = await room.join()
        parts = tab.all("snapshot")
        assert [part["part"] for part in parts] == list(range(parts[0]["parts"]))
        assert len(parts) > 2
        await room.settled()


def names_in(value: object) -> set[str]:
    if isinstance(value, dict):
        return {*value, *(name for inner in value.values() for name in names_in(inner))}
    if isinstance(value, list):
        return {name for inner in value for name in names_in(inner)}
    return set()


def replay_until(frame: Frame, revision: int) -> Replica:
    whole, part = replayed(frame), Replica()
    assert whole.applied >= revision
    from annotate.sync import log

    from .replica import replica_takes

    replica_takes(part, log.operations_since(frame.pk, 0, limit=revision))
    return part


class TestCommands:
    async def test_own_operations_come_back_to_their_author(self, room: Room) -> None:
        tab = await room.join()
        box = await tab.draw(g=None)
        await tab.applied(1)
        (operation,) = tab.operations
        assert (operation["client"], operation["c"], operation["box"]) == (str(tab.client), 1, box)
        assert (operation["k"], operation["o"], operation["by"]) == (
            "create",
            "user",
            room.user("annotator").pk,
        )
        assert set(operation) == {"r", "client", "c", "k", "o", "by", "box", "f", "b", "g", "at"}

    async def test_i5_an_ack_leaves_only_after_the_commit(self, room: Room) -> None:
        """Seen through a connection that was not open before, at the moment when the ack leaves the server."""
        tab = await room.join()
        seen: list[tuple[int, int]] = []
        take = tab._take_message

        def look(message: Message) -> None:
            if message["t"] == "ack":
                with ThreadPoolExecutor(1) as pool:
                    seen.append((message["acks"][-1]["to"], pool.submit(fresh_revision, room.frame).result()))
            take(message)

        tab._take_message = look  # type: ignore[method-assign]
        for _ in range(5):
            await tab.draw()
        assert [acked for acked, _ in seen] == [1, 2, 3, 4, 5]
        assert all(stored >= acked for acked, stored in seen)

    async def test_w26_two_people_at_once_end_with_the_same(self, room: Room) -> None:
        first, second = await room.join(), await room.join("second")
        box = await first.draw()
        counters = []
        for number in range(30):
            for tab, name in ((first, "x1"), (second, "x2")):
                command = tab.op("set", box, set={name: 20 + number if name == "x1" else 90 + number})
                counters.append((tab, command["c"]))
                tab.send_ops(command)
            if number % 7 == 0:
                await asyncio.sleep(0)
        for tab, counter in counters:
            assert "code" not in await tab.answer_to(counter)
        truth = await room.settled()
        assert (truth.boxes[box]["x1"], truth.boxes[box]["x2"]) == (49, 119)
        await room.check_replay()

    async def test_an_overwritten_value_is_named(self, room: Room) -> None:
        first, second = await room.join(), await room.join("second")
        box = await first.draw()
        await second.do("set", box, set={"x1": 30})
        await first.do("set", box, set={"x1": 40, "y1": 50}, base={"x1": 1, "y1": 1})
        await second.applied(3)
        assert (second.operations[-1]["over"], second.operations[-1]["b"]) == (
            {"x1": 2},
            {"x1": 30, "y1": 20},
        )

    async def test_many_commands_in_one_message_are_answered_one_by_one(self, room: Room) -> None:
        tab = await room.join()
        commands = [tab.drawing() for _ in range(3)]
        commands.insert(1, {**tab.op("delete", str(uuid4())), "c": 2})
        for counter, command in enumerate(commands, 1):
            command["c"] = counter
        tab.send_ops(*commands)
        answers = [await tab.answer_to(counter) for counter in range(1, 5)]
        assert [answer.get("code", answer.get("from")) for answer in answers] == [1, "gone", 2, 3]

    async def test_every_refusal_has_its_code(self, room: Room) -> None:
        first, second, viewer = await room.join(), await room.join("second"), await room.join("viewer")
        box = await first.draw()
        await second.do("set", box, set={"x1": 30})
        wanted = {
            "stale": first.do("set", box, set={"x1": 40}, base={"x1": 1}, off=True),
            "gone": first.do("set", str(uuid4()), set={"x1": 40}),
            "exists": second.do("create", box, set={**EDGES, "label": first.label}),
            "invalid": first.do("set", box, set={"label": room.world.labels["retired"]}),
            "nothing": first.do("redo"),
            "forbidden": viewer.do("delete", box),
        }
        for code, sending in wanted.items():
            nack = await sending
            assert (nack["t"], nack["code"]) == ("nack", code)
            assert nack["detail"]
            if code == "stale":
                assert (nack["cur"], nack["versions"]) == ({"x1": 30}, {"x1": 2})
        assert await in_db(revision_of, room.frame) == 2

    async def test_an_undo_tells_what_it_left_alone(self, room: Room) -> None:
        first, second = await room.join(), await room.join("second")
        box = await first.draw()
        await first.do("set", box, set={"x1": 30, "y1": 40}, g="move")
        await second.do("set", box, set={"x1": 50})
        ack = await first.do("undo", of="move", g="back")
        assert ack == {"c": 3, "from": 4, "to": 4, "skipped": [{"box": box, "fields": ["x1"]}]}
        await second.applied(4)
        assert (second.operations[-1]["o"], second.operations[-1]["rv"]) == ("undo", "move")

    async def test_w24_what_is_sent_again_after_a_reconnect_is_answered_as_before(self, room: Room) -> None:
        tab = await room.join()
        commands = [tab.drawing(), tab.op("delete", str(uuid4())), tab.drawing()]
        tab.send_ops(*commands)
        answers = [await tab.answer_to(counter) for counter in (1, 2, 3)]
        await tab.leave()
        again = room.tab(await room.cookie("annotator"), client=tab.client)
        welcome = await again.open()
        assert welcome["last"] == 3
        again.send_ops(*commands)
        assert [await again.answer_to(counter) for counter in (1, 2, 3)] == answers
        assert await in_db(revision_of, room.frame) == 2

    async def test_welcome_says_what_a_persons_newest_operation_is(self, room: Room) -> None:
        """Their own, from whichever window; nobody else's."""

        async def told(who: str) -> str:
            tab = room.tab(await room.cookie(who))
            mine: str = (await tab.open())["mine"]
            await tab.leave()
            return mine

        first = await room.join()
        assert await told("annotator") == ""
        await first.draw()
        assert (await told("annotator"), await told("second")) == ("user", "")
        await first.do("undo")
        assert await told("annotator") == "undo"
        await first.do("redo")
        assert (await told("annotator"), await told("second")) == ("redo", "")

    async def test_welcome_last_covers_what_its_boxes_hold(self, room: Room) -> None:
        """A client drops what ``last`` covers: that must be part of what follows the welcome."""
        tab = await room.join()
        for _ in range(4):
            await tab.draw()
        for _ in range(3):
            again = room.tab(await room.cookie("annotator"), client=tab.client)
            welcome = await again.open()
            assert welcome["last"] <= len(again.replica.boxes) <= welcome["head"]
            await again.draw()


def fresh_revision(frame: Frame) -> int:
    try:
        return revision_of(frame)
    finally:
        connection.close()


class TestUndecided:
    async def test_i7_a_hole_is_refused_until_it_is_filled(self, room: Room) -> None:
        tab = await room.join()
        first, second, third = tab.drawing(), tab.drawing(), tab.drawing()
        tab.send_ops(first)
        tab.send_ops(third)
        assert (await tab.answer_to(3))["code"] == "hole"
        tab.send_ops(third)
        assert (await tab.answer_to(3, nth=1))["code"] == "hole"
        tab.send_ops(second, third)
        assert (await tab.answer_to(2))["from"] == 2
        assert (await tab.answer_to(3, nth=2))["from"] == 3

    async def test_without_a_database_nothing_is_acked_and_all_of_it_passes_later(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tab = await room.join()
        monkeypatch.setattr(writer, "GIVE_UP_AFTER_S", 0.0)
        write = threads.write
        down = [True]

        async def unreachable(*args: object) -> object:
            if down:
                raise OperationalError("no database")
            return await write(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(threads, "write", unreachable)
        commands = [tab.drawing() for _ in range(2)]
        tab.send_ops(commands[0])
        nack = await tab.answer_to(1)
        assert (nack["code"], nack["after"]) == ("unavailable", writer.RETRY_AFTER_MS)
        tab.send_ops(commands[1])
        assert (await tab.answer_to(2))["code"] == "hole"
        down.clear()
        tab.send_ops(*commands)
        assert (await tab.answer_to(1, nth=1))["from"] == 1
        assert (await tab.answer_to(2, nth=1))["from"] == 2

    async def test_an_unknown_outcome_is_asked_again_and_decided_once(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The connection broke after the commit: the writer repeats the batch."""
        tab = await room.join()
        write = threads.write
        broken = [True]

        async def breaks_after(*args: object) -> object:
            result: object = await write(*args)  # type: ignore[arg-type]
            if broken.pop() if broken else False:
                raise OperationalError("the connection broke")
            return result

        monkeypatch.setattr(threads, "write", breaks_after)
        commands = [tab.drawing(), tab.drawing()]
        tab.send_ops(*commands)
        assert [(await tab.answer_to(counter))["from"] for counter in (1, 2)] == [1, 2]
        await tab.applied(2)
        await room.settled()

    async def test_an_error_of_the_server_decides_nothing(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tab = await room.join()
        with monkeypatch.context() as patch:
            patch.setattr(writer, "submit", lambda *_: 1 / 0)
            command = tab.drawing()
            tab.send_ops(command)
            assert (await tab.answer_to(1))["code"] == "unavailable"
        tab.send_ops(command)
        assert (await tab.answer_to(1, nth=1))["from"] == 1


class TestCatchingUp:
    async def test_get_brings_what_comes_after(self, room: Room) -> None:
        tab = await room.join()
        for _ in range(4):
            await tab.draw()
        await tab.applied(4)
        before = len(tab.all("ev"))
        tab.send({"t": "get", "have": 1})
        await tab.wait_for(lambda: len(tab.all("ev")) > before)
        again = tab.all("ev")[before]
        assert (again["from"], again["to"]) == (2, 4)

    async def test_get_of_nothing_missing_brings_nothing(self, room: Room) -> None:
        tab = await room.join()
        await tab.draw()
        await tab.applied(1)
        count = len(tab.all("ev"))
        for have in (1, 99):
            tab.send({"t": "get", "have": have})
        await tab.fence()
        await tab.draw()
        await tab.applied(2)
        assert [(message["from"], message["to"]) for message in tab.all("ev")[count:]] == [(2, 2)]

    async def test_get_of_what_the_hub_forgot_brings_a_snapshot(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub_module, "RING", 2)
        monkeypatch.setattr(hub_module, "DELTA", 3)
        tab = await room.join()
        for _ in range(9):
            await tab.draw()
        await tab.applied(9)
        tab.send({"t": "get", "have": 1})
        await tab.wait_for(lambda: len(tab.all("snapshot")) == 2)
        assert tab.all("snapshot")[1]["head"] == 9
        await tab.draw()
        await room.settled()

    async def test_more_than_a_message_may_carry_comes_in_several(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub_module, "EVENTS_PER_MESSAGE", 4)
        tab = await room.join()
        author = room.world.author(room.frame, "second")
        commands = [author.command("create", uuid4(), **EDGES, label=author.label) for _ in range(10)]
        await in_db(author.send, *commands)
        announce(room.frame.pk)
        await tab.applied(10)
        assert [(message["from"], message["to"]) for message in tab.all("ev")] == [(1, 4), (5, 8), (9, 10)]

    async def test_edits_from_outside_reach_open_screens_by_the_tail_check(self, room: Room) -> None:
        """A model, an import, the admin, another process: nobody tells the hub, it looks by itself."""
        tab = await room.join()
        author = room.world.author(room.frame, "second")
        await in_db(author.draw)
        await tab.applied(1)
        assert tab.operations[0]["by"] == author.user.pk
        await room.settled()

    async def test_announce_brings_them_at_once(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fanout_module, "TAIL_S", 3600.0)
        monkeypatch.setattr(fanout_module, "TAIL_WITHOUT_BUS_S", 3600.0)
        tab = await room.join()
        await in_db(room.world.author(room.frame, "second").draw)
        announce(room.frame.pk)
        await tab.applied(1)

    async def test_the_worker_rings_when_it_has_written(
        self, room: Room, monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
    ) -> None:
        """Without Redis: another process wakes this one, which would look by itself much later."""
        monkeypatch.setattr(fanout_module, "TAIL_S", 3600.0)
        monkeypatch.setattr(fanout_module, "TAIL_WITHOUT_BUS_S", 3600.0)
        settings.DATA_DIR = tmp_path
        settings.REDIS_URL = ""
        tab = await room.join()
        await in_db(room.world.author(room.frame, "second").draw)
        code = (
            "from pathlib import Path; from annotate import doorbell; "
            f"assert doorbell.ring(Path({str(tmp_path)!r}), doorbell.FRAMES, '{room.frame.pk}')"
        )
        worker = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
        assert await worker.wait() == 0
        await tab.applied(1)

    async def test_a_gap_between_operations_of_one_commit_is_read_from_the_log(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A batch with a command that the database refuses is committed one by one; another process may commit
        in between. Then what this process committed is no contiguous run."""
        from annotate.sync import submit as submit_module

        wide = await in_db(room.world.frame, width=3_000_000)
        tab = room.tab(await room.cookie("annotator"), wide)
        await tab.open()
        stranger = room.world.author(wide, "second")
        submit_one = submit_module.submit

        def with_somebody_else(
            frame_id: int, submissions: list[submit_module.Submission], *, epoch: UUID | None
        ) -> object:
            result = submit_one(frame_id, submissions, epoch=epoch)
            stranger_draws = submit_module.Submission(
                stranger.client,
                stranger.user.pk,
                [stranger.command("create", uuid4(), **EDGES, label=stranger.label)],
            )
            submit_one(frame_id, [stranger_draws])
            return result

        monkeypatch.setattr(submit_module, "submit", with_somebody_else)  # what _isolate calls
        commands = [tab.drawing(), tab.drawing(x2=2e6), tab.drawing()]
        tab.send_ops(*commands)
        assert [(await tab.answer_to(c)).get("code") for c in (1, 2, 3)] == [None, "invalid", None]
        await tab.applied(5)
        assert [one["r"] for one in tab.operations] == [1, 2, 3, 4, 5]
        assert [one["client"] == str(tab.client) for one in tab.operations] == [
            True,
            False,
            False,
            True,
            False,
        ]

    async def test_hb_tells_the_head(self, room: Room) -> None:
        tab = await room.join()
        await tab.draw()
        beat = await tab.next("hb")
        assert beat["head"] in (0, 1)
        await tab.wait_for(lambda: tab.all("hb")[-1]["head"] == 1)

    async def test_hb_comes_also_when_nothing_happens(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(subscriber_module, "HEARTBEAT_S", 0.0)
        tab = await room.join()
        for _ in range(2):
            assert (await tab.next("hb"))["head"] == 0

    async def test_the_status_of_the_frame_is_told(self, room: Room) -> None:
        tab = await room.join()
        assert tab.messages[0]["frame"]["status"] == "to_annotate"
        await tab.draw()
        assert (await tab.next("frame"))["status"] == "in_progress"


class TestWindow:
    """W23: who does not say ``seen`` gets no more than a window, and in the end is sent away."""

    async def fill(self, room: Room, count: int) -> None:
        author = room.world.author(room.frame, "second")
        for start in range(0, count, 250):
            commands = [
                author.command("create", uuid4(), **EDGES, label=author.label)
                for _ in range(min(250, count - start))
            ]
            await in_db(author.send, *commands)
        announce(room.frame.pk)

    async def test_w23_a_socket_that_never_says_seen(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(subscriber_module, "STALLED_AFTER_S", 0.2)
        silent, good = await room.join(), await room.join("owner")
        silent.follows = False
        await self.fill(room, 900)
        await good.applied(900)
        assert await silent.closed() == 4408
        assert silent.replica.applied >= subscriber_module.WINDOW
        assert silent.replica.applied <= subscriber_module.WINDOW + hub_module.EVENTS_PER_MESSAGE
        assert silent.all("bye")[0]["after"] > 0
        await room.settled(good)

    async def test_w23_the_promise_is_ten_seconds(self) -> None:
        assert subscriber_module.STALLED_AFTER_S == 10.0
        assert subscriber_module.WINDOW == 256

    async def test_saying_seen_opens_the_window_again(self, room: Room) -> None:
        slow = await room.join()
        slow.follows = False
        await self.fill(room, 900)
        seen = 0
        while slow.replica.applied < 900:
            await slow.applied(min(900, seen + subscriber_module.WINDOW))
            seen = slow.replica.applied
            slow.send({"t": "seen", "r": seen})
        await room.settled()

    @pytest.mark.parametrize("claim", [10**9, 0])
    async def test_a_false_seen_opens_nothing(self, room: Room, claim: int) -> None:
        liar = await room.join()
        liar.follows = False
        await self.fill(room, 900)
        await liar.applied(subscriber_module.WINDOW)
        liar.send({"t": "seen", "r": claim})
        await liar.fence()
        assert liar.replica.applied <= subscriber_module.WINDOW + hub_module.EVENTS_PER_MESSAGE
        assert liar.code is None


async def test_i16_after_the_last_one_left_nothing_is_kept(room: Room) -> None:
    """What ``room`` checks after every test of a socket, here with everything in use."""
    before = asyncio.all_tasks()
    tabs: list[Tab] = [await room.join(who) for who in ("annotator", "second", "viewer")]
    tabs[0].send({"t": "eph", "kind": "cursor", "val": {"x": 1, "y": 1}})
    tabs[0].send({"t": "get", "have": 0})
    await tabs[1].draw()
    assert fanout_module.fanout().hubs
    tabs[1].send_ops(tabs[1].drawing())  # still being written when its author leaves
    await room.clear()
    await room.check_nothing_left(before)
    assert not fanout_module.fanout().hubs
    assert await in_db(revision_of, room.frame) == 2


async def test_an_edit_is_noted_for_those_who_should_give_way(
    room: Room, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(courtesy, "_noted", -courtesy.NOTE_EVERY_S)
    tab = await room.join()
    assert not courtesy.somebody_edits(tmp_path)
    await tab.draw()
    assert courtesy.somebody_edits(tmp_path)
