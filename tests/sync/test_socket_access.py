"""Who may open a socket, for how long, and what those learn who may not."""

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from annotate import consumers
from annotate.models import Box, Frame, Label, User
from annotate.sync import fanout as fanout_module

from .room import Room, in_db
from .tab import HOST, ORIGIN, Message, Tab, headers_with
from .test_socket import revision_of
from .world import make_world


class TestOrigin:
    @pytest.mark.parametrize(
        "origin",
        [
            None,
            "",
            "null",
            "http://localhost",
            "http://localhost:5001",
            "https://localhost:5000",
            "http://127.0.0.1:5000",
            "http://evil.example",
            "http://localhost:5000.evil.example",
            "http://evil.example/http://localhost:5000",
            "http://localhost:5000@evil.example",
            "ws://localhost:5000",
            "file://localhost:5000",
            "localhost:5000",
            "//localhost:5000",
        ],
    )
    async def test_w1_a_page_of_another_site_is_refused_in_the_handshake(
        self, room: Room, origin: str | None
    ) -> None:
        cookie = await room.cookie("annotator")
        tab = room.tab(cookie, headers=headers_with(cookie, origin=origin))
        await tab.connect()
        assert (tab.is_accepted, tab.messages) == (False, [])
        assert await tab.closed() == 4403

    @pytest.mark.parametrize(
        "more",
        [
            [(b"origin", b"http://evil.example")],
            [(b"host", b"evil.example")],
        ],
        ids=["two origins", "two hosts"],
    )
    @pytest.mark.parametrize("first", [True, False])
    async def test_w1_w32_doubled_headers_are_refused(
        self, room: Room, more: list[tuple[bytes, bytes]], first: bool
    ) -> None:
        cookie = await room.cookie("annotator")
        own = headers_with(cookie)
        tab = room.tab(cookie, headers=more + own if first else own + more)
        await tab.connect()
        assert not tab.is_accepted
        assert await tab.closed() == 4403

    async def test_w1_r8_a_host_that_is_not_ours_is_refused_even_when_the_origin_agrees(
        self, room: Room
    ) -> None:
        cookie = await room.cookie("annotator")
        headers = headers_with(cookie, origin="http://evil.example", host="evil.example")
        tab = room.tab(cookie, headers=headers)
        await tab.connect()
        assert await tab.closed() == 4403

    async def test_w35_a_refusal_is_logged_without_secrets(
        self, room: Room, caplog: pytest.LogCaptureFixture
    ) -> None:
        cookie = await room.cookie("annotator")
        with caplog.at_level(logging.INFO):
            await room.tab(cookie, headers=headers_with(cookie, origin="http://evil.example")).connect()
        assert "foreign origin" in caplog.text
        assert cookie not in caplog.text

    async def test_listed_origins_may(self, room: Room, settings: object) -> None:
        settings.SITE_ORIGINS = ["https://label.example"]  # type: ignore[attr-defined]
        cookie = await room.cookie("annotator")
        tab = room.tab(cookie, headers=headers_with(cookie, origin="https://label.example"))
        await tab.open()

    async def test_behind_tls_the_scheme_is_what_the_proxy_says(self, room: Room, settings: object) -> None:
        settings.TLS = True  # type: ignore[attr-defined]
        cookie = await room.cookie("annotator")
        for forwarded, origin, opens in (
            (b"https", f"https://{HOST}", True),
            (b"https", ORIGIN, False),
            (b"http", f"https://{HOST}", False),
            (None, f"https://{HOST}", False),
        ):
            extra = [(b"x-forwarded-proto", forwarded)] if forwarded else []
            tab = room.tab(cookie, headers=headers_with(cookie, origin=origin) + extra)
            await tab.connect()
            assert tab.is_accepted is opens


