"""The cost model is that of the simulated annotator (bench/annotator.py), which is written in another way."""

from collections import Counter

import numpy as np

from annotate.geometry import Edges
from annotate.training.dataset import Truth
from annotate.training.matching import Proposals
from annotate.training.reviewer import SECONDS, Act, Review, seconds
from bench.annotator import SECONDS as BENCH_SECONDS
from bench.annotator import Act as BenchAct
from bench.annotator import Proposed, steps_for
from bench.bccd import TrueBox
from tests.training.made import scene


def acts_by_annotator(proposals: Proposals, truth: Truth, threshold: float) -> Counter[str]:
    shown = proposals.only(proposals.scores >= threshold)
    proposed = [
        Proposed(str(place), str(number), Edges(*box))
        for place, (box, number) in enumerate(zip(shown.boxes, shown.classes, strict=True))
    ]
    drawn = [
        TrueBox(str(number), Edges(*box)) for box, number in zip(truth.boxes, truth.classes, strict=True)
    ]
    return Counter(step.act.name for step in steps_for(proposed, drawn))


def test_acts_are_those_of_the_annotator() -> None:
    seen: Counter[str] = Counter()
    for one, truth in (pair for seed in range(20) for pair in zip(*scene(seed)[1::-1], strict=True)):
        review = Review(one, truth)
        for threshold in (0.0, 0.3, 0.8):
            acts = review.acts(threshold)
            found = Counter({act.name: int(acts[act]) for act in Act if acts[act]})
            assert found == acts_by_annotator(one, truth, threshold)
            seen += found
    assert len(seen) == len(Act)


def test_an_act_takes_as_long_as_for_the_annotator() -> None:
    assert {act.name: SECONDS[act] for act in Act} == {act.name: BENCH_SECONDS[act] for act in BenchAct}


def test_without_proposals_everything_is_drawn() -> None:
    truths, _, _ = scene(1)
    nothing = Proposals(np.empty((0, 4)), np.empty(0, np.int64), np.empty(0))
    assert [float(seconds(Review(nothing, truth).acts(0.25))) for truth in truths] == [
        7.0 * len(truth) for truth in truths
    ]
