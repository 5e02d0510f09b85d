"""The simulated annotator and the figures about it: known boxes in, known acts, seconds and tables out."""

from pathlib import Path

import pytest

from annotate.geometry import Edges
from bench import loop_rounds_report
from bench.annotator import Act, Proposed, Step, Tally, actions_of, pairs_of, steps_for, tally_of
from bench.bccd import DataMissing, TrueBox, photo_of
from bench.detection_report import ratio
from bench.loop_client import apply
from bench.loop_report import markdown
from bench.loop_round import Worked, is_as_meant, wrong_boxes

CELL = TrueBox("RBC", Edges(0, 0, 100, 100))
OTHER = TrueBox("WBC", Edges(200, 0, 300, 100))
XML = """<annotation><size><width>640</width><height>480</height></size>
<object><name>WBC</name><bndbox><xmin>-5</xmin><ymin>315</ymin><xmax>286</xmax><ymax>490</ymax></bndbox></object>
<object><name>RBC</name><bndbox><xmin>7</xmin><ymin>9</ymin><xmax>7</xmax><ymax>40</ymax></bndbox></object>
</annotation>"""


def proposal(width: float = 100, name: str = "RBC", box: str = "a") -> Proposed:
    """Over CELL, with an IoU of ``width`` percent."""
    return Proposed(box, name, Edges(0, 0, width, 100))


def acts(*proposals: Proposed, truth: tuple[TrueBox, ...] = (CELL,)) -> list[str]:
    return [step.act for step in steps_for(proposals, truth)]


@pytest.mark.parametrize(
    ("width", "name", "expected"),
    [
        (75, "RBC", ["accept"]),
        (74, "RBC", ["adjust"]),
        (50, "RBC", ["adjust"]),
        (49, "RBC", ["reject", "draw"]),
        (75, "WBC", ["relabel"]),
        (60, "WBC", ["relabel and adjust"]),
        (40, "WBC", ["reject", "draw"]),
    ],
)
def test_it_judges_by_overlap_and_class(width: float, name: str, expected: list[str]) -> None:
    assert acts(proposal(width, name)) == expected


def test_it_draws_everything_where_nothing_is_proposed() -> None:
    assert acts(truth=(CELL, OTHER)) == ["draw", "draw"]


def test_it_rejects_the_second_proposal_of_one_object() -> None:
    assert acts(proposal(80, box="a"), proposal(90, box="b")) == ["reject", "accept"]


def test_it_prefers_the_right_class_to_the_closer_box() -> None:
    pairs = pairs_of([proposal(95, "WBC", "a"), proposal(60, "RBC", "b")], [CELL])
    assert [pair.proposed.box for pair in pairs] == ["b"]


def test_it_draws_both_of_two_equal_true_boxes() -> None:
    twin = TrueBox("RBC", Edges(0, 0, 100, 100))
    assert acts(truth=(CELL, twin)) == ["draw", "draw"]
    assert acts(proposal(), truth=(CELL, twin)) == ["draw", "accept"]


def tally() -> Tally:
    proposals = [proposal(80, box="a"), Proposed("b", "RBC", Edges(400, 0, 450, 50))]
    truth = [CELL, OTHER]
    return tally_of([(proposals, truth, steps_for(proposals, truth))])


def test_it_adds_up_the_seconds_of_the_cost_model() -> None:
    assert tally().seconds == pytest.approx(1.6 + 1.6 + 7.0)
    assert Step(Act.ACCEPT).ms == 1600


def test_all_that_is_right_on_a_frame_is_one_action() -> None:
    accepted, drawn = Step(Act.ACCEPT), Step(Act.DRAW)
    assert [actions_of(steps) for steps in ([], [drawn], [accepted], [drawn, accepted, accepted, drawn])] == [
        0, 1, 1, 3,
    ]  # fmt: skip
    assert tally().actions == 3


def test_it_tells_precision_from_recall() -> None:
    proposals, truth = [proposal(80)], [CELL, OTHER]
    found = tally_of([(proposals, truth, steps_for(proposals, truth))])
    assert (found.precision, found.recall) == (1.0, 0.5)
    assert (tally().precision, tally().recall) == (0.5, 0.5)


def test_a_wrong_class_is_not_found() -> None:
    proposals = [proposal(80, "WBC")]
    assert tally_of([(proposals, [CELL], steps_for(proposals, [CELL]))]).recall == 0


