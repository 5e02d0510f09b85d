"""The rules of one box as pure functions: every command, in every state of the box, with every kind of base."""

import copy
from typing import Any
from uuid import UUID, uuid4

import pytest

from annotate.sync.apply import apply, change_for
from annotate.sync.operations import (
    EDGES,
    FIELDS,
    BoxState,
    Change,
    Code,
    FrameFacts,
    Refusal,
)

from .world import make_command

BOX = UUID("01900000-0000-7000-8000-000000000001")
FACTS = FrameFacts(width=640, height=480, labels=frozenset({1, 2}))
WHOLE: dict[str, Any] = {"x1": 10.0, "y1": 20.0, "x2": 110.0, "y2": 90.0, "label": 1}
ADA, BOB = 7, 8


def box_in(state: str) -> BoxState | None:
    """Made at revision 1 by Ada; ``x1`` and ``status`` written at 4 by Bob; deleted at 5."""
    if state == "absent":
        return None
    boxes: dict[UUID, BoxState] = {}
    made = change_for(make_command(1, "create", BOX, **WHOLE), None, FACTS)
    assert made is not None
    apply(made, boxes, revision=1, user=ADA)
    written = Change("set", BOX, fields={"x1": 12.0, "status": "rejected"})
    box = apply(written, boxes, revision=4, user=BOB)
    if state == "deleted":
        apply(Change("delete", BOX), boxes, revision=5, user=BOB)
    return box


def decide(kind: str, state: str = "alive", **rest: Any) -> Change | None | Refusal:
    try:
        return change_for(make_command(9, kind, BOX, **rest), box_in(state), FACTS)
    except Refusal as refusal:
        return refusal


def refusal(kind: str, state: str = "alive", **rest: Any) -> Refusal:
    decided = decide(kind, state, **rest)
    assert isinstance(decided, Refusal), decided
    return decided


def change(kind: str, state: str = "alive", **rest: Any) -> Change:
    decided = decide(kind, state, **rest)
    assert isinstance(decided, Change), decided
    return decided


OUTCOMES: dict[tuple[str, str], str | Code | None] = {
    ("create", "absent"): "create",
    ("create", "alive"): Code.EXISTS,
    ("create", "deleted"): Code.EXISTS,
    ("set", "absent"): Code.GONE,
    ("set", "alive"): "set",
    ("set", "deleted"): Code.GONE,
    ("delete", "absent"): Code.GONE,
    ("delete", "alive"): "delete",
    ("delete", "deleted"): None,
    ("restore", "absent"): Code.GONE,
    ("restore", "alive"): None,
    ("restore", "deleted"): "restore",
}
BASES: dict[str, dict[str, int]] = {
    "none": {},
    "older": {"x1": 3, "y1": 1},
    "current": {"x1": 4, "y1": 1},
    "from the future": {"x1": 99, "y1": 99},
}


@pytest.mark.parametrize("offline", [False, True], ids=["online", "offline"])
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(("kind", "state"), OUTCOMES)
def test_it_decides_every_command_in_every_state(kind: str, state: str, base: str, offline: bool) -> None:
    fields = {"create": WHOLE, "set": {"x1": 30.0, "y1": 40.0}}.get(kind, {})
    decided = decide(kind, state, base=BASES[base], offline=offline, **fields)
    expected = OUTCOMES[kind, state]
    if (kind, state) == ("set", "alive") and offline:
        expected = {"none": Code.INVALID, "older": Code.STALE}.get(base, expected)
    if isinstance(decided, Refusal):
        assert decided.code == expected
    elif decided is None:
        assert expected is None
    else:
        assert decided.kind == expected


@pytest.mark.parametrize("kind", ["undo", "redo", "rewind"])
def test_what_is_no_change_of_one_box_is_refused(kind: str) -> None:
    assert refusal(kind).code == Code.INVALID


