"""Making versions: what goes in, what it costs, and that nothing half done is ever seen."""

import json
import random
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from annotate.datasets import changed, fingerprints, gathering
from annotate.datasets.cache import Cache
from annotate.datasets.dvc_files import EMPTY_LISTING, edited_listing, files_in
from annotate.datasets.frame_files import frame_id_of, read_annotations
from annotate.datasets.gathering import CannotSnapshot
from annotate.datasets.git import Git
from annotate.datasets.state import Frames
from annotate.datasets.versions import FOLDERS
from annotate.frames import set_aside
from annotate.media import store
from annotate.models import DatasetVersion, Frame, Label, Project, Source
from annotate.signals import dataset_versioned
from tests.datasets.conftest import Studio
from tests.datasets.test_repair import check_agreement


def listing(studio: Studio, version: DatasetVersion, folder: str) -> dict[str, str]:
    pointer = studio.repository.read(version.number, f"{folder}.dvc").decode()
    name = pointer.split("md5: ")[1].split()[0]
    return files_in(studio.repository.cache.read(name))


def contents(studio: Studio, version: DatasetVersion, folder: str) -> dict[str, bytes]:
    cache = studio.repository.cache
    return {name: cache.read(md5) for name, md5 in listing(studio, version, folder).items()}


def git_file(studio: Studio, version: DatasetVersion, path: str) -> str:
    return studio.repository.read(version.number, path).decode()


def test_a_version_says_what_it_holds(studio: Studio) -> None:
    studio.add(3, boxes=2)
    studio.add(1, status="in_progress")
    version = studio.snapshot("the first one")
    assert (version.number, version.message) == (1, "the first one")
    assert version.counts["frames"] == 3
    assert version.counts["boxes"] == 6
    assert version.counts["labels"]["car"] == {"frames": 3, "boxes": 6}
    assert version.counts["made_by"] == {"human": 6, "model": 0}
    assert version.created_by == studio.world.people["owner"]
    manifest = json.loads(git_file(studio, version, "dataset.json"))
    assert manifest["digest"] == version.digest
    assert manifest["counts"] == version.counts
    assert [label["name"] for label in manifest["labels"]] == ["car", "bus", "retired"]
    assert sum(manifest["splits"].values()) == 3
    assert studio.repository.tags() == {1: version.git_commit}


def test_the_folders_name_the_same_frames(studio: Studio) -> None:
    frames = studio.add(3, boxes=1) + studio.add(1, boxes=0)
    version = studio.snapshot()
    images = listing(studio, version, "images")
    assert sorted(images.values()) == sorted(frame.md5 for frame in frames)
    stems = {name.rpartition(".")[0] for name in images}
    for folder in ("labels", "annotations"):
        assert {name.rpartition(".")[0] for name in listing(studio, version, folder)} == stems
    named = "".join(git_file(studio, version, f"{split}.txt") for split in ("train", "val", "test"))
    assert sorted(named.split()) == sorted(f"./images/{name}" for name in images)
    empty = [text for text in contents(studio, version, "labels").values() if not text]
    assert len(empty) == 1


def test_labels_hold_accepted_boxes_and_annotations_all(studio: Studio) -> None:
    (frame,) = studio.add(1, boxes=0)
    studio.draw(frame, x1=64.0, y1=48.0, x2=128.0, y2=96.0, label=studio.world.labels["bus"])
    studio.draw(frame, status="rejected")
    version = studio.snapshot()
    (text,) = contents(studio, version, "labels").values()
    assert text == b"1 0.15000000 0.15000000 0.10000000 0.10000000\n"
    (data,) = contents(studio, version, "annotations").values()
    record = read_annotations(data)
    assert [box.status for box in record.boxes] == ["accepted", "rejected"]
    assert record.extra["revision"] == 2
    assert record.extra["title"] == frame.name
    assert record.name in listing(studio, version, "images")
    assert record.boxes[0].author == studio.author(frame).user.username


