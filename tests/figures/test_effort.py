"""Seconds, work by person, feedback, what no hand touched, and what is left."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.figures.times import Effort, effort_of, times_for
from annotate.frames import set_status
from annotate.models import Frame, Operation

from .factory import Lab, figure_in, last, move_back, rows_of


def by_first(rows: list[dict[str, object]]) -> dict[object, dict[str, object]]:
    return {next(iter(row.values())): row for row in rows}


def test_it_takes_the_median_by_kind_of_action(lab: Lab) -> None:
    frame = lab.world.frame()
    first, second, third, fourth = lab.detect(frame, lab.version(), (0.9, 0.8, 0.7, 0.6))
    lab.change(frame, first, status="accepted", ms=1000)
    lab.change(frame, second, status="accepted", ms=3000)
    lab.change(frame, third, status="accepted", x1=15.0, ms=4000)
    lab.change(frame, fourth, status="rejected", ms=500)
    drawn = lab.draw(frame, ms=7000)
    lab.change(frame, drawn, x1=310.0, ms=2500)
    lab.change(frame, drawn, label=lab.world.labels["bus"], ms=800)
    lab.change(frame, drawn, z=4.0, ms=100_000)
    lab.draw(frame, left=400, ms=None)
    lab.delete(frame, drawn)
    found = by_first(rows_of(lab.figure("box_seconds")))
    assert {name: row["seconds_per_box"] for name, row in found.items()} == {
        "Draw": 7, "Accept": 2, "Correct": 4, "Reject": 0.5, "Adjust": 2.5, "Relabel": 0.8, "Delete": 0.9,
    }  # fmt: skip
    assert found["Accept"]["boxes"] == 2 and found["Accept"]["seconds_per_frame"] is None
    lab.complete(frame)
    assert by_first(rows_of(lab.figure("box_seconds")))["Accept"]["seconds_per_frame"] == 4


def test_it_sums_the_seconds_of_each_person_on_a_complete_frame(lab: Lab) -> None:
    frames = [lab.world.frame() for _ in range(2)]
    for frame, ms in zip(frames, (6000, 2000), strict=True):
        lab.draw(frame, ms=ms)
        lab.draw(frame, ms=1000, left=400)
    lab.draw(frames[0], who="second", ms=4000, left=450)
    lab.complete(frames[0])
    today = last(lab.figure("frame_seconds"))
    assert (today["seconds_per_frame"], today["frames"]) == (5.5, 2)


def test_the_seconds_of_an_image_are_all_that_were_spent_on_it(lab: Lab) -> None:
    """Also those of a neutral verdict, which decides nothing, and of what is said of the whole detection."""
    frame = lab.world.frame()
    kept, open_one = lab.detect(frame, lab.version(), (0.9, 0.8))
    lab.change(frame, kept, status="accepted", ms=1000)
    lab.change(frame, open_one, feedback="neutral", ms=2000)
    lab.rate(frame, "positive")
    Operation.objects.filter(frame=frame, kind="rate").update(ms=4000)
    lab.complete(frame)
    assert last(lab.figure("frame_seconds"))["seconds_per_frame"] == 7
    numbers = {number.key: number.value for number in lab.report().numbers}
    assert (numbers["frame_seconds"], numbers["box_seconds"]) == (7, 1)
    [row] = rows_of(lab.figure("box_seconds"))
    assert (row["action"], row["boxes"], row["seconds_per_frame"]) == ("Accept", 1, 1)
    assert effort_of(times_for(lab.choice())) == Effort(1, 1, 1, 7)


def test_a_proposal_that_is_deleted_is_rejected(lab: Lab) -> None:
    frame = lab.world.frame()
    [proposed] = lab.detect(frame, lab.version())
    lab.delete(frame, proposed)
    lab.delete(frame, lab.draw(frame))
    found = by_first(rows_of(lab.figure("box_seconds")))
    assert {name: row["boxes"] for name, row in found.items()} == {"Draw": 1, "Reject": 1, "Delete": 1}
    assert rows_of(lab.figure("people"))[0]["judged"] == 1


def test_it_narrows_the_seconds_of_boxes_to_a_version_and_a_label(lab: Lab) -> None:
    frame, version = lab.world.frame(), lab.version()
    [car] = lab.detect(frame, version)
    [bus] = lab.detect(frame, version, label="bus")
    lab.change(frame, car, status="accepted", ms=1000)
    lab.change(frame, bus, status="accepted", ms=3000)
    lab.draw(frame, label="bus", ms=9000)

    def seconds(**asked: Any) -> dict[object, object]:
        return {row["action"]: row["seconds_per_box"] for row in rows_of(lab.figure("box_seconds", **asked))}

    assert seconds() == {"Draw": 9, "Accept": 2}
    assert seconds(version=version.pk) == {"Accept": 2}
    assert seconds(label=lab.world.labels["bus"]) == {"Draw": 9, "Accept": 3}
    assert seconds(version=version.pk, label=lab.world.labels["car"]) == {"Accept": 1}


def test_an_image_that_is_completed_on_two_days_is_one_image(lab: Lab) -> None:
    frame = lab.world.frame()
    lab.complete(frame)
    move_back(frame, timezone.now() - timedelta(days=2))
    set_status(frame.pk, Frame.Status.IN_PROGRESS, lab.world.people["annotator"])
    lab.complete(frame)
    assert rows_of(lab.figure("people"))[0]["frames"] == 1
    client, person = Client(), lab.world.people["annotator"]
    client.force_login(person)
    page = client.get(reverse("person", args=[lab.world.project.pk, person.pk]))
    assert page.context["numbers"][0][:2] == ("1", "images completed")
    assert [bar["count"] for bar in page.context["bars"]][-3:] == [1, 0, 1], (
        "each day says what was done then"
    )


def test_what_an_import_declares_complete_is_no_work_of_who_brought_it(lab: Lab) -> None:
    brought, own = lab.world.frame(), lab.world.frame()
    person = lab.world.people["annotator"]
    set_status(brought.pk, Frame.Status.COMPLETE, person, is_import=True)
    assert rows_of(lab.figure("people")) == []
    lab.complete(own)
    assert [row["frames"] for row in rows_of(lab.figure("people"))] == [1]
    client = Client()
    client.force_login(person)
    page = client.get(reverse("person", args=[lab.world.project.pk, person.pk]))
    assert page.context["numbers"][0][:2] == ("1", "images completed")


def test_it_shows_annotators_their_own_work_alone(lab: Lab) -> None:
    frame = lab.world.frame()
    lab.draw(frame, ms=2000)
    lab.draw(frame, who="second", ms=9000, left=400)
    lab.complete(frame, who="second")
    mine = lab.report("annotator")
    assert [row["person"] for row in rows_of(figure_in(mine, "people"))] == ["Annotator"]
    assert rows_of(figure_in(mine, "box_seconds"))[0]["seconds_per_box"] == 2
    for name in ("people_frames", "people_boxes"):
        others = f"person_{lab.world.people['second'].pk}"
        assert others not in {column.key for column in figure_in(mine, name).columns}
    everybody = lab.report()
    assert {row["person"] for row in rows_of(figure_in(everybody, "people"))} == {"Annotator", "Second"}


def test_it_counts_frames_boxes_and_verdicts_by_person(lab: Lab) -> None:
    frame, later = lab.world.frame(), lab.world.frame()
    boxes = lab.detect(frame, lab.version(), (0.9, 0.8))
    lab.change(frame, boxes[0], status="accepted")
    lab.change(frame, boxes[1], status="rejected")
    lab.draw(frame)
    lab.complete(frame)
    lab.draw(later, who="second")
    move_back(later, timezone.now() - timedelta(days=2))
    found = by_first(rows_of(lab.figure("people")))
    assert found["Annotator"] == {"person": "Annotator", "frames": 1, "drawn": 1, "judged": 2, "days": 1}
    assert found["Second"] == {"person": "Second", "frames": 0, "drawn": 1, "judged": 0, "days": 1}
    second = f"person_{lab.world.people['second'].pk}"
    boxes_by_day = rows_of(lab.figure("people_boxes"))
    assert (boxes_by_day[-3][second], boxes_by_day[-1][second]) == (1, 0)


def test_it_measures_what_no_hand_touched_on_complete_frames(lab: Lab) -> None:
    frame, open_frame = lab.world.frame(), lab.world.frame()
    version = lab.version()
    kept, moved, _undecided = lab.detect(frame, version, (0.9, 0.8, 0.3))
    lab.change(frame, kept, status="accepted")
    lab.change(frame, moved, status="accepted", x1=15.0)
    lab.draw(frame)
    [other] = lab.detect(open_frame, version)
    lab.change(open_frame, other, status="accepted")
    lab.complete(frame)
    [row] = rows_of(lab.figure("untouched"))
    assert (row["label"], row["untouched"], row["boxes"]) == ("car", 1, 3)
    lab.change(frame, kept, x1=16.0)
    assert rows_of(lab.figure("untouched"))[0]["untouched"] == 0
    set_status(frame.pk, Frame.Status.IN_PROGRESS, lab.world.people["annotator"])
    assert rows_of(lab.figure("untouched")) == []


def test_it_counts_feedback_on_boxes_and_on_images(lab: Lab) -> None:
    frame = lab.world.frame()
    boxes = lab.detect(frame, lab.version(), (0.9, 0.8))
    lab.change(frame, boxes[0], status="accepted", feedback="positive")
    lab.change(frame, boxes[1], feedback="neutral")
    lab.rate(frame, "negative")
    today = last(lab.figure("feedback"))
    assert {key: value for key, value in today.items() if value and key != "time"} == {
        "box_positive": 1, "box_neutral": 1, "image_negative": 1,
    }  # fmt: skip


def test_it_narrows_feedback_to_a_version_and_that_of_boxes_to_a_label(lab: Lab) -> None:
    frame, version, other = lab.world.frame(), lab.version(), lab.version(number=2)
    [car] = lab.detect(frame, version)
    [bus] = lab.detect(frame, version, label="bus")
    lab.change(frame, car, status="accepted", feedback="positive")
    lab.change(frame, bus, feedback="positive")
    lab.rate(frame, "positive")

    def counts(**asked: Any) -> tuple[object, object]:
        today = last(lab.figure("feedback", **asked))
        return today["box_positive"], today["image_positive"]

    assert counts() == counts(version=version.pk) == (2, 1)
    assert counts(label=lab.world.labels["bus"]) == (1, 1)
    assert counts(version=other.pk) == (0, 0)


def test_it_narrows_what_no_hand_touched_to_a_label(lab: Lab) -> None:
    frame = lab.world.frame()
    [box] = lab.detect(frame, lab.version())
    lab.change(frame, box, status="accepted")
    lab.draw(frame, label="bus")
    lab.complete(frame)
    report = lab.report(label=lab.world.labels["car"])
    assert [row["label"] for row in rows_of(figure_in(report, "untouched"))] == ["car"]
    assert {number.key: number.value for number in report.numbers}["untouched"] == 1


def test_nothing_in_this_choice_is_not_nothing_yet(lab: Lab) -> None:
    frame = lab.world.frame()
    lab.detect(frame, lab.version())
    lab.rate(frame, "positive")
    assert not lab.report().is_empty
    assert not lab.report(version=lab.version(number=2).pk).is_empty


def test_it_counts_what_is_left(lab: Lab) -> None:
    lab.world.frame()
    begun, done = lab.world.frame(), lab.world.frame()
    lab.draw(begun)
    lab.complete(done)
    report = lab.report()
    assert [row["frames"] for row in rows_of(figure_in(report, "queue"))] == [1, 1, 1]
    assert {number.key: number.value for number in report.numbers}["left"] == 2


def test_it_says_that_there_is_nothing_yet(lab: Lab) -> None:
    lab.world.frame()
    report = lab.report()
    assert report.is_empty
    assert [number.value for number in report.numbers] == [None, None, None, None, None, None, 1]


def test_it_gives_a_person_the_same_line_in_both_plots(lab: Lab) -> None:
    frame = lab.world.frame()
    for left in (300, 350, 400):
        lab.draw(frame, who="second", left=left)
    lab.complete(frame, who="annotator")
    report = lab.report()
    keys = [
        [column.key for column in figure_in(report, name).columns]
        for name in ("people_frames", "people_boxes")
    ]
    assert keys[0] == keys[1] and len(keys[0]) == 3
