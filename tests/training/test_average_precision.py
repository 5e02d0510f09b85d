"""COCO's numbers, and what makes resampling cheap."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from annotate.training.average_precision import mean, means, tables
from annotate.training.dataset import Truth
from annotate.training.matching import Numbers, Proposals, found
from tests.training.made import scene

# Seed, mean over classes and thresholds, mean at 0.5: computed by pycocotools 2.0.11 on the same scenes.
BY_COCO = [
    (1, 0.36265513789185977, 0.5426952655680822),
    (2, 0.3237190676584778, 0.4550738407174051),
    (3, 0.28554601778391836, 0.3594042037256946),
]


@pytest.mark.parametrize(("seed", "everywhere", "at_half"), BY_COCO)
def test_the_numbers_are_those_of_coco(seed: int, everywhere: float, at_half: float) -> None:
    truths, proposals, classes = scene(seed)
    averages = means(tables(proposals, truths, classes), np.ones((1, len(truths))))
    assert mean(averages)[0] == pytest.approx(everywhere, abs=1e-12)
    assert mean(averages[:, :, :1])[0] == pytest.approx(at_half, abs=1e-12)


@pytest.mark.parametrize("seed", range(4, 14))
def test_coco_itself_says_the_same(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pycocotools")
    truths, proposals, classes = scene(seed)
    averages = means(tables(proposals, truths, classes), np.ones((1, len(truths))))[0]
    assert averages == pytest.approx(by_coco(truths, proposals, classes), nan_ok=True, abs=1e-12)


def _boxes(many: Sequence[Any]) -> list[dict[str, Any]]:
    """As COCO writes them; what people drew has no score, which COCO does not ask for."""
    return [
        {"image_id": frame, "category_id": int(number), "bbox": [*low, *(high - low)], "score": float(score)}
        for frame, one in enumerate(many)
        for low, high, number, score in zip(
            one.boxes[:, :2], one.boxes[:, 2:], one.classes, getattr(one, "scores", one.classes), strict=True
        )
    ]


def by_coco(truths: Sequence[Truth], proposals: Sequence[Proposals], classes: int) -> Numbers:
    """Classes x thresholds."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    drawn, said = _boxes(truths), _boxes(proposals)
    about = [{"id": place, "iscrowd": 0, "area": 1.0, **box} for place, box in enumerate(drawn, 1)]
    known = COCO()
    known.dataset = {
        "images": [{"id": frame} for frame in range(len(truths))],
        "categories": [{"id": number} for number in range(classes)],
        "annotations": about,
    }
    known.createIndex()
    judge = COCOeval(known, known.loadRes(said), "bbox")
    judge.params.areaRng, judge.params.areaRngLbl, judge.params.maxDets = [[0, 1e10]], ["all"], [100]
    judge.evaluate()
    judge.accumulate()
    by_recall = judge.eval["precision"][:, :, :, 0, 0].mean(axis=1).T
    return np.where(by_recall < 0, np.nan, by_recall)


@pytest.mark.parametrize("seed", range(10))
def test_a_frame_that_does_not_count_might_as_well_not_be_there(seed: int) -> None:
    truths, proposals, classes = scene(seed)
    chance = np.random.default_rng(seed)
    proposals = [
        Proposals(one.boxes, one.classes, np.sort(chance.random(len(one)))[::-1]) for one in proposals
    ]
    weights = np.array([0, 1] * (len(truths) // 2))
    kept = np.flatnonzero(weights)
    fewer = tables([proposals[place] for place in kept], [truths[place] for place in kept], classes)
    weighted = means(tables(proposals, truths, classes), weights[None].astype(float))
    assert weighted == pytest.approx(means(fewer, np.ones((1, len(kept)))), nan_ok=True, abs=1e-12)


def test_of_boxes_that_it_overlaps_equally_a_proposal_takes_the_last_as_for_coco() -> None:
    """The second one finds its only box taken."""
    assert found(np.array([[0.6, 0.6], [0.0, 0.7]]))[0].tolist() == [True, False]
    assert found(np.array([[0.6, 0.6], [0.7, 0.0]]))[0].tolist() == [True, True]


def test_a_frame_that_counts_twice_weighs_twice() -> None:
    """One class, every frame one box and one proposal, found in the first frame only: 2 of 3 and 1 of 3 by hand."""
    square = np.array([[0.0, 0.0, 10.0, 10.0]])
    truths = [Truth(square, np.array([0]))] * 2
    hit = Proposals(square, np.array([0]), np.array([0.9]))
    lost = Proposals(square + 100, np.array([0]), np.array([0.8]))
    table = tables([hit, lost], truths, 1)
    recalls = np.linspace(0, 1, 101)
    for weights in ([2.0, 1.0], [1.0, 2.0]):
        reached = np.count_nonzero(recalls <= weights[0] / 3) / 101
        assert means(table, np.array([weights])) == pytest.approx(reached)


def test_a_class_without_boxes_has_no_average_precision() -> None:
    truths, proposals, classes = scene(0)
    averages = means(tables(proposals, truths, classes), np.ones((1, len(truths))))
    assert np.isnan(averages[0, -1]).all() and not np.isnan(averages[0, :-1]).any()


def test_perfect_proposals_are_perfect_and_none_are_worth_nothing() -> None:
    truths, _, classes = scene(4)
    perfect = [Proposals(one.boxes, one.classes, np.full(len(one), 0.9)) for one in truths]
    none = [Proposals(np.empty((0, 4)), np.empty(0, np.int64), np.empty(0)) for _ in truths]
    every = np.ones((1, len(truths)))
    assert mean(means(tables(perfect, truths, classes), every))[0] == 1.0
    assert mean(means(tables(none, truths, classes), every))[0] == 0.0
