"""What runs say of themselves when they are opened."""

import pytest

from annotate.tracking.openings import FRAMES_NAMED, named_ids


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([], "all"),
        ([7], "7"),
        ([7, 9], "7, 9"),
        (list(range(FRAMES_NAMED)), ", ".join(map(str, range(FRAMES_NAMED)))),
        (list(range(FRAMES_NAMED + 1)), ", ".join(map(str, range(FRAMES_NAMED))) + " …"),
    ],
)
def test_images_are_named_as_far_as_they_can_be(frames: list[int], said: str) -> None:
    assert named_ids(frames) == said
