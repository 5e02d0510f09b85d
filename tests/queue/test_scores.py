"""What detections left in the database, as one number per frame."""

from typing import Any

import pytest

from annotate.models import Box, Frame, Proposal
from annotate.queue import score_frames
from annotate.queue.scores import parts_of
from tests.pages.conftest import add_box

from .conftest import Queue


def score(frame: Frame) -> float | None:
    return Frame.objects.get(pk=frame.pk).score


def test_it_prefers_what_the_model_is_unsure_of(queue: Queue) -> None:
    sure, unsure, unseen = queue.frame(), queue.frame(), queue.frame()
    queue.detect(sure, [0.98, 0.99])
    queue.detect(unsure, [0.5, 0.6])
    assert score_frames([sure.pk, unsure.pk, unseen.pk]) == 2
    assert score(unsure) == pytest.approx(0.5 * (1 + 0.8) / 2)
    assert 0 < (score(sure) or 0) < (score(unsure) or 0)
    assert score(unseen) is None


def test_it_writes_only_what_changed(queue: Queue) -> None:
    frame = queue.frame()
    queue.detect(frame, [0.5])
    assert [score_frames([frame.pk]), score_frames([frame.pk]), score_frames([])] == [1, 0, 0]


def test_it_forgets_the_score_of_a_frame_where_nothing_is_found_any_more(queue: Queue) -> None:
    frame = queue.frame(score=0.7)
    queue.detect(frame, [0.5], uncertainty=None)
    score_frames([frame.pk])
    assert score(frame) is None


def test_it_prefers_a_rare_class(queue: Queue) -> None:
    common, rare = queue.frame(), queue.frame()
    for place in range(15):
        add_box(common, queue.labels["boat"], left=place)
    for place in range(3):
        add_box(common, queue.labels["buoy"], left=place)
    queue.detect(common, [0.5])
    queue.propose(queue.detect(rare, [0.5]), 0.5, left=300, label="buoy")
    parts = parts_of([common.pk, rare.pk])
    assert parts[common.pk].rarity == pytest.approx((10 / 16) ** 0.5)
    assert parts[rare.pk].rarity == pytest.approx((10 / 4) ** 0.5), "the one buoy counts, beside the boat"


def test_it_counts_neither_deleted_nor_proposed_boxes_as_known(queue: Queue) -> None:
    frame = queue.frame()
    for place in range(15):
        box = add_box(frame, queue.labels["boat"], left=place)
        Box.objects.filter(pk=box.pk).update(deleted_revision=3)
        add_box(frame, queue.labels["boat"], left=place, status="proposed")
    queue.detect(frame, [0.5])
    assert parts_of([frame.pk])[frame.pk].rarity == 1.0


def replaced(proposal: Proposal, *, at: int) -> None:
    Proposal.objects.filter(pk=proposal.pk).update(outcome="replaced", judged_revision=at)


def test_it_compares_the_last_two_passes(queue: Queue) -> None:
    frame = queue.frame()
    first = queue.detect(frame, [0.5, 0.5], revision=2)
    assert parts_of([frame.pk])[frame.pk].disagreement is None, "a single pass"
    gone, kept = Proposal.objects.filter(detection=first.detection).order_by("x1")
    second = queue.detect(frame, [0.5], revision=4)
    Proposal.objects.filter(detection=second.detection).update(x1=25, x2=75)  # where the first was, and moved
    replaced(gone, at=3)
    # Of two boxes one moved by half (IoU 1/3), one is unchanged (IoU 1).
    assert parts_of([frame.pk])[frame.pk].disagreement == pytest.approx(1 - (1 / 3 + 1) / 2)
    assert kept.outcome == "open"


def test_it_finds_no_disagreement_when_a_pass_repeats_the_last(queue: Queue) -> None:
    frame = queue.frame()
    queue.detect(frame, [0.5, 0.7], revision=2)
    queue.detect(frame, [0.5], revision=2, uncertainty=0.4).detection.proposals.all().delete()
    parts = parts_of([frame.pk])[frame.pk]
    assert (parts.disagreement, parts.uncertainty) == (0.0, 0.4)


def test_a_pass_that_a_later_request_had_overtaken_says_nothing(queue: Queue) -> None:
    frame = queue.frame()
    queue.detect(frame, [0.5, 0.6])
    before = parts_of([frame.pk])
    overtaken = queue.detect(frame, [0.9], uncertainty=None, left_out={"overtaken": 0})
    overtaken.detection.proposals.all().delete()
    assert parts_of([frame.pk]) == before and before[frame.pk].disagreement is None


def test_it_leaves_out_what_an_earlier_pass_had_replaced(queue: Queue) -> None:
    frame = queue.frame()
    oldest = queue.detect(frame, [0.5], revision=2)
    replaced(oldest.detection.proposals.get(), at=3)
    queue.detect(frame, [0.5, 0.6], revision=5)
    queue.detect(frame, [0.5], revision=5).detection.proposals.all().delete()
    assert parts_of([frame.pk])[frame.pk].disagreement == 0.0


def test_it_leaves_out_what_people_have_judged(queue: Queue) -> None:
    frame = queue.frame()
    row = queue.detect(frame, [0.5, 0.6], revision=2)
    row.detection.proposals.update(outcome="rejected", judged_revision=3)
    queue.detect(frame, [0.7], revision=4)
    assert parts_of([frame.pk])[frame.pk].disagreement == 1.0


def test_it_gives_the_blind_sample_no_score(queue: Queue) -> None:
    frame = queue.frame(is_blind=True, score=0.3)
    queue.detect(frame, [0.5], is_silent=True)
    assert parts_of([frame.pk]) == {}
    score_frames([frame.pk])
    assert score(frame) is None


def test_it_asks_no_more_questions_for_more_frames(queue: Queue, django_assert_num_queries: Any) -> None:
    frames = [queue.frame() for _ in range(6)]
    for frame in frames:
        queue.detect(frame, [0.5, 0.6])
        queue.detect(frame, [0.5])
    with django_assert_num_queries(5):
        parts_of([frames[0].pk])
    with django_assert_num_queries(5):
        parts_of([frame.pk for frame in frames])
