"""What one socket may cost the others (W20 to W22)."""

import asyncio
import time
from uuid import uuid4

import pytest

from annotate.models import Frame
from annotate.sync import limits, threads

from .room import Room, in_db
from .test_socket import revision_of


def cursor(number: float) -> dict[str, object]:
    return {"t": "eph", "kind": "cursor", "val": {"x": number, "y": 0}}


class TestCommands:
    async def test_w20_too_many_commands_are_put_off_and_none_is_lost(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "OPS_PER_SECOND", 20)
        monkeypatch.setattr(limits, "OPS_BURST", 10)
        tab, other = await room.join(), await room.join("second")
        waiting = [tab.drawing() for _ in range(30)]
        tab.send_ops(*waiting[:10])
        tab.send_ops(*waiting[10:20])
        put_off = await tab.answer_to(11)
        assert (put_off["code"], put_off["t"]) == ("rate", "nack")
        assert 0 < put_off["after"] <= 501
        assert await other.draw()  # others do not wait
        for start in (10, 20):
            part, nth = waiting[start : start + 10], len(tab.answers_to(start + 1))
            deadline = time.monotonic() + 20
            while True:
                tab.send_ops(*part)
                answer = await tab.answer_to(part[0]["c"], nth)
                if "from" in answer:
                    break
                assert answer["code"] == "rate" and time.monotonic() < deadline
                nth += 1
                await asyncio.sleep(answer["after"] / 1000)
        await tab.applied(31)
        await room.settled()

    async def test_i7_after_a_refusal_for_rate_later_counters_wait(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "OPS_PER_SECOND", 0.001)
        monkeypatch.setattr(limits, "OPS_BURST", 3)
        tab = await room.join()
        first, second, third, fourth = (tab.drawing() for _ in range(4))
        tab.send_ops(first)
        tab.send_ops(second, third, fourth)
        assert [(await tab.answer_to(counter))["code"] for counter in (2, 3, 4)] == ["rate"] * 3
        tab.send_ops(third)
        assert (await tab.answer_to(3, nth=1))["code"] == "hole"
        tab.send_ops(second)
        assert (await tab.answer_to(2, nth=1))["from"] == 2

    async def test_w20_at_most_64_are_undecided(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        tab = await room.join()
        write, gate = threads.write, asyncio.Event()

        async def slow(*args: object) -> object:
            await gate.wait()
            return await write(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(threads, "write", slow)
        commands = [tab.drawing() for _ in range(66)]
        tab.send_ops(*commands[:64])
        tab.send_ops(*commands[64:])
        nack = await tab.answer_to(65)
        assert (nack["code"], nack["after"]) == ("rate", 250)
        assert (await tab.answer_to(66))["code"] == "hole"
        assert tab.answers_to(64) == []
        gate.set()
        assert (await tab.answer_to(64))["from"] == 64
        tab.send_ops(*commands[64:])
        assert (await tab.answer_to(66, nth=1))["from"] == 66


class TestMessages:
    async def test_w7_what_cannot_be_read_is_answered_and_harms_nobody(self, room: Room) -> None:
        tab, other = await room.join(), await room.join("second")
        texts = ["", "[", "null", '{"t":"ev"}', '{"t":"op","ops":[{"c":1}]}', "[" * 60_000, "\ud800"]
        for text in texts:
            tab.send_text(text)
        await tab.wait_for(lambda: len(tab.all("error")) == len(texts))
        assert {(one["code"], bool(one["detail"])) for one in tab.all("error")} == {("malformed", True)}
        await tab.draw()
        await other.applied(1)
        assert not other.all("error")

    async def test_w10_a_refusal_names_the_field(self, room: Room) -> None:
        tab = await room.join()
        tab.send_ops(tab.drawing(attributes={"a": "x" * 2001}))
        assert "$.ops[0].set.attributes" in (await tab.next("error"))["detail"]
        tab.counter -= 1  # nothing was decided by it
        await tab.draw()

    async def test_w20_after_twenty_of_them_the_socket_is_closed(self, room: Room) -> None:
        tab = await room.join()
        for _ in range(limits.UNREADABLE):
            tab.send_text("?")
            await tab.next("error")
        tab.send_text("?")
        assert await tab.closed() == 4400

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("x" * 65_537, 4413),
            ("é" * 32_769, 4413),
            ("\U0001f600" * 16_385, 4413),
            ("\ud800" * 21_846, 4413),
        ],
        ids=["ascii", "two bytes", "four bytes", "surrogates"],
    )
    async def test_w19_the_size_is_counted_in_bytes(self, room: Room, text: str, code: int) -> None:
        tab = await room.join()
        tab.send_text(text[:-1])
        await tab.next("error")
        tab.send_text(text)
        assert await tab.closed() == code

    async def test_w7_a_binary_message_closes(self, room: Room) -> None:
        tab = await room.join()
        tab.send_bytes(b'{"t":"seen","r":0}')
        assert await tab.closed() == 4400

    async def test_w20_too_many_bytes_close(self, room: Room) -> None:
        tab = await room.join()
        filler = "x" * 65_000
        for _ in range(100):
            tab.send({"t": "seen", "r": 0, "filler": filler})
        assert await tab.closed() == 4429
        assert tab.all("bye")[0]["after"] >= 2500

    async def test_get_too_often_is_put_off(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        tab = await room.join()
        await tab.draw()
        await tab.applied(1)
        for _ in range(limits.GETS_PER_SECOND * 4):
            tab.send({"t": "get", "have": 0})
        assert (await tab.next("error"))["code"] == "rate"
        await tab.fence()
        assert len(tab.all("error")) <= limits.GETS_PER_SECOND * 3 + 1

    async def test_what_comes_after_our_goodbye_is_not_heard(self, room: Room) -> None:
        tab = await room.join()
        command = tab.drawing()
        for _ in range(limits.UNREADABLE + 1):
            tab.send_text("?")
        tab.send_ops(command)
        assert await tab.closed() == 4400
        assert await in_db(revision_of, room.frame) == 0


class TestSockets:
    async def test_w22_a_person_may_open_so_many(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "SOCKETS_PER_USER", 3)
        cookie = await room.cookie("annotator")
        other_frame = await in_db(room.world.frame)
        tabs = [room.tab(cookie), room.tab(cookie), room.tab(cookie, other_frame)]
        for tab in tabs:
            await tab.open()
        one_more = room.tab(cookie)
        await one_more.connect()
        one_more.hello()
        assert await one_more.closed() == 4429
        assert one_more.all("bye")[0]["after"] >= 2500
        await room.join("second")  # it is a limit per person
        await tabs[0].leave()
        await room.tab(cookie).open()

    async def test_w22_they_cannot_slip_in_all_at_once(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "SOCKETS_PER_USER", 3)
        cookie = await room.cookie("annotator")
        tabs = [room.tab(cookie) for _ in range(9)]
        await asyncio.gather(*(tab.connect() for tab in tabs))
        for tab in tabs:
            tab.hello()
        for tab in tabs:
            await tab.wait_for(lambda tab=tab: tab.all("welcome") or tab.code)  # type: ignore[misc]
        assert sum(bool(tab.all("welcome")) for tab in tabs) == 3
        assert sum(tab.code == 4429 for tab in tabs) == 6

    async def test_w22_a_frame_holds_so_many(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "SOCKETS_PER_FRAME", 2)
        await room.join()
        await room.join("second")
        full = room.tab(await room.cookie("owner"))
        await full.connect()
        full.hello()
        assert await full.closed() == 4429

    async def test_a_socket_that_is_replaced_does_not_count(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After a network failure the old sockets look alive for a while; their owners must not be kept out."""
        monkeypatch.setattr(limits, "SOCKETS_PER_USER", 1)
        monkeypatch.setattr(limits, "SOCKETS_PER_FRAME", 1)
        cookie = await room.cookie("annotator")
        old = room.tab(cookie, client=uuid4())
        await old.open()
        new = room.tab(cookie, client=old.client)
        await new.open()
        assert await old.closed() == 4409


class TestEphemera:
    async def test_w21_a_flood_is_thinned_and_nothing_of_it_is_stored(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "EPHEMERA_PER_SECOND", 5)
        tab, other = await room.join(), await room.join("second")
        began = time.monotonic()
        for number in range(300):
            tab.send(cursor(number))
        await tab.fence()
        allowed = 5 + 5 * (time.monotonic() - began) + 1
        await other.next("eph")
        await tab.draw()
        await other.applied(1)
        shown = {item["val"]["x"] for message in other.all("eph") for item in message["items"]}
        assert 1 <= len(shown) <= allowed
        assert tab.code is None
        frame = await in_db(Frame.objects.get, pk=room.frame.pk)
        assert frame.revision == 1

    async def test_w21_what_falls_in_one_tick_travels_as_one(self, room: Room) -> None:
        tab, other = await room.join(), await room.join("second")
        for number in range(20):
            tab.send(cursor(number))
        await tab.fence()
        await other.wait_for(
            lambda: other.all("eph") and other.all("eph")[-1]["items"][-1]["val"] == {"x": 19.0, "y": 0.0}
        )
        assert len(other.all("eph")) < 20