def test_only_changed_frames_are_read_and_written(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = studio.add(20)
    studio.snapshot()
    studio.draw(frames[3], x2=200.0)
    studio.draw(frames[7], x2=300.0)
    read: list[int] = []
    records = changed.Moment.records

    def watched(self: Any, rows: Any) -> Any:
        read.extend(row.id for row in rows)
        return records(self, rows)

    monkeypatch.setattr(changed.Moment, "records", watched)
    before = studio.repository.cache.names()
    version = studio.snapshot()
    assert read == [frames[3].pk, frames[7].pk]
    made = studio.repository.cache.names() - before
    # Two annotations, two labels, the listings of both folders; the images are named by the listing of before.
    assert len(made) == 6
    assert version.counts["boxes"] == 22


SMALL_FILES = ("train.txt", "val.txt", "test.txt", "data.yaml", *(f"{folder}.dvc" for folder in FOLDERS))


def check_made_anew(studio: Studio, version: DatasetVersion, **wish: Any) -> None:
    """It is what it would be without the one before."""
    (studio.repository.temporary / "frames.msgpack").unlink()
    again = studio.snapshot("from nothing", again=True, **wish)
    assert again.number == version.number + 1
    assert (again.digest, again.counts) == (version.digest, version.counts)
    for name in SMALL_FILES:
        assert git_file(studio, again, name) == git_file(studio, version, name), name
    check_agreement(studio.repository)


@pytest.mark.parametrize("part", [1, 2, 128])
def test_a_version_made_bit_by_bit_is_one_made_at_once(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    """However many frames are looked at together; labels, names and statuses change, frames come and go, the same
    content comes back, and a whole part goes."""
    for module in (gathering, fingerprints):
        monkeypatch.setattr(module, "PART", part)
    frames = studio.add(8)
    studio.snapshot()
    studio.draw(frames[0], label=studio.world.labels["bus"])
    Frame.objects.filter(pk=frames[1].pk).update(status="in_progress", name="renamed.jpg")
    Label.objects.filter(pk=studio.world.labels["bus"]).update(name="coach")
    studio.add(1)
    check_made_anew(studio, studio.snapshot())
    assert studio.snapshot().number == 3, "nothing has changed since"
    Frame.objects.filter(pk=frames[1].pk).update(status="complete")
    Frame.objects.filter(pk=frames[2].pk).update(is_blind=True)
    Frame.objects.filter(pk__in=[frame.pk for frame in frames[4:6]]).delete()
    studio.author(frames[0]).do("delete", studio.author(frames[0]).boxes[-1])
    Frame.objects.filter(pk=frames[0].pk).update(status="complete")
    studio.snapshot()
    studio.draw(frames[7])
    Frame.objects.filter(pk=frames[2].pk).update(name="renamed, too.jpg")
    set_aside(frames[3].pk, None)
    check_made_anew(studio, studio.snapshot())


def test_what_is_as_it_was_is_not_even_looked_at(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the rows, those of the parts in which one has changed; of what git keeps, only what is another file."""
    for module in (gathering, fingerprints):
        monkeypatch.setattr(module, "PART", 2)
    frames = studio.add(20)
    first = studio.snapshot()
    studio.draw(frames[3], x2=200.0)
    looked_at: list[int] = []
    given: list[bytes] = []
    rows, run = changed.Moment.frames, Git.run

    def watched(self: Any, *args: Any) -> Any:
        for row in rows(self, *args):
            looked_at.append(row[0])
            yield row

    def told(self: Any, *words: str, **more: bytes) -> bytes:
        given.append(more.get("given", b""))
        return run(self, *words, **more)

    monkeypatch.setattr(changed.Moment, "frames", watched)
    monkeypatch.setattr(Git, "run", told)
    second = studio.snapshot()
    assert frames[3].pk in looked_at and len(looked_at) <= 2
    [commands] = [data for data in given if b"commit refs/heads/main" in data]
    assert b"inline labels.dvc" in commands and b"inline train.txt" not in commands
    assert git_file(studio, second, "train.txt") == git_file(studio, first, "train.txt") != ""


OTHERWISE: dict[str, Any] = {
    **{"revision": 9, "epoch": UUID(int=7), "status": "approved", "name": "b.jpg", "md5": "0" * 32},
    **{
        "original_md5": "1" * 32,
        "media_type": "image/png",
        "width": 9,
        "height": 9,
        "index": 9,
        "is_blind": True,
    },
}


def test_any_change_of_a_row_is_noticed(studio: Studio) -> None:
    frame, _ = studio.add(2)
    project, statuses = studio.world.project.pk, ("complete", "approved")
    columns = {{"pk": "id", "history": "epoch"}.get(name, name) for name in changed.FRAME_COLUMNS}
    assert columns == set(fingerprints.COLUMNS) == {"id", "source_id", *OTHERWISE}
    seen = [fingerprints.fingerprints_of(project, statuses, "default")]
    for name, value in {**OTHERWISE, "source_id": studio.video().pk}.items():
        Frame.objects.filter(pk=frame.pk).update(**{name: value})
        seen.append(fingerprints.fingerprints_of(project, statuses, "default"))
        assert seen[-1] != seen[-2], name
    Frame.objects.filter(pk=frame.pk).delete()
    assert fingerprints.fingerprints_of(project, statuses, "default") not in seen


@pytest.mark.parametrize("part", [1, 128])
def test_names_that_make_the_same_text_together_are_told_apart(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    for module in (gathering, fingerprints):
        monkeypatch.setattr(module, "PART", part)
    one, two = studio.add(2)

    def name(first: str, second: str) -> None:
        Frame.objects.filter(pk=one.pk).update(name=first)
        Frame.objects.filter(pk=two.pk).update(name=second)

    name("a,b", "c")
    studio.snapshot()
    name("a", "b,c")
    version = studio.snapshot()
    titles = [
        read_annotations(data).extra["title"] for data in contents(studio, version, "annotations").values()
    ]
    assert sorted(titles) == ["a", "b,c"]


LOST = ("a part", "a damaged part", "a listing", "a listing of the cache", "the help", "a damaged help")


@pytest.mark.parametrize("lost", LOST)
def test_without_what_helps_everything_is_read_anew(studio: Studio, lost: str) -> None:
    frames = studio.add(3)
    first = studio.snapshot()
    Frame.objects.filter(pk=frames[2].pk).update(status="in_progress")
    studio.draw(frames[0])
    temporary = studio.repository.temporary
    part = min((temporary / "frames").iterdir())  # two where the ids cross a border
    cached = studio.repository.cache.path_for(first.digest)
    match lost:
        case "a part":
            part.unlink()
        case "a damaged part":
            part.write_bytes(part.read_bytes()[:-1] + b"\x05")
        case "a listing":
            cached.unlink()
            store.path_for(first.digest).unlink()
        case "a listing of the cache":
            cached.unlink()
        case "the help":
            (temporary / "frames.msgpack").unlink()
        case "a damaged help":
            (temporary / "frames.msgpack").write_bytes(b"\x00")
    version = studio.snapshot()
    assert version.counts["frames"] == 2 and version.counts["boxes"] == 3
    (temporary / "frames.msgpack").unlink()
    again = studio.snapshot("from nothing", again=True)
    assert (again.digest, again.counts) == (version.digest, version.counts)
    assert {path.name for path in (temporary / "frames").iterdir()} == {
        part.file
        for part in Frames(temporary).state(again.git_commit).parts.values()  # type: ignore[union-attr]
    }, "what is not needed any more was removed"


def test_a_renamed_label_changes_its_frames_alone(studio: Studio) -> None:
    cars, buses = studio.add(3), studio.add(2, boxes=0)
    for frame in buses:
        studio.draw(frame, label=studio.world.labels["bus"])
    first = studio.snapshot()
    Label.objects.filter(pk=studio.world.labels["bus"]).update(name="coach")
    second = studio.snapshot()
    before, after = listing(studio, first, "annotations"), listing(studio, second, "annotations")
    assert sum(before[name] != after[name] for name in before) == 2
    assert listing(studio, first, "labels") == listing(studio, second, "labels")
    assert len(cars) == 3


def test_what_a_source_is_changes_its_frames_alone(studio: Studio) -> None:
    videos = [studio.video(f"video {number}.mp4") for number in range(12)]
    frames = {video.pk: studio.add(2, source=video) for video in videos}
    studio.add(2)
    first = studio.snapshot()
    training = git_file(studio, first, "train.txt").split()
    in_training = [
        video for video in videos if any(f"-{frames[video.pk][0].pk}." in line for line in training)
    ]
    renamed, watched = in_training[0], in_training[1]
    Source.objects.filter(pk=renamed.pk).update(name="pier.mp4")
    Frame.objects.filter(pk=frames[watched.pk][0].pk).update(is_blind=True)
    second = studio.snapshot()
    before, after = (listing(studio, version, "annotations") for version in (first, second))
    changed_now = {frame_id_of(name) for name in before if before[name] != after[name]}
    assert changed_now == {frame.pk for video in (renamed, watched) for frame in frames[video.pk]}
    assert second.counts["sources"]["pier.mp4"]["frames"] == 2
    held_out = {frame_id_of(name) for name in git_file(studio, second, "test.txt").split()}
    assert {frame.pk for frame in frames[watched.pk]} <= held_out, "both, though only one is blind"
    (studio.repository.temporary / "frames.msgpack").unlink()
    again = studio.snapshot("from nothing", again=True)
    assert (again.digest, again.counts) == (second.digest, second.counts)


def test_a_listing_is_the_json_that_dvc_writes() -> None:
    names = [
        "a.txt",
        "é 🦆.txt",
        'quote".txt',
        "back\\slash.txt",
        "line\n.txt",
        "\x00\x7f\u2028.txt",
        "A.txt",
    ]
    entries: dict[str, str | None] = {name: f"{number:032x}" for number, name in enumerate(names)}
    assert edited_listing(EMPTY_LISTING, entries) == as_dvc_says(entries)
    assert edited_listing(EMPTY_LISTING, {}) == EMPTY_LISTING


def as_dvc_says(entries: Mapping[str, str | None]) -> bytes:
    wanted = [{"md5": md5, "relpath": name} for name, md5 in sorted(entries.items())]
    return json.dumps(wanted, sort_keys=True).encode()


@given(
    st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=30),
    st.dictionaries(st.text(max_size=4), st.none() | st.integers(0, 9), max_size=12),
    st.randoms(use_true_random=False),
)
def test_an_edited_listing_is_one_written_anew(
    before: dict[str, int], changes: dict[str, int | None], chance: random.Random
) -> None:
    """Files that come, go and change, at its ends and in its middle, also all of them."""
    known = chance.sample(sorted(before), chance.randint(0, len(before)))
    changes |= {name: chance.choice([None, 1, 2]) for name in known}
    old = {name: f"{number:032x}" for name, number in before.items()}
    new = {name: None if number is None else f"{number:032x}" for name, number in changes.items()}
    left = {name: md5 for name, md5 in {**old, **new}.items() if md5}
    assert edited_listing(as_dvc_says(old), new) == as_dvc_says(left)


def test_nothing_changed_is_no_new_version(studio: Studio) -> None:
    studio.add(2)
    first = studio.snapshot()
    assert studio.snapshot("again") == first
    assert studio.snapshot("by force", again=True).number == 2
    assert DatasetVersion.objects.count() == 2


def test_the_command_says_who_made_it(studio: Studio) -> None:
    studio.add(1)
    owner, project = studio.world.people["owner"], str(studio.world.project.pk)

    def said(*words: str) -> Any:
        call_command("snapshot", project, "--json", *words, stdout=(out := StringIO()))
        return json.loads(out.getvalue())

    with pytest.raises(CommandError, match="no active account nobody"):
        said("--user", "nobody")
    assert not DatasetVersion.objects.exists()
    assert said("--user", owner.username)["created_by"] == owner.username
    assert DatasetVersion.objects.get().created_by == owner
    assert said("--again")["created_by"] is None


def test_without_finished_frames_there_is_no_version(studio: Studio) -> None:
    studio.add(1, status="in_progress")
    with pytest.raises(CannotSnapshot) as caught:
        studio.snapshot()
    assert caught.value.code == "no_frames"
    assert not DatasetVersion.objects.exists()
    assert studio.repository.tags() == {}


def test_where_somebody_reviews_only_approved_frames_go_in(studio: Studio) -> None:
    studio.add(2)
    (approved,) = studio.add(1, status="approved")
    Project.objects.filter(pk=studio.world.project.pk).update(review="one")
    studio.world.project.refresh_from_db()
    version = studio.snapshot()
    assert list(listing(studio, version, "images").values()) == [approved.md5]


def test_versions_never_change(studio: Studio) -> None:
    """I9: whatever is done afterwards, and whoever looks."""
    frames = studio.add(4)
    first = studio.snapshot()
    before = {folder: contents(studio, first, folder) for folder in ("images", "labels", "annotations")}
    studio.draw(frames[0])
    Frame.objects.filter(pk=frames[1].pk).delete()
    Frame.objects.filter(pk=frames[2].pk).update(status="in_progress")
    studio.snapshot()
    assert {folder: contents(studio, first, folder) for folder in before} == before
    first.refresh_from_db()
    assert first.counts["frames"] == 4


def test_a_deleted_frame_keeps_its_file_while_a_version_needs_it(
    studio: Studio, django_capture_on_commit_callbacks: Any
) -> None:
    kept, lost = studio.add(2)
    Frame.objects.filter(pk=lost.pk).update(status="in_progress")
    version = studio.snapshot()
    with django_capture_on_commit_callbacks(execute=True):
        Frame.objects.get(pk=kept.pk).delete()
        Frame.objects.get(pk=lost.pk).delete()
    assert store.exists(kept.md5)
    assert not store.exists(lost.md5)
    assert contents(studio, version, "images")


def test_an_image_is_on_disk_once(studio: Studio) -> None:
    (frame,) = studio.add(1)
    studio.snapshot()
    here, there = store.path_for(frame.md5), studio.repository.cache.path_for(frame.md5)
    assert here.stat().st_ino == there.stat().st_ino


def test_an_image_deleted_while_it_is_read_is_left_out(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = studio.add(3)
    calls: list[int] = []
    original = Cache.relink

    def deletes_first(self: Any, names: Any) -> None:
        if not calls:
            calls.append(1)
            Frame.objects.filter(pk=frames[0].pk).delete()
            store.path_for(frames[0].md5).unlink()
        original(self, names)

    monkeypatch.setattr(Cache, "relink", deletes_first)
    version = studio.snapshot()
    assert version.counts["frames"] == 2


def test_an_image_missing_for_good_is_said(studio: Studio) -> None:
    (frame,) = studio.add(1)
    store.path_for(frame.md5).unlink()
    with pytest.raises(CannotSnapshot) as caught:
        studio.snapshot()
    assert caught.value.code == "images_missing"
    assert studio.repository.cache.names() == set()


def test_what_is_told_is_told_inside_the_transaction(studio: Studio) -> None:
    studio.add(1)
    told: list[tuple[int, bool]] = []

    def listen(version: DatasetVersion, **_: Any) -> None:
        told.append((version.number, DatasetVersion.objects.filter(pk=version.pk).exists()))
        raise RuntimeError("a receiver fails")

    dataset_versioned.connect(listen, weak=False)
    try:
        with pytest.raises(RuntimeError):
            studio.snapshot()
    finally:
        dataset_versioned.disconnect(listen)
    assert told == [(1, True)]
    assert not DatasetVersion.objects.exists()
    assert studio.repository.tags() == {}
    assert studio.snapshot().number == 1


TRACKED = {
    *(
        ".dvc/.gitignore",
        ".dvc/config",
        ".dvcignore",
        ".gitignore",
        "images.dvc",
        "labels.dvc",
        "annotations.dvc",
    ),
    *("train.txt", "val.txt", "test.txt", "data.yaml", "dataset.json"),
}
HOSTILE = [
    "--upload-pack=touch x.jpg",
    "-rf.jpg",
    "../../../etc/passwd",
    "a\nM 100644 inline .git/hooks/x\n.jpg",
    "été 船.jpeg",
    "",
    "." * 200,
    "x" * 255,
    "con.jpg",
    'quote".jpg',
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_only_data(studio: Studio, name: str) -> None:
    Label.objects.filter(pk=studio.world.labels["car"]).update(name=(name or "x")[:80])
    Project.objects.filter(pk=studio.world.project.pk).update(name=(name or "x")[:120])
    studio.world.project.refresh_from_db()
    studio.add(2, name=name)
    version = studio.snapshot(name)
    names = list(listing(studio, version, "images"))
    assert len(names) == 2
    for one in names:
        assert one.isascii()
        assert one.replace("-", "").replace("_", "").replace(".", "").isalnum()
        assert not one.startswith(("-", "."))
    assert version.message == name
    manifest = json.loads(git_file(studio, version, "dataset.json"))
    assert manifest["message"] == name
    assert manifest["labels"][0]["name"] == (name or "x")[:80]
    assert not (Path(studio.repository.folder) / ".git" / "hooks").exists()
    tracked = studio.repository.git.text("ls-tree", "-r", "--name-only", "refs/tags/v1").splitlines()
    assert set(tracked) == TRACKED
