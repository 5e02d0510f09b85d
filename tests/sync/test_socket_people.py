"""Who is there and what they are doing: shown to the others, never stored."""

import pytest

from annotate.models import Operation

from .room import Room, in_db
from .tab import Message, Tab

DRAG = {"boxes": [{"id": "01900000-0000-7000-8000-000000000001", "x1": 1, "y1": 2, "x2": 30, "y2": 40}]}


def people_of(tab: Tab) -> list[Message]:
    """The list as the tab knows it now."""
    newest = (tab.all("pres") or tab.all("welcome"))[-1]
    people: list[Message] = newest["people"]
    return people


async def sees(tab: Tab, *whos: str) -> None:
    await tab.wait_for(lambda: {one["who"] for one in people_of(tab)} == set(whos))


def who_of(tab: Tab) -> str:
    who: str = tab.all("welcome")[0]["who"]
    return who


def shown_by(tab: Tab, who: str, kind: str) -> list[Message]:
    items = [item for message in tab.all("eph") for item in message["items"]]
    return [item for item in items if (item["who"], item["kind"]) == (who, kind)]


class TestPresence:
    async def test_i17_everybody_sees_who_comes_and_goes(self, room: Room) -> None:
        first = await room.join()
        second = await room.join("second")
        viewer = await room.join("viewer")
        for tab in (first, second, viewer):
            await sees(tab, who_of(first), who_of(second), who_of(viewer))
        assert {(one["name"], one["role"]) for one in people_of(first)} == {
            ("Annotator", "annotator"),
            ("Second", "annotator"),
            ("Viewer", "viewer"),
        }
        await second.leave()
        for tab in (first, viewer):
            await sees(tab, who_of(first), who_of(viewer))

    async def test_w36_several_tabs_of_one_person(self, room: Room) -> None:
        """One entry per socket, with the same ``user``: whoever shows people once per user loses none of them
        when one tab is closed."""
        other = await room.join("second")
        one, two = await room.join(), await room.join()
        await sees(other, who_of(other), who_of(one), who_of(two))
        mine = [person for person in people_of(other) if person["user"] == room.user("annotator").pk]
        assert len({person["who"] for person in mine}) == 2
        assert len({person["name"] for person in mine}) == 1
        await one.leave()
        await sees(other, who_of(other), who_of(two))
        where = other.all("where")
        if where:  # the project's list names a person once
            assert all(
                len({one["user"] for one in people}) == len(people) for people in where[-1]["frames"].values()
            )

    async def test_z2_people_of_other_frames_are_not_on_the_list(self, room: Room) -> None:
        elsewhere = room.tab(await room.cookie("second"), await in_db(room.world.frame))
        await elsewhere.open()
        first = await room.join()
        await sees(first, who_of(first))
        await sees(elsewhere, who_of(elsewhere))

    async def test_where_tells_the_frames_of_the_project(self, room: Room) -> None:
        first = await room.join()
        other_frame = await in_db(room.world.frame)
        elsewhere = room.tab(await room.cookie("second"), other_frame)
        await elsewhere.open()
        await first.wait_for(lambda: first.all("where") and len(first.all("where")[-1]["frames"]) == 2)
        assert first.all("where")[-1]["frames"] == {
            str(room.frame.pk): [{"user": room.user("annotator").pk, "name": "Annotator"}],
            str(other_frame.pk): [{"user": room.user("second").pk, "name": "Second"}],
        }

    async def test_w17_nobody_chooses_how_they_are_called(self, room: Room) -> None:
        first, second = await room.join(), await room.join("second")
        first.send(
            {
                "t": "eph",
                "kind": "cursor",
                "val": {"x": 1, "y": 1},
                "who": who_of(second),
                "user": 1,
                "name": "x",
            }
        )
        await second.next("eph")
        assert shown_by(second, who_of(second), "cursor") == []
        assert len(shown_by(second, who_of(first), "cursor")) == 1


