"""What becomes of proposals: over time, by version, by label, at a threshold; on SQLite and on PostgreSQL."""

from datetime import timedelta

from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotate.figures.report import report_for
from tests.sync.world import make_world

from .factory import Lab, figure_in, last, move_back, rows_of


def judge_all(lab: Lab) -> None:
    """On one complete frame: one accepted, one moved a little, one moved far, one rejected, one drawn; one open."""
    frame = lab.world.frame()
    version = lab.version()
    first, near, far, no, _open = lab.detect(frame, version, (0.9, 0.8, 0.7, 0.3, 0.2))
    lab.change(frame, first, status="accepted")
    lab.change(frame, near, status="accepted", x1=12.0)
    lab.change(frame, far, status="accepted", x1=90.0, x2=200.0)
    lab.change(frame, no, status="rejected")
    lab.draw(frame)
    lab.complete(frame)


def test_it_counts_what_became_of_proposals(lab: Lab) -> None:
    judge_all(lab)
    today = last(lab.figure("proposals"))
    assert {name: today[name] for name in ("frames", "accepted", "corrected", "rejected", "missed")} == {
        "frames": 1, "accepted": 1, "corrected": 2, "rejected": 1, "missed": 1,
    }  # fmt: skip
    assert today["corrected_per_frame"] == 2


def test_it_measures_precision_and_recall_on_complete_frames(lab: Lab) -> None:
    judge_all(lab)
    quality = last(lab.figure("quality"))
    assert (quality["right"], quality["judged"], quality["kept"]) == (2, 4, 4)
    assert (quality["precision"], quality["recall"]) == (0.5, 0.5)


def test_it_counts_again_at_the_threshold_that_is_asked_for(lab: Lab) -> None:
    judge_all(lab)
    today = last(lab.figure("proposals", threshold=0.85))
    assert (today["accepted"], today["corrected"], today["rejected"], today["missed"]) == (1, 0, 0, 3)
    quality = last(lab.figure("quality", threshold=0.85))
    assert (quality["precision"], quality["recall"]) == (1, 0.25)
    curve = {row["threshold"]: row for row in rows_of(lab.figure("thresholds"))}
    assert (curve[0.85]["precision"], curve[0.85]["recall"], curve[0.95]["judged"]) == (1, 0.25, 0)


def test_it_takes_a_relabelled_proposal_for_wrong(lab: Lab) -> None:
    frame = lab.world.frame()
    [box] = lab.detect(frame, lab.version())
    lab.change(frame, box, status="accepted", label=lab.world.labels["bus"])
    lab.complete(frame)
    quality = last(lab.figure("quality"))
    assert (quality["precision"], quality["recall"]) == (0, 0)
    assert [row["label"] for row in rows_of(lab.figure("classes"))] == ["car"]


def test_it_calls_missed_only_what_was_drawn_after_the_model_looked(lab: Lab) -> None:
    frame, other, silent = lab.world.frame(), lab.world.frame(), lab.world.frame()
    version = lab.version()
    lab.draw(frame)
    lab.detect(frame, version, ())
    drawn, deleted = lab.draw(frame, left=400), lab.draw(frame, left=500)
    lab.delete(frame, deleted)
    lab.draw(other)
    lab.detect(silent, version, is_silent=True)
    lab.draw(silent)
    assert last(lab.figure("proposals"))["missed"] == 0, "no frame is complete"
    for one in (frame, other, silent):
        lab.complete(one)
    today = last(lab.figure("proposals"))
    assert (today["missed"], today["frames"]) == (1, 1)
    assert drawn


def test_it_shows_nothing_of_what_was_found_in_silence(lab: Lab) -> None:
    frame = lab.world.frame(is_blind=True)
    lab.detect(frame, lab.version(), (0.9, 0.8), is_silent=True)
    lab.complete(frame)
    report = lab.report()
    assert rows_of(figure_in(report, "versions")) == [] and report.versions == []
    assert last(figure_in(report, "proposals"))["frames"] == 0


def test_it_tells_versions_and_labels_apart(lab: Lab) -> None:
    old, new, frame, second = lab.version(), lab.version(number=2), lab.world.frame(), lab.world.frame()
    [one] = lab.detect(frame, old)
    lab.change(frame, one, status="rejected")
    for box in lab.detect(second, new, (0.9, 0.8), label="bus"):
        lab.change(second, box, status="accepted")
    versions = {row["version"]: row for row in rows_of(lab.figure("versions"))}
    assert (versions["Nano 1"]["rejected"], versions["Nano 2"]["accepted"]) == (1, 2)
    assert (versions["Nano 1"]["accepted_share"], versions["Nano 2"]["accepted_share"]) == (0, 1)
    assert versions["Nano 2"]["accepted_per_frame"] == 2
    labels = {row["label"]: row for row in rows_of(lab.figure("classes"))}
    assert (labels["car"]["rejected"], labels["bus"]["accepted"], labels["bus"]["frames"]) == (1, 2, 1)
    chosen = lab.report(version=old.pk)
    assert last(figure_in(chosen, "proposals"))["accepted"] == 0
    assert {option.name for option in chosen.versions} == {"Nano 1", "Nano 2"}, "others can still be chosen"
    assert last(lab.figure("proposals", label=lab.world.labels["bus"]))["rejected"] == 0


def test_it_puts_each_verdict_in_its_day_and_forgets_what_is_before_the_first(lab: Lab) -> None:
    version, now = lab.version(), timezone.now()
    for days in (0, 3, 40):
        frame = lab.world.frame()
        [box] = lab.detect(frame, version)
        lab.change(frame, box, status="accepted")
        lab.draw(frame)
        lab.complete(frame)
        move_back(frame, now - timedelta(days=days))
    rows = rows_of(lab.figure("proposals"))
    assert [len(rows) - place for place, row in enumerate(rows) if row["accepted"]] == [4, 1]
    assert [len(rows) - place for place, row in enumerate(rows) if row["missed"]] == [4, 1]
    assert sum(row["accepted"] for row in rows_of(lab.figure("proposals", days=90))) == 3


def test_it_counts_by_the_hour_for_one_day(lab: Lab) -> None:
    frame, now = lab.world.frame(), timezone.now()
    [box] = lab.detect(frame, lab.version())
    lab.change(frame, box, status="accepted")
    move_back(frame, now - timedelta(hours=2))
    rows = rows_of(figure_in(report_for(lab.choice(now=now, days=1)), "proposals"))
    assert [place for place, row in enumerate(rows) if row["accepted"]] == [21]


def test_it_sees_nothing_of_another_project(lab: Lab) -> None:
    before = lab.report()
    assert before.is_empty
    judge_all_again(Lab(make_world()))
    assert lab.report() == before


def test_it_reads_everything_by_a_dozen_queries_whatever_there_is(
    lab: Lab, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _frame in range(3):
        judge_all_again(lab)
    with django_assert_num_queries(16):
        report_for(lab.choice())


def judge_all_again(lab: Lab) -> None:
    frame = lab.world.frame()
    version = lab.version(name=f"Nano {frame.pk}")
    for box in lab.detect(frame, version, (0.9, 0.4)):
        lab.change(frame, box, status="accepted", feedback="positive")
    lab.draw(frame)
    lab.rate(frame, "negative")
    lab.complete(frame)
