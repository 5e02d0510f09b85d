"""Files and rows agree, whatever happens in between."""

import errno
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from annotate.access import Role, check_role
from annotate.media import ingest, store, thumbnails
from annotate.media.ingest import AddedFrame, add_image, clean_name, uploads_of
from annotate.media.refusals import Refusal
from annotate.models import Frame, Job, Membership, Project, Source
from tests.media.conftest import World, files_below
from tests.media.pictures import BLUE, GREEN, RED, jpeg, numbered


def add(world: World, name: str = "pier.jpg", data: bytes | None = None) -> Frame:
    outcome = add_image(world.project, world.source, name, data if data is not None else jpeg())
    assert isinstance(outcome, AddedFrame), outcome
    return outcome.frame


def test_it_lies_where_dvc_would_look_for_it(world: World, folders: Path) -> None:
    frame = add(world)
    assert files_below(folders) == [f"store/files/md5/{frame.md5[:2]}/{frame.md5[2:]}"]
    assert store.read(frame.md5) == store.path_for(frame.md5).read_bytes()


def test_u18_the_same_bytes_twice_are_one_frame(world: World) -> None:
    first = add_image(world.project, world.source, "a.jpg", jpeg())
    second = add_image(world.project, world.source, "b.jpg", jpeg())
    assert isinstance(first, AddedFrame) and isinstance(second, AddedFrame)
    assert (first.is_new, second.is_new, second.frame.name) == (True, False, "a.jpg")
    assert Frame.objects.count() == 1


def test_u18_the_same_name_with_other_bytes_overwrites_nothing(world: World) -> None:
    first, second = add(world, "a.jpg", jpeg(RED)), add(world, "a.jpg", jpeg(BLUE))
    assert first.pk != second.pk and first.md5 != second.md5
    assert store.exists(first.md5) and store.exists(second.md5)
    assert [frame.index for frame in Frame.objects.order_by("pk")] == [0, 1]


def test_u18_another_project_has_a_frame_of_its_own_and_the_file_once(world: World, folders: Path) -> None:
    other = Project.objects.create(name="Other")
    source = Source.objects.create(project=other, kind=Source.Kind.UPLOAD, name="first")
    add(world)
    outcome = add_image(other, source, "pier.jpg", jpeg())
    assert isinstance(outcome, AddedFrame) and outcome.is_new
    assert len(files_below(folders)) == 1


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\boot.ini", "/etc/shadow", "a/b/../../c.jpg"])
def test_u4_a_path_is_never_part_of_where_it_is_stored(name: str, world: World, folders: Path) -> None:
    frame = add(world, name)
    assert files_below(folders) == [f"store/files/md5/{frame.md5[:2]}/{frame.md5[2:]}"]
    assert frame.name == name.replace("\\", "/").rsplit("/", 1)[-1]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u202egpj.exe", "gpj.exe"),
        ("a\x00b\nc.jpg", "abc.jpg"),
        ("", "image"),
        ("///", "image"),
        ("e\u0301t\u00e9.jpg", "\u00e9t\u00e9.jpg"),
        ("<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
    ],
)
def test_u4_a_name_is_data_without_tricks(name: str, shown: str) -> None:
    assert clean_name(name) == shown
    assert len(clean_name("x" * 400)) == 255


def test_u20_a_refused_image_leaves_nothing(world: World, folders: Path) -> None:
    outcome = add_image(world.project, lambda: pytest.fail("a source was made"), "a.jpg", jpeg()[:200])
    assert isinstance(outcome, Refusal)
    assert files_below(folders) == [] and not Frame.objects.exists()


def test_u20_a_failed_commit_takes_its_file_back(world: World, folders: Path) -> None:
    class ChangedMind(Exception):
        pass

    def refuse() -> None:
        assert any(name.startswith("store/") for name in files_below(folders)), "the file comes first"
        raise ChangedMind

    with pytest.raises(ChangedMind):
        add_image(world.project, world.source, "a.jpg", jpeg(), check=refuse)
    assert files_below(folders) == [] and not Frame.objects.exists()


def test_z10_the_right_is_asked_for_inside_the_commit(world: World) -> None:
    manager = world.people["manager"]
    Membership.objects.filter(user=manager).update(role=Role.ANNOTATOR)
    with pytest.raises(Exception, match="role"):
        add_image(
            world.project,
            world.source,
            "a.jpg",
            jpeg(),
            check=lambda: check_role(manager, world.project, Role.MANAGER),
        )
    assert not Frame.objects.exists()


def test_u20_a_crash_between_file_and_row_is_settled_later(world: World, folders: Path) -> None:
    """What a killed process leaves: the file and its marker, and no row."""
    kept = add(world, data=jpeg(GREEN))
    lost = "0" * 32
    store.write_file(store.path_for(lost), b"half of an upload")
    (store.path_for(lost).parent / ".1234.tmp").write_bytes(b"less than half")
    for md5 in (lost, kept.md5):
        store.scratch(store.PENDING, f"{md5}.1").touch()
    assert store.settle_interrupted(older_than_s=3600) == 0, "it may be at work still"
    assert store.exists(lost)
    assert store.settle_interrupted(older_than_s=0) == 2
    assert not store.exists(lost) and store.exists(kept.md5)
    assert len(files_below(folders)) == 1


