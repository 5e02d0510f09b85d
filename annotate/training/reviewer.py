"""What proposals cost a person: a cost model in the manner of the keystroke-level model. Pure; docs/loop.md.

A person accepts what is right and close, moves edges, changes the class, rejects what means nothing, and draws what
nobody proposed. No person was timed for it.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from .dataset import Truth
from .matching import Numbers, Proposals, overlaps

SAME = 0.75
"""IoU from which a person leaves a box as it is."""
NEAR = 0.5
"""IoU from which a person moves edges rather than rejecting and drawing anew; also what counts as found."""


class Act(IntEnum):
    DRAW = 0
    ACCEPT = 1
    REJECT = 2
    ADJUST = 3
    RELABEL = 4
    REDO = 5  # relabel and adjust


SECONDS = np.array([7.0, 1.6, 1.6, 5.0, 3.0, 8.0])
"""By act, from papers and assumptions (docs/loop.md)."""
RIGHT_CLASS = (Act.ACCEPT, Act.ADJUST)
Acts = NDArray[np.int64]
"""How many of each act."""


class Review:
    """One frame. What may mean what is worked out once, for every threshold."""

    def __init__(self, proposals: Proposals, truth: Truth) -> None:
        self._scores = proposals.scores
        self._truths = len(truth)
        shared = overlaps(proposals.boxes, truth.boxes)
        rows, columns = np.nonzero(shared >= NEAR)
        same = proposals.classes[rows] == truth.classes[columns]
        overlap = shared[rows, columns]
        order = np.lexsort((columns, rows, -overlap, ~same))
        self._rows, self._columns = rows[order], columns[order]
        self._acts = _acts_for(same[order], overlap[order])

    def acts(self, threshold: float) -> Acts:
        """With the proposals that are at least that sure. Those of the right class first, then the closest."""
        counts = np.zeros(len(Act), np.int64)
        shown = self._scores >= threshold
        for act, _, _ in self.pairs(threshold):
            counts[act] += 1
        paired = int(counts.sum())
        counts[Act.REJECT] = int(np.count_nonzero(shown)) - paired
        counts[Act.DRAW] = self._truths - paired
        return counts

    def pairs(self, threshold: float) -> list[tuple[Act, int, int]]:
        """The act, the proposal, the drawn box; each of both at most once."""
        found: list[tuple[Act, int, int]] = []
        rows: set[int] = set()
        columns: set[int] = set()
        for row, column, act in zip(self._rows, self._columns, self._acts, strict=True):
            if self._scores[row] >= threshold and row not in rows and column not in columns:
                rows.add(row)
                columns.add(column)
                found.append((Act(act), int(row), int(column)))
        return found


def _acts_for(same: NDArray[np.bool_], overlap: Numbers) -> Acts:
    close = overlap >= SAME
    return np.select(
        [same & close, same, close], [Act.ACCEPT, Act.ADJUST, Act.RELABEL], default=Act.REDO
    ).astype(np.int64)


def seconds(acts: Acts) -> Numbers:
    """Of one row of counts, or of many."""
    return np.asarray(acts @ SECONDS, np.float64)


def corrections(acts: Acts) -> Acts:
    """How many acts are not just accepting: of one row of counts, or of many."""
    return np.asarray(acts.sum(axis=-1) - acts[..., Act.ACCEPT], np.int64)
