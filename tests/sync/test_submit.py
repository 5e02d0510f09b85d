"""The transaction that decides: once, with the rights of that moment, and only what may be stored."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from annotate.models import Box, ClientCursor, Frame, Label, Operation
from annotate.sync import cursors, log, records
from annotate.sync import submit as submit_module
from annotate.sync.operations import Accepted, Code, Outcome, Refused
from annotate.sync.submit import FrameMissing, FrameRestored, Submission, submit

from .replica import check_replay, fresh_replica
from .world import EDGES, Author, World, accepted, edges_of, make_command, make_world, operations_of, refused


@pytest.fixture
def frame(world: World) -> Frame:
    return world.frame()


@pytest.fixture
def me(world: World, frame: Frame) -> Author:
    return world.author(frame)


@pytest.fixture
def other(world: World, frame: Frame) -> Author:
    return world.author(frame, "second")


class TestOnce:
    """W24, I4."""

    def sent_again(self, me: Author, kind: str, box: UUID | None = None, **rest: Any) -> Outcome:
        """Sends a command three times; the answers must be equal and the log must not grow."""
        command = me.command(kind, box, **rest)
        first = me.send(command)[0]
        count = Operation.objects.count()
        assert me.send(command)[0] == first
        assert me.send(command, command) == [first, first]
        assert Operation.objects.count() == count
        return first

    def test_w24_an_accepted_command(self, me: Author) -> None:
        outcome = self.sent_again(me, "create", uuid4(), **EDGES, label=me.label)
        assert outcome == Accepted(1, 1, 1)

    def test_w24_a_command_with_nothing_to_do(self, me: Author) -> None:
        box = me.draw()
        assert self.sent_again(me, "restore", box) == Accepted(2, None, None)

    def test_w24_a_refused_command_with_what_was_there_then(self, me: Author, other: Author) -> None:
        box = me.draw()
        accepted(other.do("set", box, x1=50.0))
        command = me.command("set", box, x1=30.0, base={"x1": 1}, offline=True)
        first = refused(me.send(command)[0], Code.STALE)
        assert (first.current, first.versions) == ({"x1": 50.0}, {"x1": 2})
        accepted(other.do("set", box, x1=60.0))
        assert me.send(command)[0] == first

    def test_w24_an_undo_of_several_boxes_with_skipped_fields(self, me: Author, other: Author) -> None:
        boxes = [me.draw() for _ in range(3)]
        me.send(*(me.command("set", box, x1=30.0, gesture="all") for box in boxes))
        accepted(other.do("set", boxes[0], x1=50.0))
        outcome = accepted(self.sent_again(me, "undo"))
        assert (outcome.first, outcome.last) == (8, 9)
        assert [one.box for one in outcome.skipped] == [boxes[0]]

    def test_w24_a_refusal_for_lack_of_rights_stays_refused(self, world: World, frame: Frame) -> None:
        """Rights given later do not bring back what was answered with no."""
        viewer = world.author(frame, "viewer")
        command = viewer.command("create", uuid4(), **EDGES, label=viewer.label)
        first = refused(viewer.send(command)[0], Code.FORBIDDEN)
        world.project.memberships.filter(user=viewer.user).update(role="annotator")
        assert viewer.send(command)[0] == first
        assert not operations_of(frame)

    def test_w24_twice_in_one_batch(self, me: Author) -> None:
        """As when a tab connects again while its old socket's commands still wait."""
        command = me.command("create", uuid4(), **EDGES, label=me.label)
        undo = me.command("undo")
        first, again, undone, undone_again = me.send(command, command, undo, undo)
        assert (first, again) == (Accepted(1, 1, 1), Accepted(1, 1, 1))
        assert (undone, undone_again) == (Accepted(2, 2, 2), Accepted(2, 2, 2))

    def test_w24_from_two_sockets_of_one_client_in_one_batch(self, frame: Frame, me: Author) -> None:
        command = me.command("create", uuid4(), **EDGES, label=me.label)
        result = submit(frame.pk, [me.submission(command), me.submission(command)])
        assert result.outcomes == [[Accepted(1, 1, 1)], [Accepted(1, 1, 1)]]
        assert len(operations_of(frame)) == 1

    def test_w24_long_after(self, me: Author) -> None:
        """Refusals are kept for more counters than a client may have undecided; accepted ones for ever."""
        box = me.draw()
        early = me.command("set", box, x1=30.0)
        accepted(me.send(early)[0])
        me.send(*(me.command("set", box, x1=31.0 + n % 2) for n in range(cursors.KEPT_OUTCOMES)))
        no = me.command("set", uuid4(), x1=1.0)
        first_no = refused(me.send(no)[0], Code.GONE)
        me.send(*(me.command("set", uuid4(), x1=1.0) for _ in range(cursors.KEPT_OUTCOMES - 1)))
        revision = Frame.objects.get(pk=me.frame.pk).revision
        assert me.send(early)[0] == Accepted(2, 2, 2)
        assert me.send(no)[0] == first_no
        assert Frame.objects.get(pk=me.frame.pk).revision == revision

    def test_answers_are_not_kept_for_ever(self, me: Author) -> None:
        me.send(*(me.command("set", uuid4(), x1=1.0) for _ in range(cursors.KEPT_OUTCOMES + 50)))
        cursor = ClientCursor.objects.get(pk=me.client)
        assert cursor.last_counter == cursors.KEPT_OUTCOMES + 50
        assert len(cursor.outcomes) == cursors.KEPT_OUTCOMES

    def test_a_hole_is_refused_and_uses_up_nothing(self, me: Author) -> None:
        box = me.draw()
        second, third = me.command("set", box, x1=30.0), me.command("set", box, x1=31.0)
        hole = refused(me.send(third)[0], Code.HOLE)
        assert hole.detail == "expected 2"
        accepted(me.send(second)[0])
        accepted(me.send(third)[0])
        assert edges_of(box)[0] == 31.0

    def test_i7_order_within_a_batch_is_that_of_the_counters(self, me: Author) -> None:
        box = me.draw()
        second, third = me.command("set", box, x1=30.0), me.command("set", box, x1=31.0)
        outcomes = me.send(third, second, third)
        assert [type(one) for one in outcomes] == [Refused, Accepted, Accepted]
        assert edges_of(box)[0] == 31.0

    @pytest.mark.parametrize("where", ["of another person", "on another frame"])
    def test_a_client_belongs_to_one_person_and_one_frame(
        self, world: World, frame: Frame, me: Author, where: str
    ) -> None:
        me.draw()
        thief = world.author(frame, "second", client=me.client)
        if where == "on another frame":
            thief = world.author(world.frame(), client=me.client)
        thief.counter = me.counter
        refused(thief.do("create", uuid4(), **EDGES, label=me.label), Code.FORBIDDEN)
        assert len(operations_of(frame)) == 1
        accepted(me.do("set", me.boxes[0], x1=30.0))

    @pytest.mark.parametrize("who", ["second", "annotator on another frame"])
    def test_standing_of_tells_a_foreign_client(
        self, world: World, frame: Frame, me: Author, who: str
    ) -> None:
        me.draw()
        frame.refresh_from_db()
        told = cursors.standing_of(me.client, frame_id=frame.pk, user_id=me.user.pk)
        assert told == (1, frame.epoch, 1, "user")
        fresh = cursors.standing_of(uuid4(), frame_id=frame.pk, user_id=world.people["second"].pk)
        assert fresh == (0, frame.epoch, 1, "")
        user = world.people["second"] if who == "second" else me.user
        with pytest.raises(cursors.ForeignClient):
            cursors.standing_of(
                me.client, frame_id=frame.pk if who == "second" else frame.pk + 1, user_id=user.pk
            )