class TestSet:
    def test_it_says_what_it_replaced_and_whose_it_was(self) -> None:
        done = change("set", x1=30.0, y1=40.0)
        assert done.fields == {"x1": 30.0, "y1": 40.0}
        assert done.before == {"x1": 12.0, "y1": 20.0}
        assert done.authored_before == {"x1": 4, "y1": 1}

    def test_w25_it_tells_which_newer_values_it_overwrote(self) -> None:
        done = change("set", base={"x1": 3, "y1": 1}, x1=30.0, y1=40.0)
        assert done.overwrote == {"x1": 4}

    def test_what_is_there_already_is_nothing_to_do(self) -> None:
        assert decide("set", x1=12.0, label=1) is None

    def test_only_the_fields_that_differ_are_written(self) -> None:
        assert change("set", x1=12.0, label=2).fields == {"label": 2}

    def test_it_stores_what_the_geometry_makes_of_it(self) -> None:
        assert change("set", x1=-50.0, y2=999.0).fields == {"x1": 0.0, "y2": 480.0}

    def test_w25_i10_an_offline_edit_never_overwrites_what_is_newer(self) -> None:
        stale = refusal("set", base={"x1": 3, "y1": 1}, offline=True, x1=30.0, y1=40.0)
        assert (stale.code, stale.current, stale.versions) == (Code.STALE, {"x1": 12.0}, {"x1": 4})

    def test_an_offline_edit_with_a_partial_base_is_invalid(self) -> None:
        assert "y1" in refusal("set", base={"x1": 4}, offline=True, x1=30.0, y1=40.0).detail

    @pytest.mark.parametrize("offline", [False, True])
    @pytest.mark.parametrize(
        ("base", "code"), [({}, Code.INVALID), ({"status": 3}, Code.STALE), ({"status": 4}, None)]
    )
    def test_the_first_verdict_wins_also_online(
        self, base: dict[str, int], code: Code | None, offline: bool
    ) -> None:
        decided = decide("set", base=base, offline=offline, status="accepted")
        assert (decided.code if isinstance(decided, Refusal) else None) == code
        if code == Code.STALE:
            assert isinstance(decided, Refusal) and decided.current == {"status": "rejected"}

    def test_w27_a_deleted_box_says_since_when(self) -> None:
        assert refusal("set", "deleted", x1=1.0).versions == {"deleted": 5}

    def test_with_no_field_it_is_invalid(self) -> None:
        assert refusal("set").code == Code.INVALID


class TestChecks:
    @pytest.mark.parametrize("label", [3, 0, -1])
    @pytest.mark.parametrize("kind", ["create", "set"])
    def test_w13_only_labels_in_use_are_taken(self, kind: str, label: int) -> None:
        fields = {**WHOLE, "label": label} if kind == "create" else {"label": label}
        assert refusal(kind, "absent" if kind == "create" else "alive", **fields).code == Code.INVALID

    @pytest.mark.parametrize("missing", WHOLE)
    def test_a_new_box_needs_edges_and_a_label(self, missing: str) -> None:
        fields = {name: value for name, value in WHOLE.items() if name != missing}
        assert refusal("create", "absent", **fields).code == Code.INVALID

    def test_a_new_box_has_the_defaults(self) -> None:
        made = change("create", "absent", **WHOLE)
        assert made.fields == {**WHOLE, "attributes": {}, "z": 0.0, "status": "accepted", "feedback": ""}
        assert (made.before, made.authored_before) == ({}, {})

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.1e9, 1e300])
    def test_w8_z_is_bounded(self, value: float) -> None:
        assert refusal("set", z=value).code == Code.INVALID

    def test_attributes_have_a_size(self) -> None:
        fits = {f"key {index}": "é" * 90 for index in range(20)}
        assert change("set", attributes=fits).fields == {"attributes": fits}
        too_large = {**fits, "more": "é" * 200}
        assert "4 KiB" in refusal("set", attributes=too_large).detail

    @pytest.mark.parametrize("attributes", [{"a": "x\0y"}, {"a\0b": 1.0}])
    def test_w10_nul_is_refused(self, attributes: dict[str, Any]) -> None:
        assert "NUL" in refusal("set", attributes=attributes).detail

    @pytest.mark.parametrize("text", ["\\u0000", "C:\\users\\u0000", "\\", "\\\\u0000"])
    def test_what_only_looks_like_nul_is_text(self, text: str) -> None:
        assert change("set", attributes={"path": text}).fields == {"attributes": {"path": text}}

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    def test_w8_numbers_in_attributes_are_finite(self, value: float) -> None:
        """Over the wire they cannot come; a model or an import could bring them."""
        assert refusal("set", attributes={"score": value}).code == Code.INVALID

    def test_w8_minus_zero_is_stored_as_zero(self) -> None:
        done = change("set", z=-0.0, x1=-0.0, attributes={"score": -0.0, "name": "a", "seen": False})
        assert str(done.fields["attributes"]) == str({"score": 0.0, "name": "a", "seen": False})
        assert str(done.fields["x1"]) == "0.0"
        raised = change("create", "absent", **WHOLE, z=-0.0)
        assert str(raised.fields["z"]) == "0.0"