def test_it_reads_voc_and_leaves_out_what_is_no_box() -> None:
    photo = photo_of("one", Path("one.jpg"), XML)
    assert (photo.width, photo.height) == (640, 480)
    assert photo.boxes == (TrueBox("WBC", Edges(0, 315, 286, 480)),)


def test_it_says_what_a_file_lacks() -> None:
    with pytest.raises(DataMissing, match="size/width"):
        photo_of("one", Path("one.jpg"), "<annotation/>")


# What the database holds


def worked(*steps: tuple[str, Step]) -> Worked:
    return Worked(7, [], [step.true for _, step in steps if step.true], dict(steps), [])


def test_a_database_that_holds_what_was_done_is_right() -> None:
    done = worked(("a", Step(Act.DRAW, true=CELL)), ("b", Step(Act.REJECT, "b")))
    assert wrong_boxes(done, {"a": ("RBC", [0, 0, 100, 100])}) == []


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"a": ("WBC", [0, 0, 100, 100])},
        {"a": ("RBC", [0, 0, 100, 99])},
        {"a": ("RBC", [0, 0, 100, 100]), "b": ("RBC", [0, 0, 9, 9])},
    ],
)
def test_it_notices_what_the_database_has_otherwise(stored: dict[str, tuple[str, list[float]]]) -> None:
    assert wrong_boxes(worked(("a", Step(Act.DRAW, true=CELL))), stored)


def test_an_accepted_proposal_may_lie_beside_the_true_box() -> None:
    step = Step(Act.ACCEPT, "a", CELL)
    assert is_as_meant(step, "RBC", Edges(0, 0, 76, 100))
    assert not is_as_meant(step, "RBC", Edges(0, 0, 74, 100))
    assert not is_as_meant(step, "WBC", Edges(0, 0, 100, 100))


def test_it_follows_the_operations_of_a_frame() -> None:
    boxes: dict[str, dict[str, object]] = {}
    apply({"box": "a", "k": "create", "r": 4, "f": {"x1": 1, "status": "proposed"}}, boxes)
    assert boxes["a"]["versions"] == {"x1": 4, "status": 4, "deleted": 4}
    apply({"box": "a", "k": "set", "r": 5, "f": {"status": "accepted"}}, boxes)
    assert (boxes["a"]["status"], boxes["a"]["versions"]) == (
        "accepted",
        {"x1": 4, "status": 5, "deleted": 4},
    )
    apply({"box": "a", "k": "delete", "r": 6, "f": {}}, boxes)
    assert boxes == {}


# Tables


def test_a_round_without_proposals_shows_no_precision() -> None:
    counts = dict.fromkeys(("accepted", "adjusted", "relabelled", "rejected"), 0)
    row = {
        "round": "from scratch",
        "frames": 2,
        "proposals": 0,
        "drawn": 26,
        "seconds_per_frame": 91.0,
        **counts,
    }
    assert "| from scratch | 0.0 |  |  | 0.0 | 0.0 | 0.0 | 0.0 | 13.0 | 91.0 |  |" in markdown([row])


def test_what_has_to_be_corrected_is_all_but_what_is_accepted() -> None:
    acts = dict(zip([act.value for act in Act], (4, 10, 6, 2, 1, 3), strict=True))  # in the order of Act
    row = {
        **{
            "order": "random",
            "start": 20,
            "end": 30,
            "frames": 10,
            "proposals": 22,
            "precision": 0.5,
            "recall": 0.5,
        },
        **{"acts": acts, "actions": 20, "seconds_per_frame": 7.0, "drawing_per_frame": 14.0, "model": None},
    }
    head, _, line, *_ = loop_rounds_report.markdown([row]).splitlines()
    said = dict(zip(head.split(" | "), line.split(" | "), strict=True))
    assert (said["accepted"], said["actions/frame"], said["corrections/frame"]) == ("1.0", "2.0", "1.6")


def test_the_ratio_compares_within_each_round() -> None:
    walls = {"bare": [10.0, 20.0, 30.0], "product": [11.0, 24.0, 33.0]}
    ways = {
        way: [{"round": turn, "wall": wall} for turn, wall in enumerate(found)]
        for way, found in walls.items()
    }
    assert ratio(ways, "wall") == pytest.approx(1.1)
