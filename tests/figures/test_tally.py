"""Shares, precision and recall at a threshold, without a database."""

from hypothesis import given
from hypothesis import strategies as st

from annotate.figures.choice import STEPS, Asked, Choice
from annotate.figures.loop import thresholds
from annotate.figures.proposals import Counts
from annotate.figures.tally import Judged, Missed, middle, share, tally

DAY = "2026-11-25"
groups = st.builds(
    Judged,
    bucket=st.just(DAY),
    version=st.just(1),
    label=st.just(1),
    outcome=st.sampled_from(["accepted", "corrected", "rejected"]),
    is_right=st.booleans(),
    is_complete=st.booleans(),
    step=st.integers(0, STEPS),
    boxes=st.integers(1, 5),
).map(
    lambda one: one._replace(
        is_right=one.outcome == "accepted" or (one.is_right and one.outcome == "corrected")
    )
)


def judged(
    outcome: str, step: int = 18, *, right: bool | None = None, complete: bool = True, count: int = 1
) -> Judged:
    is_right = outcome == "accepted" if right is None else right
    return Judged(DAY, 1, 1, outcome, is_right, complete, step, count)


def test_it_counts_right_among_judged_and_among_kept() -> None:
    found = tally(
        [judged("accepted", count=5), judged("corrected", right=True, count=2), judged("corrected"),
         judged("rejected", count=2)],
        [Missed(DAY, 1, 1, 4)],
        0,
    )  # fmt: skip
    assert (found.accepted, found.corrected, found.rejected, found.missed) == (5, 3, 2, 4)
    assert found.precision == 7 / 10
    assert found.recall == 7 / 12


def test_it_counts_a_kept_proposal_below_the_threshold_as_missed() -> None:
    found = tally([judged("accepted", 18), judged("accepted", 5), judged("rejected", 5)], [], 10)
    assert (found.accepted, found.rejected, found.missed) == (1, 0, 1)
    assert (found.precision, found.recall) == (1, 0.5)


def test_it_leaves_frames_that_are_not_complete_out_of_precision_and_recall() -> None:
    found = tally([judged("accepted", complete=False), judged("rejected")], [], 0)
    assert (found.accepted, found.rejected) == (1, 1)
    assert (found.precision, found.recall) == (0, None)


def test_it_has_no_share_and_no_median_of_nothing() -> None:
    assert share(0, 0) is None and middle([]) is None
    assert share(0, 3) == 0 and middle([3, 1, 2]) == 2 and middle([1, 2]) == 1.5


@given(st.lists(groups, max_size=12), st.integers(0, 4))
def test_it_draws_the_curve_that_a_tally_at_each_threshold_gives(found: list[Judged], drawn: int) -> None:
    missed = [Missed(DAY, 1, 1, drawn)] if drawn else []
    for step, row in enumerate(thresholds(Counts(found, missed, [])).rows):
        at = tally(found, missed, step)
        assert row.cells == [step / STEPS, at.precision, at.recall, at.right, at.judged]


@given(st.lists(groups, max_size=12), st.integers(0, 4))
def test_it_never_gains_recall_by_a_higher_threshold(found: list[Judged], drawn: int) -> None:
    missed = [Missed(DAY, 1, 1, drawn)] if drawn else []
    recalls = [tally(found, missed, step).recall or 0.0 for step in range(STEPS + 1)]
    assert recalls == sorted(recalls, reverse=True)


def test_it_rounds_a_threshold_up_to_a_step() -> None:
    steps = {
        threshold: Choice(1, None, Asked(threshold=threshold)).step
        for threshold in (0, 0.05, 0.33, 0.35, 0.6, 1)
    }
    assert steps == {0: 0, 0.05: 1, 0.33: 7, 0.35: 7, 0.6: 12, 1: 20}
