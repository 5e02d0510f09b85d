"""From a figure to the frames that it counts; and from a project to what tells that it changed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotate.figures.behind import BEHIND, frames_behind
from annotate.figures.catalogue import BY_NAME
from annotate.figures.state import state_of
from annotate.models import Frame

from .factory import Lab, figure_in, move_back, selects_of


def behind(lab: Lab, name: str, who: str | None = None, **asked: Any) -> set[int]:
    return set(frames_behind(name, lab.choice(who, **asked)).values_list("pk", flat=True))


@pytest.fixture
def busy(lab: Lab) -> dict[str, Frame]:
    """accepted, rejected and missed are complete frames of those outcomes; begun is being drawn on; fresh is not."""
    version = lab.version()
    frames = {
        name: lab.world.frame(name=name) for name in ("accepted", "rejected", "missed", "begun", "fresh")
    }
    [box] = lab.detect(frames["accepted"], version, (0.4,))
    lab.change(frames["accepted"], box, status="accepted", feedback="positive")
    [box] = lab.detect(frames["rejected"], version, label="bus")
    lab.change(frames["rejected"], box, status="rejected", who="second")
    lab.detect(frames["missed"], version, ())
    lab.draw(frames["missed"])
    lab.rate(frames["missed"], "negative")
    lab.draw(frames["begun"], who="second")
    lab.detect(frames["begun"], version, by_machine=True)
    for name in ("accepted", "rejected", "missed"):
        lab.complete(frames[name])
    lab.review(frames["accepted"], "approved")
    lab.review(frames["rejected"], "returned")
    lab.review(frames["rejected"], "approved")
    return frames


CASES: list[tuple[str, dict[str, Any], set[str]]] = [
    ("proposals", {}, {"accepted", "rejected", "missed"}),
    ("proposals", {"outcome": "accepted"}, {"accepted"}),
    ("proposals", {"outcome": "corrected"}, set()),
    ("proposals", {"outcome": "missed"}, {"missed"}),
    ("proposals", {"outcome": "missed", "threshold": 0.5}, {"accepted", "missed"}),
    ("quality", {"outcome": "judged"}, {"accepted", "rejected"}),
    ("quality", {"outcome": "judged", "threshold": 0.5}, {"rejected"}),
    ("quality", {"outcome": "right"}, {"accepted"}),
    ("quality", {"outcome": "kept"}, {"accepted", "missed"}),
    ("quality", {"outcome": "kept", "threshold": 0.5}, {"accepted", "missed"}),
    ("proposals", {"at": "2020-01-01"}, set()),
    ("versions", {"version": 2**30}, set()),
    ("box_seconds", {"action": "draw"}, {"missed", "begun"}),
    ("box_seconds", {"action": "reject"}, {"rejected"}),
    ("frame_seconds", {}, {"accepted", "rejected", "missed"}),
    ("untouched", {}, {"accepted", "missed"}),
    ("untouched", {"of": "untouched"}, {"accepted"}),
    ("sure", {}, {"begun"}),
    ("sure", {"outcome": "rejected"}, set()),
    ("feedback", {}, {"accepted", "missed"}),
    ("feedback", {"of": "image"}, {"missed"}),
    ("feedback", {"verdict": "positive"}, {"accepted"}),
    ("people", {"work": "drawn"}, {"missed", "begun"}),
    ("people", {"work": "judged"}, {"accepted", "rejected"}),
    ("people_frames", {"work": "frames"}, {"accepted", "rejected", "missed"}),
    ("reviews", {"review": "approved"}, {"accepted"}),
    ("reviews", {"review": "returned"}, {"rejected"}),
    ("reviews", {"review": "given"}, {"accepted", "rejected"}),
    ("queue", {"status": "left"}, {"begun", "fresh"}),
    ("queue", {"status": "in_progress"}, {"begun"}),
]


@pytest.mark.parametrize(("name", "asked", "expected"), CASES)
def test_it_leads_to_the_frames(
    lab: Lab, busy: dict[str, Frame], name: str, asked: dict[str, Any], expected: set[str]
) -> None:
    assert behind(lab, name, **asked) == {busy[each].pk for each in expected}


def test_it_leads_to_frames_by_label_and_by_person(lab: Lab, busy: dict[str, Frame]) -> None:
    assert behind(lab, "classes", label=lab.world.labels["bus"]) == {busy["rejected"].pk}
    second = lab.world.people["second"].pk
    assert behind(lab, "people", person=second) == {busy["rejected"].pk, busy["begun"].pk}


def test_it_leads_annotators_to_no_work_of_others(lab: Lab, busy: dict[str, Frame]) -> None:
    second = lab.world.people["second"].pk
    for name in ("people", "people_frames", "people_boxes", "reviews", "box_seconds", "frame_seconds"):
        assert busy["begun"].pk not in behind(lab, name, "annotator", person=second)
    assert behind(lab, "people", "annotator", person=second) == set()
    assert busy["rejected"].pk not in behind(lab, "box_seconds", "annotator")


def test_it_has_frames_behind_every_cell_that_is_not_nought(lab: Lab, busy: dict[str, Frame]) -> None:
    report = lab.report()
    assert {figure.name for figure in report.figures} == set(BY_NAME) == set(BEHIND)
    for name in BY_NAME:
        cells = selects_of(figure_in(report, name))
        assert cells, name
        for row, column, select in cells:
            assert behind(lab, name, **select), (name, column, row.cells)
    for number in report.numbers:
        assert not number.value or behind(lab, number.figure, **cast(dict[str, Any], number.select)), (
            number.key
        )


def test_the_seconds_of_a_day_lead_to_the_frames_that_were_ended_then(lab: Lab) -> None:
    """A frame that was begun the day before yesterday counts at its last edit alone; so does the way back to it."""
    now = timezone.now()
    early, late = lab.world.frame(name="early"), lab.world.frame(name="late")
    for frame in (early, late):
        lab.draw(frame)
        move_back(frame, now - timedelta(days=2))
    lab.draw(late, left=400)
    lab.draw(early, who="second", left=400, ms=None)  # nothing that was timed
    for frame in (early, late):
        lab.complete(frame)
    found = {}
    for row, column, select in selects_of(lab.figure("frame_seconds")):
        found[row.cells[0], column] = behind(lab, "frame_seconds", **select)
        assert len(found[row.cells[0], column]) == row.cells[2]
    before, today = (time.strftime("%Y-%m-%d") for time in (now - timedelta(days=2), now))
    assert found[before, "seconds_per_frame"] == {early.pk} and found[today, "frames"] == {late.pk}
    assert behind(lab, "frame_seconds") == {early.pk, late.pk}


def test_the_seconds_per_image_of_an_action_lead_to_complete_frames_alone(
    lab: Lab, busy: dict[str, Frame]
) -> None:
    cells = {
        (row.cells[0], column): behind(lab, "box_seconds", **select)
        for row, column, select in selects_of(lab.figure("box_seconds"))
    }
    assert cells["Draw", "boxes"] == {busy["missed"].pk, busy["begun"].pk}
    assert cells["Draw", "seconds_per_frame"] == {busy["missed"].pk}


def test_active_days_lead_to_all_that_the_person_worked_on(lab: Lab, busy: dict[str, Frame]) -> None:
    days = {
        row.cells[0]: behind(lab, "people", **select)
        for row, column, select in selects_of(lab.figure("people"))
        if column == "days"
    }
    assert days["Second"] == {busy["rejected"].pk, busy["begun"].pk}
    assert days["Annotator"] == {busy[name].pk for name in ("accepted", "rejected", "missed")}


def test_it_counts_as_many_frames_as_it_leads_to(lab: Lab, busy: dict[str, Frame]) -> None:
    for name in ("queue", "versions"):
        figure = figure_in(lab.report(), name)
        place = [column.key for column in figure.columns].index("frames")
        for row in figure.rows:
            assert len(behind(lab, name, **cast(dict[str, Any], row.select))) == row.cells[place]


CHANGES: dict[str, Callable[[Lab, dict[str, Frame]], object]] = {
    "an edit": lambda lab, frames: lab.draw(frames["fresh"]),
    "a status": lambda lab, frames: lab.complete(frames["begun"]),
    "a new frame": lambda lab, _frames: lab.world.frame(),
    "a lost frame": lambda _lab, frames: frames["fresh"].delete(),
    "a rating": lambda lab, frames: lab.rate(frames["missed"], "positive"),
    "a rating taken back": lambda lab, frames: lab.rate(frames["missed"], ""),
    "a detection": lambda lab, frames: lab.detect(frames["fresh"], lab.version("Other"), ()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_tells_by_one_query_that_something_changed(
    lab: Lab, busy: dict[str, Frame], change: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        before = state_of(lab.world.project.pk)
    assert state_of(lab.world.project.pk) == before
    CHANGES[change](lab, busy)
    assert state_of(lab.world.project.pk) != before