class TestEphemera:
    @pytest.mark.parametrize(
        ("kind", "value", "gesture"),
        [
            ("cursor", {"x": 1.5, "y": 2.0}, None),
            ("selection", {"boxes": ["01900000-0000-7000-8000-000000000001"]}, None),
            ("drag", DRAG, "g1"),
        ],
    )
    async def test_others_see_it_and_its_end(
        self, room: Room, kind: str, value: Message, gesture: str | None
    ) -> None:
        first, second = await room.join(), await room.join("viewer")
        first.send({"t": "eph", "kind": kind, "val": value, "g": gesture})
        await second.wait_for(lambda: shown_by(second, who_of(first), kind))
        item = shown_by(second, who_of(first), kind)[0]
        assert item["g"] == gesture
        if kind == "drag":
            assert item["val"]["boxes"][0] == {**DRAG["boxes"][0], "label": None}
        else:
            assert item["val"] == value
        first.send({"t": "eph", "kind": kind, "val": None, "g": gesture})
        await second.wait_for(lambda: shown_by(second, who_of(first), kind)[-1]["val"] is None)

    async def test_a_viewer_may_show_where_they_are(self, room: Room) -> None:
        first, viewer = await room.join(), await room.join("viewer")
        viewer.send({"t": "eph", "kind": "cursor", "val": {"x": 1, "y": 1}})
        await first.wait_for(lambda: shown_by(first, who_of(viewer), "cursor"))

    async def test_the_latest_wins_per_person_and_kind(self, room: Room) -> None:
        first, second, third = await room.join(), await room.join("second"), await room.join("owner")
        for number in range(10):
            first.send({"t": "eph", "kind": "cursor", "val": {"x": number, "y": 0}})
            second.send({"t": "eph", "kind": "cursor", "val": {"x": -number, "y": 0}})
        first.send({"t": "eph", "kind": "selection", "val": {"boxes": []}})
        for who, last in ((who_of(first), 9), (who_of(second), -9)):
            await third.wait_for(
                lambda who=who, last=last: (  # type: ignore[misc]
                    shown_by(third, who, "cursor") and shown_by(third, who, "cursor")[-1]["val"]["x"] == last
                )
            )
            numbers = [abs(item["val"]["x"]) for item in shown_by(third, who, "cursor")]
            assert numbers == sorted(numbers), "never back to an older place"
        await third.wait_for(lambda: shown_by(third, who_of(first), "selection"))

    async def test_it_ends_when_its_author_leaves(self, room: Room) -> None:
        first, second = await room.join(), await room.join("second")
        who = who_of(first)
        first.send({"t": "eph", "kind": "drag", "val": DRAG, "g": "g"})
        first.send({"t": "eph", "kind": "cursor", "val": {"x": 1, "y": 1}})
        await second.wait_for(lambda: shown_by(second, who, "cursor") and shown_by(second, who, "drag"))
        await first.leave()
        for kind in ("cursor", "drag", "selection"):
            await second.wait_for(
                lambda kind=kind: (
                    shown_by(second, who, kind) and shown_by(second, who, kind)[-1]["val"] is None
                )  # type: ignore[misc]
            )

    async def test_i13_none_of_it_reaches_the_log(self, room: Room) -> None:
        first, second = await room.join(), await room.join("second")
        box = await first.draw()
        first.send(
            {"t": "eph", "kind": "drag", "val": {"boxes": [{**DRAG["boxes"][0], "id": box}]}, "g": "g"}
        )
        first.send({"t": "eph", "kind": "selection", "val": {"boxes": [box]}})
        await second.next("eph")
        assert await in_db(Operation.objects.filter(frame=room.frame).count) == 1
        late = await room.join("owner")
        assert late.replica.boxes[box]["x1"] == 10
        assert late.all("eph") == []

    async def test_w14_ids_of_other_frames_tell_nothing(self, room: Room) -> None:
        """They are passed on as they came, whether they exist or not."""
        foreign = await in_db(lambda: room.world.author(room.world.frame()).draw())
        first, second = await room.join(), await room.join("second")
        first.send(
            {"t": "eph", "kind": "selection", "val": {"boxes": [str(foreign), str(room.world.project.pk)]}}
        )
        assert (await first.next("error"))["code"] == "malformed"
        first.send({"t": "eph", "kind": "selection", "val": {"boxes": [str(foreign)]}})
        await second.wait_for(lambda: shown_by(second, who_of(first), "selection"))
        assert first.all("nack") == []

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            ("cursor", {"x": 1}),
            ("cursor", {"x": "1", "y": 1}),
            ("cursor", [1, 2]),
            ("cursor", {"x": 1e9, "y": 1}),
            ("selection", {"boxes": ["x"]}),
            ("selection", {"boxes": ["01900000-0000-7000-8000-000000000001"] * 201}),
            ("drag", {"boxes": [{"id": "x"}]}),
            ("drag", {"boxes": DRAG["boxes"] * 51}),
            ("drag", {"boxes": [{**DRAG["boxes"][0], "label": 10**30}]}),
            ("drag", "<script>"),
        ],
    )
    async def test_w7_a_value_that_is_none_is_refused(self, room: Room, kind: str, value: object) -> None:
        first, second = await room.join(), await room.join("second")
        first.send({"t": "eph", "kind": kind, "val": value})
        assert (await first.next("error"))["code"] == "malformed"
        await first.draw()
        await second.applied(1)
        assert shown_by(second, who_of(first), kind) == []
