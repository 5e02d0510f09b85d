"""What is proposed, replaced and left out, without a database."""

from collections.abc import Collection, Mapping
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from annotate.detection.plan import (
    NOBODY_LATER,
    SAME_OBJECT_IOU,
    Candidate,
    Plan,
    is_same_object,
    plan_for,
    uncertainty_of,
)
from annotate.geometry import Edges
from annotate.sync.operations import DEFAULTS, EDGES, FIELDS, BoxState

WIDTH, HEIGHT = 640, 480
LABELS = {"car": 1, "bus": 2, "cat": None}
HERE, THERE = Edges(10, 10, 110, 110), Edges(300, 200, 400, 300)
HUMAN = {"source": "human", "status": "accepted"}
OPEN = {"source": "model", "status": "proposed"}


def box(
    edges: Edges = HERE,
    *,
    label: int = 1,
    source: str = "human",
    status: str = "accepted",
    touched: str = "",
    detection: UUID | None = None,
) -> BoxState:
    versions = dict.fromkeys((*FIELDS, "deleted"), 3)
    if touched:
        versions[touched] = 4
    fields = {**DEFAULTS, **{name: getattr(edges, name) for name in EDGES}, "label": label, "status": status}
    confidence = 0.5 if source == "model" else None
    return BoxState(uuid4(), fields, source, confidence, detection, None, 3, None, versions, dict(versions))


def car(edges: Edges = HERE, confidence: float = 0.9, name: str = "car") -> Candidate:
    return Candidate(edges, name, confidence)


def plan(
    candidates: list[Candidate],
    boxes: list[BoxState],
    looked_for: tuple[str, ...] = tuple(LABELS),
    later: Mapping[UUID, Collection[int]] = NOBODY_LATER,
) -> Plan:
    return plan_for(
        candidates, boxes, labels=LABELS, looked_for=looked_for, width=WIDTH, height=HEIGHT, later=later
    )


def test_it_proposes_what_is_not_there() -> None:
    made = plan([car(), car(THERE, name="bus")], [])
    assert [(one.edges, one.label, one.class_name) for one in made.proposals] == [
        (HERE, 1, "car"),
        (THERE, 2, "bus"),
    ]
    assert made.replaced == () and made.left_out == {}


def test_it_proposes_nothing_over_a_human_box_of_the_same_class() -> None:
    assert plan([car()], [box()]).left_out == {"already_there": 1}


def test_it_proposes_over_a_human_box_of_another_class() -> None:
    assert len(plan([car()], [box(label=2)]).proposals) == 1


def test_it_proposes_beside_a_human_box_that_overlaps_less() -> None:
    shifted = Edges(30, 10, 130, 110)
    assert HERE.iou(shifted) < SAME_OBJECT_IOU
    assert len(plan([car(shifted)], [box()]).proposals) == 1


def test_it_does_not_propose_again_what_was_rejected() -> None:
    assert plan([car()], [box(source="model", status="rejected")]).left_out == {"already_there": 1}


def test_it_replaces_what_nobody_touched() -> None:
    old = box(THERE, source="model", status="proposed")
    made = plan([car()], [old])
    assert made.replaced == (old.id,) and len(made.proposals) == 1


def test_it_replaces_only_what_it_looked_for() -> None:
    cars, buses = (box(source="model", status="proposed", label=label) for label in (1, 2))
    made = plan([car(THERE)], [cars, buses], looked_for=("car", "cat"))
    assert made.replaced == (cars.id,) and len(made.proposals) == 1
    assert plan([], [cars, buses], looked_for=("cat",)).replaced == ()
    assert plan([], [cars, buses]).replaced == (cars.id, buses.id)


def test_where_a_later_request_has_answered_it_neither_adds_nor_takes_away() -> None:
    earlier, later = uuid4(), uuid4()
    cars, buses = (box(source="model", status="proposed", label=label, detection=earlier) for label in (1, 2))
    made = plan([car(THERE), car(THERE, name="bus")], [cars, buses], later={later: {1}})
    assert [one.class_name for one in made.proposals] == ["bus"] and made.replaced == (buses.id,)
    assert made.left_out == {"overtaken": 1}
    assert plan([], [cars, buses], later={later: {1, 2}}).replaced == ()