def test_u20_what_interrupted_uploads_left_is_swept_and_what_jobs_need_is_not(folders: Path) -> None:
    for name in ("old.upload", "jobs/needed", "jobs/forgotten", "locks/ab", "pending/abc.1"):
        path = store.scratch(*name.split("/"))
        path.touch()
        os.utime(path, (1, 1))
    store.scratch("now.upload").touch()
    keys = folders / "secret_key"
    keys.touch()
    os.utime(keys, (1, 1))
    assert store.sweep_scratch(older_than_s=60, keep=frozenset({"needed"})) == 2
    left = files_below(folders / "scratch")
    assert left == ["jobs/needed", "now.upload", "pending/abc.1"]
    assert keys.exists(), "what lies beside SCRATCH_DIR is none of its business"


def test_u24_a_full_disk_is_a_refusal_and_leaves_nothing(
    world: World, folders: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MIN_FREE_BYTES = 1 << 60
    assert add_image(world.project, world.source, "a.jpg", jpeg()) == Refusal("disk_full")
    settings.MIN_FREE_BYTES = 0

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        assert add_image(world.project, world.source, "a.jpg", jpeg()) == Refusal("disk_full")
    assert files_below(folders) == [] and not Frame.objects.exists()
    add(world)


def test_u24_another_error_of_the_disk_is_not_called_full(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output"):
        add_image(world.project, world.source, "a.jpg", jpeg())


def test_u23_parallel_uploads_of_the_same_and_of_different_images_count_exactly(
    committed_world: World,
) -> None:
    world = committed_world
    images = [numbered(number) for number in range(6)]

    def send(number: int) -> bool:
        try:
            outcome = add_image(
                world.project,
                lambda: uploads_of(world.project, world.people["manager"]),
                f"{number}.png",
                images[number % 6],
            )
            assert isinstance(outcome, AddedFrame)
            return outcome.is_new
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        new = list(pool.map(send, range(24)))
    assert sum(new) == Frame.objects.count() == 6
    uploads = Source.objects.exclude(pk=world.source.pk).get()
    assert sorted(frame.index for frame in uploads.frames.all()) == list(range(6))


def test_u31_a_deleted_frame_takes_its_file_and_thumbnail_along(
    committed_world: World, folders: Path
) -> None:
    frame = add(committed_world)
    assert thumbnails.make(frame.md5)
    frame.delete()
    assert files_below(folders) == []


def test_u31_a_file_that_others_need_stays(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Project.objects.create(name="Other")
    source = Source.objects.create(project=other, kind=Source.Kind.UPLOAD, name="first")
    frame = add(committed_world)
    add_image(other, source, "same.jpg", jpeg())
    committed_world.project.delete()
    assert store.exists(frame.md5)
    monkeypatch.setattr(store, "KEEPERS", [lambda md5: md5 == frame.md5])
    other.delete()
    assert store.exists(frame.md5), "a dataset version needs it"
    monkeypatch.setattr(store, "KEEPERS", [])
    assert store.delete_if_unreferenced(frame.md5) and not store.exists(frame.md5)


def test_u31_a_rolled_back_deletion_keeps_the_file(committed_world: World) -> None:
    frame = add(committed_world)
    md5 = frame.md5
    with pytest.raises(RuntimeError), transaction.atomic():
        frame.delete()
        raise RuntimeError
    assert store.exists(md5) and Frame.objects.count() == 1


def test_u31_a_thumbnail_made_while_its_image_is_deleted_does_not_stay(
    world: World, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = add(world)
    write = store.write_file

    def delete_first(path: Path, data: bytes, *, mode: int = store.FILE_MODE) -> None:
        store.path_for(frame.md5).unlink()
        write(path, data, mode=mode)

    monkeypatch.setattr(store, "write_file", delete_first)
    thumbnails.make(frame.md5)
    assert files_below(folders) == []


def test_u32_files_are_not_executable_and_not_for_everybody(world: World, folders: Path) -> None:
    frame = add(world)
    thumbnails.make(frame.md5)
    for path in (folders / "store").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o750 if path.is_dir() else 0o440), path
    assert stat.S_IMODE(store.thumbnail_path(frame.md5).stat().st_mode) == 0o440


def test_a_file_appears_whole_or_not_at_all(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(source: object, target: object) -> None:
        raise OSError(errno.EIO, "crash")

    path = store.path_for("1" * 32)
    with monkeypatch.context() as broken, pytest.raises(OSError, match="crash"):
        broken.setattr(os, "replace", crash)
        store.write_file(path, b"data")
    assert not path.exists() and files_below(folders) == []


def test_two_processes_do_not_delete_and_add_the_same_content_at_once(folders: Path) -> None:
    """flock: the second waits for the first, also within one process, because each opens the file anew."""
    order: list[str] = []
    entered = threading.Event()

    def second() -> None:
        with store.locked("ab" * 16):
            order.append("second")

    thread = threading.Thread(target=second)
    with store.locked("ab" * 16):
        thread.start()
        entered.wait(0.2)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_each_new_frame_gets_a_job_for_its_thumbnail(world: World) -> None:
    add(world, data=jpeg(RED))
    add(world, data=jpeg(BLUE))
    assert Job.objects.filter(kind=Job.Kind.THUMBNAIL).count() == 1, "one job for both: it waits"


def test_the_connection_is_given_back_while_an_image_is_decoded(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a dozen uploads that wait for a decoder would hold all connections of the pool."""
    given_back: list[bool] = []
    monkeypatch.setattr(ingest, "let_go", lambda: given_back.append(not connection.in_atomic_block))
    add(committed_world)
    assert given_back == [True]
