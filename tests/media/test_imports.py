"""import_folder and import_video: the way in for whoever sits at the server."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from annotate.models import Frame, Project, Source
from tests.media import pictures
from tests.media.conftest import World, files_below
from tests.media.pictures import jpeg, numbered


def run(command: str, *words: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, *map(str, words), stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two images, one broken, notes, and traps."""
    folder = tmp_path / "photos"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(jpeg())
    (folder / "deep" / "er" / "b.png").write_bytes(numbered(1))
    (folder / "broken.jpg").write_bytes(jpeg()[:300])
    (folder / "notes.txt").write_text("none")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "c.png").write_bytes(numbered(2))
    return folder


def names() -> set[str]:
    return set(Frame.objects.values_list("name", flat=True))


def test_it_adds_a_folder_and_says_what_became_of_each_file(world: World, photos: Path) -> None:
    said = run("import_folder", world.project.pk, photos)
    assert names() == {"a.jpg", "b.png"}
    source = Source.objects.get(kind=Source.Kind.FOLDER)
    assert (source.name, source.project) == ("photos", world.project)
    assert "[1/4] added a.jpg" in said and "[4/4] added deep/er/b.png" in said
    assert "[2/4] refused (The image is damaged" in said and "broken.jpg" in said
    assert said.splitlines()[-1] == "2 added, 0 already there, 1 refused, 1 left out (no images)"


def test_it_is_idempotent_and_adds_what_is_new(world: World, photos: Path) -> None:
    run("import_folder", world.project.pk, photos)
    (photos / "new.png").write_bytes(numbered(9))
    said = run("import_folder", "Harbour cameras", photos)
    assert said.splitlines()[-1] == "1 added, 2 already there, 1 refused, 1 left out (no images)"
    assert Frame.objects.count() == 3
    assert Source.objects.filter(kind=Source.Kind.FOLDER).count() == 1


def test_u6_links_are_followed_only_inside(world: World, photos: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.png").write_bytes(numbered(7))
    (photos / "out.png").symlink_to(outside / "secret.png")
    (photos / "outdir").symlink_to(outside)
    (photos / "in.jpg").symlink_to(photos / "a.jpg")
    (photos / "loop").symlink_to(photos)
    (photos / "circle.png").symlink_to("circle.png")
    said = run("import_folder", world.project.pk, photos)
    assert names() == {"a.jpg", "b.png"}
    assert "refused (A link that leads out of the folder is not followed.) out.png" in said
    assert "already there in.jpg" in said
    assert "refused (The file cannot be opened. Check who may read it.) circle.png" in said


def test_pipes_and_devices_are_not_waited_for(world: World, photos: Path) -> None:
    os.mkfifo(photos / "pipe.jpg")
    assert "refused (This is a device or a pipe, not a file.) pipe.jpg" in run(
        "import_folder", world.project.pk, photos
    )


def test_a_file_over_the_limit_is_not_read(world: World, photos: Path, settings: Settings) -> None:
    settings.MAX_IMAGE_BYTES = 100
    said = run("import_folder", world.project.pk, photos)
    assert "0 added" in said and "the limit for one image is 100" in said


def test_names_cannot_play_tricks_on_the_terminal(world: World, photos: Path) -> None:
    (photos / "\x1b[2Jevil.png").write_bytes(numbered(3))
    said = run("import_folder", world.project.pk, photos)
    assert "\x1b" not in said and "\N{REPLACEMENT CHARACTER}[2Jevil.png" in said


def test_a_folder_without_images_leaves_no_source(world: World, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "0 added" in run("import_folder", world.project.pk, tmp_path / "empty")
    assert not Source.objects.filter(kind=Source.Kind.FOLDER).exists()


def test_u24_a_full_disk_ends_it_with_a_word(world: World, photos: Path, settings: Settings) -> None:
    settings.MIN_FREE_BYTES = 1 << 60
    with pytest.raises(CommandError, match=r"no room left.* Run it again to go on"):
        run("import_folder", world.project.pk, photos)


@pytest.mark.parametrize("project", ["999", "No such", "Twice"])
def test_a_project_that_is_not_clear_is_refused_with_the_known_ones(
    project: str, world: World, photos: Path
) -> None:
    for _ in range(2):
        Project.objects.create(name="Twice")
    with pytest.raises(CommandError, match="Harbour cameras"):
        run("import_folder", project, photos)


def test_what_is_no_folder_is_refused(world: World, photos: Path) -> None:
    with pytest.raises(CommandError, match="not a folder"):
        run("import_folder", world.project.pk, photos / "a.jpg")


def test_it_can_be_quiet(world: World, photos: Path) -> None:
    said = run("import_folder", world.project.pk, photos, verbosity=0)
    assert "added a.jpg" not in said and "broken.jpg" in said


def test_a_video_is_imported_at_two_rates_and_stays_one_source(world: World, tmp_path: Path) -> None:
    path = pictures.video(tmp_path / "harbour.mp4", frames=50, rate=25)
    said = run("import_video", world.project.pk, path, "--per-second", "1")
    assert said.splitlines()[-1].startswith("2 added")
    assert names() == {"harbour_000000.jpg", "harbour_000025.jpg"}
    renamed = path.rename(tmp_path / "again.mp4")
    said = run("import_video", world.project.pk, renamed, "--every", "10")
    assert said.splitlines()[-1].startswith("4 added, 1 already there")
    source = Source.objects.get(kind=Source.Kind.VIDEO)
    assert source.name == "harbour.mp4", "images of one video stay together when the data is split"
    assert list(source.frames.order_by("index").values_list("index", flat=True)) == [0, 10, 20, 25, 30, 40]


def test_two_like_images_of_one_video_are_both_kept(world: World, tmp_path: Path) -> None:
    import cv2
    import numpy as np

    writer = cv2.VideoWriter(str(tmp_path / "still.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10, (64, 48))
    for _ in range(20):
        writer.write(np.full((48, 64, 3), 90, np.uint8))
    writer.release()
    run("import_video", world.project.pk, tmp_path / "still.mp4", "--every", "5")
    assert Frame.objects.count() == 4
    assert len(files_below(tmp_path / "store")) == len(set(Frame.objects.values_list("md5", flat=True)))


@pytest.mark.parametrize("rate", [["--per-second", "0"], ["--every", "x"]])
def test_a_rate_that_makes_no_sense_is_refused(rate: list[str], world: World, tmp_path: Path) -> None:
    path = pictures.video(tmp_path / "harbour.mp4", frames=5)
    with pytest.raises(CommandError, match="rate between"):
        run("import_video", world.project.pk, path, *rate)
    assert not Source.objects.filter(kind=Source.Kind.VIDEO).exists()


def test_u29_a_playlist_is_refused_by_the_command_too(world: World, tmp_path: Path) -> None:
    path = tmp_path / "list.mp4"
    path.write_text("#EXTM3U\nfile:///etc/passwd\n")
    with pytest.raises(CommandError, match="not a video"):
        run("import_video", world.project.pk, path)