def test_it_keeps_what_a_later_request_proposed_whatever_its_label_means_now() -> None:
    newer = box(source="model", status="proposed", detection=uuid4())
    assert newer.detection is not None
    made = plan([car()], [newer], later={newer.detection: ()})
    assert made.replaced == () and made.left_out == {"already_there": 1}


def test_it_keeps_an_open_proposal_that_somebody_rated_or_moved() -> None:
    for field in ("feedback", "x1", "attributes", "z"):
        old = box(source="model", status="proposed", touched=field)
        made = plan([car()], [old])
        assert made.replaced == () and made.left_out == {"already_there": 1}, field


def test_it_leaves_an_equal_proposal_in_its_place() -> None:
    old = box(source="model", status="proposed")
    made = plan([car(confidence=0.5)], [old])
    assert (made.proposals, made.replaced, made.left_out) == ((), (), {"unchanged": 1})


def test_it_counts_what_has_no_label_and_what_is_too_small() -> None:
    tiny, outside = Edges(5, 5, 5.5, 50), Edges(700, 10, 800, 20)
    made = plan([car(name="cat"), car(name="dog"), car(tiny), car(outside)], [])
    assert made.left_out == {"unmapped": 2, "too_small": 2}


def test_it_clamps_to_the_image() -> None:
    made = plan([car(Edges(-20, -5, 50, 60))], [])
    assert made.proposals[0].edges == Edges(0, 0, 50, 60)


numbers = st.floats(-50, 700, allow_nan=False).map(lambda number: round(number, 2))
edges = st.builds(
    lambda x, y, w, h: Edges(x, y, x + w, y + h), numbers, numbers, st.floats(0.1, 300), st.floats(0.1, 300)
)
candidates = st.lists(
    st.builds(Candidate, edges, st.sampled_from(["car", "bus", "cat", "dog"]), st.floats(0, 1)), max_size=12
)
inside = st.builds(
    lambda x, y, w, h: Edges(x, y, x + w, y + h),
    st.floats(0, 300),
    st.floats(0, 200),
    st.floats(1, 300),
    st.floats(1, 200),
)
boxes = st.lists(
    st.builds(
        box,
        inside,
        label=st.sampled_from([1, 2]),
        source=st.sampled_from(["human", "model"]),
        status=st.sampled_from(["proposed", "accepted", "rejected"]),
        touched=st.sampled_from(["", "x1", "feedback"]),
    ),
    max_size=10,
)


@given(candidates, boxes)
def test_it_accounts_for_every_candidate_and_never_touches_human_work(
    found: list[Candidate], there: list[BoxState]
) -> None:
    made = plan(found, there)
    assert len(made.proposals) + sum(made.left_out.values()) == len(found)
    by_id: dict[UUID, BoxState] = {one.id: one for one in there}
    for gone in made.replaced:
        assert by_id[gone].source == "model" and by_id[gone].fields["status"] == "proposed"
        assert set(by_id[gone].versions.values()) == {3}
    kept = [one for one in there if one.id not in made.replaced]
    for one in made.proposals:
        assert 0 <= one.edges.x1 < one.edges.x2 <= WIDTH and 0 <= one.edges.y1 < one.edges.y2 <= HEIGHT
        assert not any(
            is_same_object(other, one.edges, one.label) for other in kept if other.source == "human"
        )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_uncertainty_is_highest_where_the_model_cannot_decide(confidences: list[float]) -> None:
    value = uncertainty_of(confidences)
    assert value is not None and 0 <= value <= 0.5
    assert uncertainty_of([0.5]) == 0.5 and uncertainty_of([1.0]) == uncertainty_of([0.0]) == 0
    assert uncertainty_of([]) is None