class TestHandshake:
    @pytest.mark.parametrize(
        "cookie",
        [
            "",
            "x",
            "0" * 32,
            "'; drop table",
            "a" * 5000,
        ],
    )
    async def test_w2_without_a_session_nothing_is_told(self, room: Room, cookie: str) -> None:
        tab = room.tab(cookie)
        await tab.connect()
        tab.hello()
        assert await tab.closed() == 4401
        assert [message["t"] for message in tab.messages] == ["bye"]

    @pytest.mark.parametrize(
        "raw", [b"hitl_session", b"hitl_session=", b"\xff\xfe=\xff", b"=;=;;", b"hitl_session=a b c;[]=1"]
    )
    async def test_w7_cookies_that_cannot_be_read(self, room: Room, raw: bytes) -> None:
        headers = [*headers_with(""), (b"cookie", raw)]
        tab = room.tab("", headers=headers)
        await tab.connect()
        assert await tab.closed() == 4401

    async def test_w31_z2_frames_one_may_not_see_answer_alike(self, room: Room) -> None:
        """Of another project, of no project: code and words are the same, and no hub is opened for them."""
        elsewhere = await in_db(lambda: make_world().frame())
        missing = Frame(pk=elsewhere.pk + 1000)
        said = []
        for who, frame in (
            ("annotator", elsewhere),
            ("annotator", missing),
            ("stranger", room.frame),
            ("stranger", missing),
        ):
            tab = room.tab(await room.cookie(who), frame)
            await tab.connect()
            tab.hello()
            said.append((await tab.closed(), tab.messages))
        assert said == [(4403, [{"t": "bye", "code": 4403, "detail": ""}])] * 4
        assert not fanout_module.fanout().hubs

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", 4400),
            ("hello", 4400),
            ('{"t":"hello"}', 4400),
            ('{"t":"seen","r":1}', 4400),
            ('{"t":"op","ops":[{"c":1,"k":"undo"}]}', 4400),
            (f'{{"t":"hello","v":1,"client":"{uuid4()}","have":"x"}}', 4400),
            (f'{{"t":"hello","v":2,"client":"{uuid4()}"}}', 4426),
            (f'{{"t":"hello","v":0,"client":"{uuid4()}"}}', 4426),
            ("x" * 70_000, 4413),
        ],
        ids=["empty", "text", "incomplete", "seen", "op", "wrong type", "newer", "older", "too large"],
    )
    async def test_the_first_message_has_to_be_hello(self, room: Room, text: str, code: int) -> None:
        tab = room.tab(await room.cookie("annotator"))
        await tab.connect()
        tab.send_text(text)
        assert await tab.closed() == code
        assert [message["t"] for message in tab.messages] == ["bye"]
        assert not fanout_module.fanout().hubs

    async def test_a_binary_hello_is_refused(self, room: Room) -> None:
        tab = room.tab(await room.cookie("annotator"))
        await tab.connect()
        tab.send_bytes(b'{"t":"hello","v":1}')
        assert await tab.closed() == 4400

    async def test_w22_hello_has_to_come_soon(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        assert consumers.HELLO_WITHIN_S == 5.0
        monkeypatch.setattr(consumers, "HELLO_WITHIN_S", 0.05)
        tab = room.tab(await room.cookie("annotator"))
        await tab.connect()
        assert await tab.closed() == 4408

    async def test_hello_a_second_time_is_no_message(self, room: Room) -> None:
        tab = await room.join()
        tab.hello()
        assert (await tab.next("error"))["code"] == "malformed"
        await tab.draw()

    async def test_leaving_during_the_handshake_leaves_nothing(self, room: Room) -> None:
        cookie = await room.cookie("annotator")
        for wait in range(4):
            tab = room.tab(cookie)
            await tab.connect()
            tab.hello()
            for _ in range(wait):
                await asyncio.sleep(0)
            await tab.leave()

    async def test_names_stay_data(self, room: Room) -> None:
        """W34: what is shown is the browser's business; here nothing is changed, escaped or cut."""
        name = "<img src=x onerror=alert(1)>\"'&"
        await in_db(User.objects.filter(pk=room.user("annotator").pk).update, first_name=name, last_name="")
        await in_db(Label.objects.filter(pk=room.world.labels["car"]).update, name=f"<b>{name}")
        first, second = await room.join(), await room.join("second")
        assert first.messages[0]["user"]["name"] == name
        assert first.messages[0]["labels"][0]["name"] == f"<b>{name}"
        assert {person["name"] for person in second.messages[0]["people"]} == {name, "Second"}
        await first.draw(attributes={"<script>": "</script><script>alert(1)"})
        await second.applied(1)
        assert second.operations[0]["f"]["attributes"] == {"<script>": "</script><script>alert(1)"}


class TestClients:
    async def test_the_newer_socket_of_a_client_wins(self, room: Room) -> None:
        cookie = await room.cookie("annotator")
        old = room.tab(cookie)
        await old.open()
        await old.draw()
        new = room.tab(cookie, client=old.client)
        welcome = await new.open()
        assert await old.closed() == 4409
        assert welcome["last"] == 1
        await new.draw()
        await room.settled(new)

    async def test_nobody_takes_the_place_of_another_persons_client(self, room: Room) -> None:
        """The id stands in every operation, so others on the frame know it."""
        victim = await room.join()
        await victim.draw()
        thief = room.tab(await room.cookie("second"), client=victim.client)
        await thief.connect()
        thief.hello()
        assert await thief.closed() == 4403
        await victim.draw()
        assert victim.code is None

    async def test_a_client_is_of_one_frame(self, room: Room) -> None:
        tab = await room.join()
        await tab.draw()
        other = await in_db(room.world.frame)
        elsewhere = room.tab(await room.cookie("annotator"), other, client=tab.client)
        await elsewhere.connect()
        elsewhere.hello()
        assert await elsewhere.closed() == 4403
        await tab.draw()

    async def test_commands_that_waited_when_the_socket_was_replaced_count_once(self, room: Room) -> None:
        cookie = await room.cookie("annotator")
        old = room.tab(cookie)
        await old.open()
        commands = [old.drawing() for _ in range(20)]
        for command in commands:
            old.send_ops(command)
        new = room.tab(cookie, client=old.client)
        welcome = await new.open()
        new.send_ops(*commands)
        answers = [await new.answer_to(counter) for counter in range(1, 21)]
        assert welcome["last"] <= 20
        assert [answer["from"] for answer in answers] == list(range(1, 21))
        await new.applied(20)
        await room.settled(new)


def sign_out(room: Room, cookie: str) -> None:
    Session.objects.get(pk=cookie).delete()


def expire(room: Room, cookie: str) -> None:
    Session.objects.filter(pk=cookie).update(expire_date=timezone.now() - timedelta(seconds=1))


def change_password(room: Room, cookie: str) -> None:
    user = User.objects.get(pk=room.user("annotator").pk)
    user.set_unusable_password()
    user.save()


def deactivate(room: Room, cookie: str) -> None:
    User.objects.filter(pk=room.user("annotator").pk).update(is_active=False)


def delete_user(room: Room, cookie: str) -> None:
    User.objects.get(pk=room.user("annotator").pk).delete()


def remove_member(room: Room, cookie: str) -> None:
    room.world.project.memberships.filter(user=room.user("annotator")).delete()


def lower_role(room: Room, cookie: str) -> None:
    room.world.project.memberships.filter(user=room.user("annotator")).update(role="viewer")


ENDINGS: dict[str, tuple[Callable[[Room, str], None], int]] = {
    "W3 signed out elsewhere": (sign_out, 4401),
    "W6 session over": (expire, 4401),
    "W4 password changed": (change_password, 4401),
    "W4 deactivated": (deactivate, 4401),
    "Z9 account deleted": (delete_user, 4401),
    "W5 removed from the project": (remove_member, 4403),
}


class TestEndOfAccess:
    @pytest.fixture(params=[0.05], ids=["by the watch"])
    def sessions_are_looked_at(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fanout_module, "SESSIONS_S", request.param)

    @pytest.fixture
    async def joined(self, room: Room, sessions_are_looked_at: None) -> tuple[Tab, str]:
        cookie = await room.cookie("annotator")
        tab = room.tab(cookie)
        await tab.open()
        await tab.draw()
        return tab, cookie

    NEVER = pytest.mark.parametrize("sessions_are_looked_at", [3600.0], indirect=True, ids=["by the commit"])

    def test_w3_w4_w5_sessions_are_looked_at_often_enough(self) -> None:
        """Found within the pause and a query; promised are 5 s."""
        assert fanout_module.SESSIONS_S <= 2.5

    @pytest.mark.parametrize(("end", "code"), ENDINGS.values(), ids=ENDINGS)
    async def test_w3_w4_w5_w6_an_idle_socket_is_closed_and_hears_no_more(
        self,
        room: Room,
        joined: tuple[Tab, str],
        end: Callable[[Room, str], None],
        code: int,
    ) -> None:
        tab, cookie = joined
        other = await room.join("second")
        await in_db(end, room, cookie)
        assert await tab.closed() == code
        assert tab.messages[-1]["t"] == "bye" and "after" not in tab.messages[-1]
        await other.draw()
        await other.applied(2)
        assert tab.replica.applied == 1
        here = [room.user("second").pk]
        await other.wait_for(
            lambda: (
                [one for one in other.all("pres") if [who["user"] for who in one["people"]] == here] or None
            )
        )

    @NEVER
    @pytest.mark.parametrize(("end", "code"), ENDINGS.values(), ids=ENDINGS)
    async def test_w3_w4_w5_w6_the_very_next_command_is_not_applied(
        self,
        room: Room,
        joined: tuple[Tab, str],
        end: Callable[[Room, str], None],
        code: int,
    ) -> None:
        """Nobody looked at the session yet: the commit does. Who may come back keeps what they sent in their queue
        (no answer); who may not is told so."""
        tab, cookie = joined
        other = await room.join("second")
        await in_db(end, room, cookie)
        command = tab.drawing()
        tab.send_ops(command)
        if code == 4403:
            assert (await tab.answer_to(2))["code"] == "forbidden"
        else:
            assert await tab.closed() == code
            assert tab.answers_to(2) == []
        await other.draw()
        assert await in_db(revision_of, room.frame) == 2
        assert not await in_db(Box.objects.filter(pk=command["box"]).exists)

    @NEVER
    async def test_w3_others_in_the_same_batch_are_not_held_up(
        self, room: Room, joined: tuple[Tab, str]
    ) -> None:
        tab, cookie = joined
        others = [await room.join("second"), await room.join("owner")]
        await in_db(delete_user, room, cookie)
        for each in (others[0], tab, others[1]):
            each.send_ops(each.drawing())
        for each in others:
            assert "from" in await each.answer_to(1)
        assert await tab.closed() == 4401

    async def test_w6_what_was_not_answered_passes_after_signing_in_again(
        self, room: Room, joined: tuple[Tab, str]
    ) -> None:
        tab, cookie = joined
        await in_db(sign_out, room, cookie)
        command = tab.drawing()
        tab.send_ops(command)
        assert await tab.closed() == 4401
        again = room.tab(await room.cookie("annotator"), client=tab.client)
        assert (await again.open())["last"] == 1
        again.send_ops(command)
        assert (await again.answer_to(2))["from"] == 2

    async def test_w5_a_lower_role_is_told_and_holds_at_once(
        self, room: Room, joined: tuple[Tab, str]
    ) -> None:
        tab, cookie = joined
        other = await room.join("second")
        await in_db(lower_role, room, cookie)
        assert (await tab.do("undo"))["code"] == "forbidden"
        assert await tab.next("role") == {"t": "role", "role": "viewer"}
        await other.wait_for(
            lambda: (
                other.all("pres")
                and {person["role"] for person in other.all("pres")[-1]["people"]} == {"viewer", "annotator"}
            )
        )
        await other.draw()
        await tab.applied(2)  # still reads
        assert tab.code is None

    async def test_w18_what_a_role_does_not_allow_is_refused_and_stands_in_the_log_once(
        self, room: Room, caplog: pytest.LogCaptureFixture
    ) -> None:
        viewer = await room.join("viewer")
        viewer.send_ops(*(viewer.drawing() for _ in range(3)))
        assert [(await viewer.answer_to(n))["code"] for n in (1, 2, 3)] == ["forbidden"] * 3
        assert (await viewer.do("undo"))["code"] == "forbidden"
        lines = [one.getMessage() for one in caplog.records if one.name == "annotate.security"]
        who = room.user("viewer").pk
        assert lines == [f"user {who} was refused on frame {room.frame.pk}: viewer"]
        await (await room.join()).draw()
        assert len([one for one in caplog.records if one.name == "annotate.security"]) == 1

    async def test_a_higher_role_is_told_and_holds(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fanout_module, "SESSIONS_S", 0.05)
        tab = await room.join("viewer")
        membership = room.world.project.memberships.filter(user=room.user("viewer"))
        await in_db(membership.update, role="annotator")
        assert (await tab.next("role"))["role"] == "annotator"
        await tab.draw()

    async def test_w2_a_signed_out_cookie_opens_nothing(self, room: Room, joined: tuple[Tab, str]) -> None:
        _, cookie = joined
        await in_db(sign_out, room, cookie)
        tab = room.tab(cookie)
        await tab.connect()
        assert await tab.closed() == 4401


class TestFrame:
    async def test_a_deleted_frame_closes_its_sockets(self, room: Room) -> None:
        tab = await room.join()
        await tab.draw()
        await in_db(Frame.objects.filter(pk=room.frame.pk).delete)
        assert await tab.closed() == 4404
        again = room.tab(await room.cookie("annotator"))
        await again.connect()
        assert await again.closed() == 4403  # as one that never was

    async def test_a_command_on_a_deleted_frame_closes_too(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fanout_module, "TAIL_S", 3600.0)
        monkeypatch.setattr(fanout_module, "TAIL_WITHOUT_BUS_S", 3600.0)
        tab = await room.join()
        await in_db(Frame.objects.filter(pk=room.frame.pk).delete)
        tab.send_ops(tab.drawing())
        assert await tab.closed() == 4404
        assert tab.answers_to(1) == []

    @pytest.mark.parametrize("epoch_changes", [True, False])
    async def test_i4_a_restored_frame_starts_everybody_afresh(self, room: Room, epoch_changes: bool) -> None:
        tab = await room.join()
        for _ in range(3):
            await tab.draw()
        await tab.applied(3)
        old_epoch = str(room.frame.epoch)
        await in_db(put_back, room.frame, epoch_changes)
        assert await tab.closed() == 4503
        assert tab.all("bye")[-1]["after"] > 0
        again = room.tab(await room.cookie("annotator"), client=tab.client)
        welcome = await again.open(epoch=old_epoch, have=3)
        assert (welcome["mode"], welcome["head"]) == ("snapshot", 2)
        await room.settled(again)
        # Counters follow the restored cursor: the client has to count from there.
        assert welcome["last"] == 2
        await again.draw()
        await room.settled(again)


def put_back(frame: Frame, epoch_changes: bool) -> None:
    """As a backup of two operations ago would: the newest operation, its box and the cursor's move are gone."""
    from annotate.models import ClientCursor, Operation

    newest = Operation.objects.get(frame=frame, revision=3)
    box = newest.box
    assert box is not None
    newest.delete()
    box.delete()
    ClientCursor.objects.filter(frame=frame).update(last_counter=2)
    changes = {"epoch": uuid4()} if epoch_changes else {}
    Frame.objects.filter(pk=frame.pk).update(revision=2, **changes)


async def test_w17_messages_of_the_server_are_only_the_servers(room: Room) -> None:
    """Whatever a client sends, the others hear nothing of it."""
    liar, other = await room.join(), await room.join("second")
    await other.draw()
    await liar.applied(1)
    heard = len(other.messages)
    spoofs: list[Message] = [
        {"t": "ev", "from": 2, "to": 2, "ops": [{"r": 2, "k": "delete", "box": "x"}]},
        {"t": "bye", "code": 4401, "detail": "go away"},
        {"t": "pres", "people": []},
        {"t": "role", "role": "manager"},
        {"type": "websocket.send", "text": json.dumps({"t": "bye", "code": 4401})},
        {"type": "frame", "frame": room.frame.pk, "kind": "ops", "src": "x", "from": 2, "to": 2, "ops": []},
    ]
    for spoof in spoofs:
        liar.send(spoof)
    await liar.wait_for(lambda: len(liar.all("error")) == len(spoofs))
    assert {message["code"] for message in liar.all("error")} == {"malformed"}
    await other.draw()
    await other.applied(2)
    new = [message["t"] for message in other.messages[heard:]]
    assert set(new) <= {"ack", "ev", "hb", "frame", "where"}