class TestRights:
    """Read in the transaction that commits."""

    @pytest.mark.parametrize(
        ("who", "may"),
        [
            ("owner", True),
            ("reviewer", True),
            ("annotator", True),
            ("viewer", False),
            ("stranger", False),
        ],
    )
    @pytest.mark.parametrize("kind", ["create", "set", "delete", "restore", "undo", "redo", "rewind"])
    def test_z10_w18_each_role_and_each_command(
        self, world: World, frame: Frame, other: Author, who: str, kind: str, may: bool
    ) -> None:
        box = other.draw()
        if kind == "restore":
            accepted(other.do("delete", box))
        revision = frame.operations.count()
        author = world.author(frame, who)
        if kind in ("undo", "redo"):
            outcome = author.do(kind)
        elif kind == "rewind":
            outcome = author.do(kind, to=revision)
        else:
            fields = {"create": {**EDGES, "label": other.label}, "set": {"x1": 30.0}}.get(kind, {})
            outcome = author.do(kind, uuid4() if kind == "create" else box, **fields)
        if not may:
            refused(outcome, Code.FORBIDDEN)
            assert frame.operations.count() == revision
        elif kind in ("undo", "redo"):
            refused(outcome, Code.NOTHING)
        else:
            accepted(outcome)

    def test_a_superuser_may_everywhere(self, world: World, frame: Frame) -> None:
        stranger = world.people["stranger"]
        stranger.is_superuser = True
        stranger.save()
        world.author(frame, "stranger").draw()

    @pytest.mark.parametrize("how", ["lowered", "removed", "deactivated"])
    def test_w5_the_very_next_command_is_refused(
        self, world: World, frame: Frame, me: Author, how: str
    ) -> None:
        box = me.draw()
        membership = world.project.memberships.filter(user=me.user)
        if how == "lowered":
            membership.update(role="viewer")
        elif how == "removed":
            membership.delete()
        else:
            me.user.is_active = False
            me.user.save()
        refused(me.do("set", box, x1=30.0), Code.FORBIDDEN)
        assert edges_of(box)[0] == 10.0

    def test_w4_a_deactivated_superuser_may_nothing(self, world: World, frame: Frame) -> None:
        stranger = world.people["stranger"]
        stranger.is_superuser, stranger.is_active = True, False
        stranger.save()
        author = world.author(frame, "stranger")
        refused(author.do("create", uuid4(), **EDGES, label=author.label), Code.FORBIDDEN)

    def test_nobody_is_no_user(self, frame: Frame, me: Author) -> None:
        command = make_command(1, "create", uuid4(), **EDGES, label=me.label)
        refused(submit(frame.pk, [Submission(uuid4(), None, [command])]).outcomes[0][0], Code.FORBIDDEN)

    def test_one_who_may_not_does_not_hold_up_the_others(
        self, world: World, frame: Frame, me: Author
    ) -> None:
        viewer = world.author(frame, "viewer")
        mine = me.command("create", uuid4(), **EDGES, label=me.label)
        theirs = viewer.command("create", uuid4(), **EDGES, label=me.label)
        result = submit(frame.pk, [viewer.submission(theirs), me.submission(mine)])
        refused(result.outcomes[0][0], Code.FORBIDDEN)
        accepted(result.outcomes[1][0])


