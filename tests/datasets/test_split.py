"""Which side of learning an image is on: by what it is, for good; the blind sample is never learned from."""

import random
from collections import Counter

from annotate.datasets.export_wish import parse_export
from annotate.datasets.reading import Reader
from annotate.datasets.split import SPLITS, group_of, split_of
from annotate.models import DatasetVersion, Frame
from tests.datasets.conftest import Studio

SEED = 11


def split_sides(studio: Studio, version: DatasetVersion) -> dict[int, str]:
    """By the number of the frame, from the files that a training reads."""
    found = {}
    for split in SPLITS:
        for line in studio.repository.read(version.number, f"{split}.txt").decode().split():
            found[int(line.rpartition(".")[0].rpartition("-")[2])] = split
    return found


def test_shares_are_as_promised() -> None:
    chance = random.Random(SEED)
    groups = [f"{chance.getrandbits(128):032x}" for _ in range(20_000)]
    counts = Counter(split_of(group, False) for group in groups)
    assert abs(counts["test"] / len(groups) - 0.15) < 0.01
    assert abs(counts["val"] / len(groups) - 0.10) < 0.01


def test_the_blind_sample_is_always_held_out() -> None:
    chance = random.Random(SEED)
    assert {split_of(f"{chance.getrandbits(128):032x}", True) for _ in range(2000)} == {"test"}


def test_images_of_a_video_are_a_group_others_are_alone() -> None:
    assert group_of("a" * 32, 7, "video") == group_of("b" * 32, 7, "video")
    assert group_of("a" * 32, 7, "video") != group_of("a" * 32, 8, "video")
    assert group_of("a" * 32, 7, "upload") == group_of("a" * 32, 8, "archive")


def test_no_image_changes_sides_and_no_video_is_torn(studio: Studio) -> None:
    chance = random.Random(SEED)
    videos = [studio.video(f"video {number}.mp4") for number in range(4)]
    before: dict[int, str] = {}
    blind: set[int] = set()
    for round_ in range(3):
        for _image in range(8):
            is_blind = chance.random() < 0.3
            (frame,) = studio.add(1, is_blind=is_blind)
            blind |= {frame.pk} if is_blind else set()
        for video in videos:
            studio.add(chance.randrange(1, 4), source=video, is_blind=video is videos[0])
        version = studio.snapshot(f"round {round_}")
        sides = split_sides(studio, version)
        assert {pk: sides[pk] for pk in before} == before
        assert {sides[pk] for pk in blind} == {"test"}
        for video in videos:
            pks = Frame.objects.filter(source=video).values_list("pk", flat=True)
            assert len({sides[pk] for pk in pks}) == 1
        assert {sides[pk] for pk in Frame.objects.filter(source=videos[0]).values_list("pk", flat=True)} == {
            "test"
        }
        assert Counter(sides.values()) == +Counter(
            {split: version.counts["splits"][split]["frames"] for split in SPLITS}
        )
        before = sides


def test_one_blind_image_holds_its_whole_video_out(studio: Studio) -> None:
    """Images of a video are nearly alike: one of them in training would give the others away."""
    for number in range(6):
        frames = studio.add(3, source=studio.video(f"video {number}.mp4"), boxes=0)
        Frame.objects.filter(pk=frames[1].pk).update(is_blind=True)
    assert set(split_sides(studio, studio.snapshot()).values()) == {"test"}


def test_exports_and_versions_have_one_rule(studio: Studio) -> None:
    """Images, whole videos in the blind sample, videos with one image of it, and one whose blind image is not ready."""
    studio.add(12)
    for number in range(6):
        frames = studio.add(3, source=studio.video(f"video {number}.mp4"), boxes=0, is_blind=number == 0)
        if number > 2:
            Frame.objects.filter(pk=frames[1].pk).update(is_blind=True)
        if number == 5:
            Frame.objects.filter(pk=frames[1].pk).update(status="to_annotate")
    wish = parse_export(studio.world.project, {"format": "hitl"})
    reader = Reader(studio.world.project, wish, "default")
    exported = {frame.id: frame.record.split for frame in reader}
    versioned = split_sides(studio, studio.snapshot())
    assert {pk: exported[pk] for pk in versioned} == versioned
    assert {"train", "test"} <= set(exported.values())