class TestApply:
    def test_a_write_sets_versions_and_authors_of_its_fields_alone(self) -> None:
        box = box_in("alive")
        assert box is not None
        assert box.versions == {**dict.fromkeys((*FIELDS, "deleted"), 1), "x1": 4, "status": 4}
        assert box.authored == box.versions
        assert box.fields["x1"] == 12.0

    def test_deleting_keeps_the_fields_and_marks_the_moment(self) -> None:
        alive, deleted = box_in("alive"), box_in("deleted")
        assert alive is not None and deleted is not None
        assert deleted.fields == alive.fields
        assert (deleted.deleted_revision, deleted.versions["deleted"]) == (5, 5)
        assert deleted.versions["x1"] == 4

    def test_restoring_is_a_write_of_every_field_but_nobodys_authorship(self) -> None:
        box = box_in("deleted")
        assert box is not None
        boxes = {BOX: box}
        authored = dict(box.authored)
        apply(change("restore", "deleted"), boxes, revision=6, user=ADA)
        assert not box.is_deleted
        assert box.versions == dict.fromkeys((*FIELDS, "deleted"), 6)
        assert box.authored == {**authored, "deleted": 6}

    def test_a_reversal_gives_values_back_to_their_earlier_author(self) -> None:
        box = box_in("alive")
        assert box is not None
        apply(Change("set", BOX, fields={"x1": 10.0}, authored={"x1": 1}), {BOX: box}, revision=6, user=BOB)
        assert (box.versions["x1"], box.authored["x1"]) == (6, 1)

    @pytest.mark.parametrize("kind", ["create", "set", "delete", "restore"])
    def test_it_shares_nothing_with_the_change(self, kind: str) -> None:
        """The same change is written into the log; a later edit of the box must not reach it."""
        states = {"create": "absent", "restore": "deleted"}
        fields = {"create": WHOLE, "set": {"x1": 30.0}}.get(kind, {})
        state = states.get(kind, "alive")
        box, done = box_in(state), change(kind, state, **fields)
        kept = copy.deepcopy(done)
        boxes = {BOX: box} if box else {}
        apply(done, boxes, revision=6, user=ADA)
        later = Change("set", BOX, fields={"x1": 99.0, "attributes": {"a": 1.0}})
        apply(later, boxes, revision=7, user=ADA)
        assert done == kept

    def test_a_model_is_named_as_the_source(self) -> None:
        boxes: dict[UUID, BoxState] = {}
        made = change("create", "absent", **WHOLE)
        box = apply(made, boxes, revision=1, user=None, source="model", confidence=0.5)
        assert (box.source, box.confidence, box.created_by) == ("model", 0.5, None)

    def test_other_boxes_are_left_alone(self) -> None:
        box, other = box_in("alive"), box_in("alive")
        assert box is not None and other is not None
        other.id = uuid4()
        kept = copy.deepcopy(other)
        apply(change("set", x1=30.0), {BOX: box, other.id: other}, revision=9, user=ADA)
        assert other == kept
        assert set(EDGES) < set(box.fields)
