"""Proposals and drawn boxes that chance makes, from a seed."""

import numpy as np

from annotate.training.dataset import Truth
from annotate.training.matching import Proposals


def scene(seed: int, frames: int = 12, classes: int = 4) -> tuple[list[Truth], list[Proposals], int]:
    """Truths, proposals for them (some near, some of a wrong class, some from nowhere, equal scores too), classes.

    The last class is drawn nowhere.
    """
    chance = np.random.default_rng(seed)
    truths = [truth(chance, classes - 1) for _ in range(frames)]
    return truths, [proposals(chance, one, classes) for one in truths], classes


def truth(chance: np.random.Generator, classes: int) -> Truth:
    count = int(chance.integers(0, 9))
    return Truth(boxes(chance, count), chance.integers(0, classes, count))


def boxes(chance: np.random.Generator, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    low = chance.uniform(0, 80, (count, 2))
    return np.concatenate([low, low + chance.uniform(5, 40, (count, 2))], axis=1)


def proposals(chance: np.random.Generator, one: Truth, classes: int) -> Proposals:
    copies = np.repeat(np.arange(len(one)), chance.integers(0, 4, len(one)))
    near = one.boxes[copies] + chance.normal(0, 1, (len(copies), 4)) * chance.choice(
        [0.0, 0.5, 3.0], (len(copies), 1)
    )
    near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
    wrong = chance.random(len(copies)) < 0.2
    numbers = np.where(wrong, chance.integers(0, classes, len(copies)), one.classes[copies])
    extra = int(chance.integers(0, 5))
    found = np.concatenate([near, boxes(chance, extra)])
    kinds = np.concatenate([numbers, chance.integers(0, classes, extra)])
    scores = np.round(chance.random(len(kinds)), 2)
    order = np.argsort(-scores, kind="stable")
    return Proposals(found[order], kinds[order], scores[order])