class TestForeignThings:
    @pytest.mark.parametrize("kind", ["create", "set"])
    @pytest.mark.parametrize("which", ["of another project", "deleted", "not in use"])
    def test_w13_labels(self, world: World, me: Author, kind: str, which: str) -> None:
        box = me.draw()
        label = {
            "of another project": lambda: make_world().labels["car"],
            "deleted": lambda: Label.objects.latest("pk").pk + 1000,
            "not in use": lambda: world.labels["retired"],
        }[which]()
        fields = {**EDGES, "label": label} if kind == "create" else {"label": label}
        outcome = refused(me.do(kind, uuid4() if kind == "create" else box, **fields), Code.INVALID)
        assert outcome.detail == "the label does not exist, or is no longer in use"

    def test_a_box_keeps_a_label_that_went_out_of_use(self, world: World, me: Author) -> None:
        box = me.draw()
        Label.objects.filter(pk=me.label).update(is_active=False)
        accepted(me.do("set", box, x1=30.0))

    @pytest.mark.parametrize("kind", ["set", "delete", "restore"])
    @pytest.mark.parametrize("where", ["same project", "another project"])
    def test_w14_a_box_of_another_frame_answers_like_none(
        self, world: World, me: Author, kind: str, where: str
    ) -> None:
        there = world if where == "same project" else make_world()
        owner = there.author(there.frame())
        box = owner.draw()
        if kind == "restore":
            accepted(owner.do("delete", box))
        fields = {"x1": 30.0} if kind == "set" else {}
        foreign = refused(me.do(kind, box, **fields), Code.GONE)
        missing = refused(me.do(kind, uuid4(), **fields), Code.GONE)
        assert (foreign.detail, foreign.current, foreign.versions) == (
            missing.detail,
            missing.current,
            missing.versions,
        )
        assert edges_of(box)[0] == 10.0
        check_replay(owner.frame)

    @pytest.mark.parametrize("where", ["this frame", "another frame", "another project", "a tombstone"])
    def test_w15_an_id_is_taken_once(self, world: World, frame: Frame, me: Author, where: str) -> None:
        there = make_world() if where == "another project" else world
        place = there.frame() if where in ("another frame", "another project") else frame
        owner = there.author(place, "second")
        box = owner.draw()
        if where == "a tombstone":
            accepted(owner.do("delete", box))
        kept = Box.objects.filter(pk=box).values().get()
        taken = me.do("create", box, **{**EDGES, "x1": 99.0}, label=me.label)
        assert refused(taken, Code.EXISTS).detail == "a box with this id exists"
        assert Box.objects.filter(pk=box).values().get() == kept

    def test_w15_an_id_taken_at_the_same_moment_elsewhere_is_refused(
        self, world: World, frame: Frame, me: Author, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The check saw no box, the insert meets one: the database has the last word, and nothing is overwritten."""
        owner = world.author(world.frame(), "second")
        box = owner.draw()
        monkeypatch.setattr(submit_module, "states_in", lambda reading: {})
        mine = me.command("create", box, **{**EDGES, "x1": 99.0}, label=me.label)
        harmless = me.command("create", uuid4(), **EDGES, label=me.label)
        no, yes = me.send(mine, harmless)
        refused(no, Code.INVALID)
        accepted(yes)
        row = Box.objects.get(pk=box)
        assert (row.frame_id, row.x1) == (owner.frame.pk, 10.0)

    def test_w14_undo_reaches_no_other_frame(self, world: World, frame: Frame, me: Author) -> None:
        elsewhere = world.author(world.frame())
        box = elsewhere.draw(gesture="there")
        me.draw(gesture="here")
        refused(me.do("undo", target="there"), Code.NOTHING)
        assert Box.objects.get(pk=box).deleted_revision is None


STATES = ("absent", "alive", "deleted", "on another frame")
DECIDED: dict[str, tuple[object, ...]] = {
    "create": ("create", Code.EXISTS, Code.EXISTS, Code.EXISTS),
    "set": (Code.GONE, "set", Code.GONE, Code.GONE),
    "delete": (Code.GONE, "delete", None, Code.GONE),
    "restore": (Code.GONE, None, "restore", Code.GONE),
}


@pytest.mark.parametrize("offline", [False, True], ids=["online", "offline"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", DECIDED)
def test_it_decides_every_command_in_every_state_and_the_log_says_so(
    world: World, frame: Frame, me: Author, other: Author, kind: str, state: str, offline: bool
) -> None:
    place = world.author(world.frame()) if state == "on another frame" else other
    box = uuid4() if state == "absent" else place.draw()
    if state == "deleted":
        accepted(other.do("delete", box))
    before = fresh_replica(frame)
    fields: dict[str, dict[str, Any]] = {
        "create": {**EDGES, "label": me.label},
        "set": {"x1": 30.0, "base": {"x1": 1}},
    }
    outcome = me.do(kind, box, offline=offline, **fields.get(kind, {}))
    expected = DECIDED[kind][STATES.index(state)]
    if isinstance(expected, Code):
        refused(outcome, expected)
    else:
        assert (accepted(outcome).first is None) == (expected is None)
    if isinstance(expected, str) and not isinstance(expected, Code):
        logged = operations_of(frame)[-1]
        assert (logged.kind, logged.box_id, logged.offline) == (expected, box, offline)
        assert (logged.user, logged.client, logged.counter) == (me.user, me.client, 1)
    check_replay(frame, before)


EDITS: dict[str, dict[str, Any]] = {
    "one edge": {"x1": 30.0},
    "all edges": {"x1": 1.0, "y1": 2.0, "x2": 33.0, "y2": 44.0},
    "clamped edges": {"x1": -9.0, "y2": 9999.0},
    "edges in the wrong order": {"x1": 90.0, "x2": 40.0},
    "label": {"label": "bus"},
    "attributes": {"attributes": {"colour": "red", "doors": 4.0, "open": False, "owner": None}},
    "z": {"z": -3.5},
    "status": {"status": "rejected", "base": {"status": 1}},
    "everything": {"x1": 5.0, "label": "bus", "attributes": {}, "z": 1.0, "y1": 6.0},
}


class TestReplay:
    """I2, I3, I11: a snapshot of before plus what was published is the snapshot of after."""

    @pytest.mark.parametrize("fields", EDITS.values(), ids=EDITS)
    def test_a_change(self, world: World, frame: Frame, me: Author, fields: dict[str, Any]) -> None:
        box = me.draw(attributes={"colour": "blue"})
        before = fresh_replica(frame)
        given = {**fields, "label": world.labels["bus"]} if "label" in fields else fields
        accepted(me.do("set", box, **given))
        assert Frame.objects.get(pk=frame.pk).revision == 2
        check_replay(frame, before)

    @pytest.mark.parametrize("kind", ["create", "delete", "restore", "undo", "redo", "rewind"])
    def test_every_other_command(self, frame: Frame, me: Author, other: Author, kind: str) -> None:
        box = me.draw()
        accepted(other.do("set", box, x1=30.0))
        accepted(me.do("set", box, y1=40.0))
        accepted(me.do("delete", me.draw()))
        if kind == "redo":
            accepted(me.do("undo"))
        before = fresh_replica(frame)
        target = {"delete": box, "restore": me.boxes[1]}.get(kind)
        if kind == "create":
            me.draw(z=4.0, attributes={"a": "b"}, status="proposed")
        else:
            accepted(me.do(kind, target, **({"to": 1} if kind == "rewind" else {})))
        assert Frame.objects.get(pk=frame.pk).revision > before.applied
        check_replay(frame, before)

    @pytest.mark.parametrize("origin", ["model", "admin", "import"])
    def test_every_other_author(self, frame: Frame, me: Author, origin: Any) -> None:
        box = me.draw()
        before = fresh_replica(frame)
        commands = [
            make_command(
                1,
                "create",
                uuid4(),
                **EDGES,
                label=me.label,
                status="proposed",
                source="model",
                confidence=0.25,
            ),
            make_command(2, "set", box, x1=30.0),
            make_command(3, "delete", box),
            make_command(4, "restore", box),
        ]
        result = submit(frame.pk, [Submission(uuid4(), None, commands, origin)])
        assert [accepted(one).first for one in result.outcomes[0]] == [2, 3, 4, 5]
        assert {one.origin for one in operations_of(frame)[1:]} == {origin}
        check_replay(frame, before)

    def test_a_batch_of_many_people(self, world: World, frame: Frame, me: Author, other: Author) -> None:
        box = me.draw()
        before = fresh_replica(frame)
        mine = [me.command("set", box, x1=20.0 + n) for n in range(5)]
        theirs = [other.command("set", box, x1=40.0 + n) for n in range(5)]
        result = submit(frame.pk, [me.submission(*mine), other.submission(*theirs)])
        assert (result.revision_before, result.revision, len(result.operations)) == (1, 11, 10)
        assert edges_of(box)[0] == 44.0
        check_replay(frame, before)

    def test_published_operations_are_those_of_the_log(self, frame: Frame, me: Author) -> None:
        box = me.draw(attributes={"n": 1.0}, z=2.0)
        results = [
            me.submit(me.command("set", box, x1=30.0, attributes={"n": 1e300, "m": None})),
            me.submit(me.command("delete", box)),
            me.submit(me.command("undo")),
        ]
        published = [entry for result in results for entry in log.encoded_operations(result.operations)]
        read = log.operations_since(frame.pk, 1, limit=10)
        assert [r for r, _ in published] == [r for r, _ in read] == [2, 3, 4]
        assert [same_numbers(one) for _, one in published] == [same_numbers(one) for _, one in read]


def same_numbers(encoded: bytes) -> Any:
    """JSON as a browser reads it: 1, 1.0 and 10 with 300 zeros are floats. The time loses no millisecond."""
    return json.loads(encoded, parse_int=float)


class TestRewind:
    def test_it_makes_all_boxes_what_they_were(self, frame: Frame, me: Author, other: Author) -> None:
        box, deleted = me.draw(), other.draw()
        then = fresh_replica(frame)
        accepted(other.do("set", box, x1=30.0, label=me.label))
        accepted(me.do("delete", deleted))
        me.draw()
        outcome = accepted(me.do("rewind", to=2, gesture="back"))
        assert outcome.last == Frame.objects.get(pk=frame.pk).revision
        now = fresh_replica(frame)
        assert without_versions(now.boxes) == without_versions(then.boxes)
        check_replay(frame, then)
        accepted(me.do("undo"))
        assert edges_of(box)[0] == 30.0 and len(fresh_replica(frame).boxes) == 2

    @pytest.mark.parametrize("to", [None, 2, 99])
    def test_it_goes_to_no_revision_that_never_was(self, me: Author, to: int | None) -> None:
        me.draw()
        refused(me.do("rewind", to=to), Code.INVALID)

    def test_a_label_that_was_deleted_since_stays_away_and_the_rest_comes_back(
        self, world: World, frame: Frame, me: Author
    ) -> None:
        gone = Label.objects.create(project=world.project, name="gone", color="#000000", position=9)
        box = me.draw(label=gone.pk)
        accepted(me.do("set", box, label=me.label, x1=30.0))
        gone.delete()
        accepted(me.do("rewind", to=1))
        row = Box.objects.get(pk=box)
        assert (row.label_id, row.x1) == (me.label, 10.0)
        check_replay(frame)

    def test_with_nothing_to_take_back_it_does_nothing(self, me: Author) -> None:
        me.draw()
        assert me.do("rewind", to=1) == Accepted(2, None, None)


def without_versions(boxes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {box: {**fields, "versions": None} for box, fields in boxes.items()}


class TestPoison:
    """What the database refuses: one command is answered with no, once and for all; the rest passes."""

    POISONS: dict[str, dict[str, Any]] = {
        "status": {"status": "perhaps"},
        "source": {"source": "oracle"},
        "edge": {"x2": 2e6},
    }

    @pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
    def test_it_is_isolated_and_decided_once(self, world: World, poison: dict[str, Any]) -> None:
        frame = world.frame(width=3_000_000)
        me, other = world.author(frame), world.author(frame, "second")
        whole = {**EDGES, "label": me.label}
        mine = [
            me.command("create", uuid4(), **whole),
            me.command("create", uuid4(), **{**whole, **poison}),
            me.command("create", uuid4(), **whole),
        ]
        theirs = [other.command("create", uuid4(), **whole), other.command("undo")]
        batch = [me.submission(*mine), other.submission(*theirs)]
        result = submit(frame.pk, batch)
        assert [type(one) for one in result.outcomes[0]] == [Accepted, Refused, Accepted]
        assert refused(result.outcomes[0][1], Code.INVALID).detail == "the database cannot store this"
        assert [type(one) for one in result.outcomes[1]] == [Accepted, Accepted]
        assert [one.revision for one in result.operations] == [1, 2, 3, 4]
        check_replay(frame)
        again = submit(frame.pk, batch)
        assert again.outcomes == result.outcomes
        assert not again.operations
        assert ClientCursor.objects.get(pk=me.client).last_counter == 3

    def test_it_is_not_decided_again_when_it_would_pass_now(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        frame = world.frame()
        me = world.author(frame)
        box = world.author(world.frame(), "second").draw()
        mine = me.command("create", box, **EDGES, label=me.label)
        with monkeypatch.context() as patch:
            patch.setattr(submit_module, "states_in", lambda reading: {})
            refused(me.send(mine)[0], Code.INVALID)
        Box.objects.filter(pk=box).delete()
        refused(me.send(mine)[0], Code.INVALID)
        assert not operations_of(frame)

    @pytest.mark.parametrize("confidence", [1.5, -0.1, float("inf"), float("nan")])
    def test_m5_a_machines_bad_command_is_refused_alone_too(
        self, frame: Frame, me: Author, confidence: float
    ) -> None:
        whole = {**EDGES, "label": me.label}
        commands = [
            make_command(counter, "create", uuid4(), **whole, confidence=share)
            for counter, share in enumerate([0.0, confidence, 1.0], 1)
        ]
        outcomes = submit(frame.pk, [Submission(uuid4(), None, commands, "model")]).outcomes[0]
        assert [type(one) for one in outcomes] == [Accepted, Refused, Accepted]
        check_replay(frame)


class TestFrame:
    def test_a_missing_frame_is_named(self, me: Author) -> None:
        with pytest.raises(FrameMissing):
            submit(10**9, [me.submission(me.command("undo"))])

    def test_what_was_said_to_a_log_that_was_put_back_changes_nothing(self, frame: Frame, me: Author) -> None:
        """After a restore a client counts anew: a late command of before would pass for another one."""
        old = frame.epoch
        Frame.objects.filter(pk=frame.pk).update(epoch=uuid4())
        late = me.submission(me.command("create", uuid4(), **EDGES, label=me.label))
        with pytest.raises(FrameRestored):
            submit(frame.pk, [late], epoch=old)
        assert not ClientCursor.objects.exists() and not Operation.objects.exists()
        me.counter = 0
        me.draw()

    def test_the_first_edit_moves_the_status(self, frame: Frame, me: Author) -> None:
        me.draw()
        frame.refresh_from_db()
        assert (frame.status, frame.revision) == ("in_progress", 1)

    def test_what_is_refused_moves_nothing(self, frame: Frame, me: Author) -> None:
        refused(me.do("undo"), Code.NOTHING)
        frame.refresh_from_db()
        assert (frame.status, frame.revision) == ("to_annotate", 0)

    def test_a_complete_frame_stays_complete(self, world: World) -> None:
        frame = world.frame(status="complete")
        world.author(frame).draw()
        frame.refresh_from_db()
        assert frame.status == "complete"

    def test_w16_author_source_and_time_are_the_servers(self, frame: Frame, me: Author) -> None:
        box = me.draw()
        row, logged = Box.objects.get(pk=box), operations_of(frame)[0]
        assert (row.created_by, row.source, row.confidence) == (me.user, "human", None)
        assert (logged.user, logged.origin) == (me.user, "user")
        assert abs((timezone.now() - logged.created_at).total_seconds()) < 60

    def test_a_machine_is_nobody(self, frame: Frame, me: Author) -> None:
        box = uuid4()
        command = make_command(
            1, "create", box, **EDGES, label=me.label, status="proposed", source="model", confidence=0.5
        )
        machine = Submission(uuid4(), None, [command], "model")
        accepted(submit(frame.pk, [machine]).outcomes[0][0])
        row, logged = Box.objects.get(pk=box), operations_of(frame)[0]
        assert (row.created_by, row.source, row.confidence, row.status) == (None, "model", 0.5, "proposed")
        assert (logged.user, logged.origin, logged.fields["source"]) == (None, "model", "model")
        assert not ClientCursor.objects.filter(pk=machine.client).exists()

    def test_m7_a_verdict_on_a_proposal_is_logged_and_the_first_wins(
        self, frame: Frame, me: Author, other: Author
    ) -> None:
        box = uuid4()
        command = make_command(1, "create", box, **EDGES, label=me.label, status="proposed", source="model")
        submit(frame.pk, [Submission(uuid4(), None, [command], "model")])
        accepted(me.do("set", box, status="accepted", base={"status": 1}))
        late = refused(other.do("set", box, status="rejected", base={"status": 1}), Code.STALE)
        assert late.current == {"status": "accepted"}
        assert operations_of(frame)[-1].fields == {"status": "accepted"}

    def test_every_column_of_a_box_is_read_and_written(self) -> None:
        """A new column that submit forgets would be lost at the next edit."""
        columns = {each.attname for each in Box._meta.concrete_fields}
        assert columns == {*records.BOX_COLUMNS, "frame_id"}
        fixed = {
            "id",
            "frame_id",
            "source",
            "confidence",
            "detection_id",
            "created_by_id",
            "created_revision",
        }
        assert columns - fixed == set(records.UPDATED_COLUMNS)
