"""G6, F11: a worker that dies at any point of a snapshot leaves database, git and cache that agree after a repair."""

import random
import shutil
import threading
from typing import Any

import pytest
from django.db import connections

from annotate.datasets import cache, snapshot
from annotate.datasets.dvc_files import files_in, md5_of
from annotate.datasets.git import Git
from annotate.datasets.repair import repair_all
from annotate.datasets.repository import Repository
from annotate.datasets.state import Frames
from annotate.datasets.versions import FOLDERS, listing_names
from annotate.jobs.worker import tidy
from annotate.media import store
from annotate.models import DatasetVersion, Frame, Project
from tests.datasets.conftest import Studio
from tests.jobs.killing import Killer, Place, in_a_process, places_passed
from tests.sync.world import make_world

SEED = 20_261_125
CRASHES = 16


def check_agreement(repository: Repository) -> None:
    """Every row has its tag and the other way round, and each version's every file has the bytes it is named by."""
    versions = {version.number: version for version in DatasetVersion.objects.all()}
    assert repository.tags() == {number: version.git_commit for number, version in versions.items()}
    for number, version in versions.items():
        listings = listing_names(repository, number)
        assert listings["annotations"] == version.digest
        for folder in FOLDERS:
            data = repository.cache.read(listings[folder])
            assert md5_of(data) + ".dir" == listings[folder]
            for md5 in files_in(data).values():
                assert md5_of(repository.cache.read(md5)) == md5
    assert not (repository.temporary / "incoming").exists()


PLACES: tuple[Place, ...] = (
    (cache, "link"), (cache, "sync"), (cache.Incoming, "put"), (cache.Incoming, "close"),
    (Git, "run"), (snapshot, "store_row"), (DatasetVersion.objects, "create"),
    (Frames, "write"), (store, "write_file"),
)  # fmt: skip
"""What a snapshot does to the disk and the database."""


def test_killed_anywhere_it_is_finished_or_forgotten(committed_studio: Studio) -> None:
    studio = committed_studio
    frames = studio.add(4)
    studio.snapshot()
    chance = random.Random(SEED)
    studio.draw(frames[0])
    total = len(places_passed(studio.snapshot, PLACES))
    edges = [total * part // CRASHES for part in range(CRASHES + 1)]
    points = [chance.randrange(low, high) + 1 for low, high in zip(edges, edges[1:], strict=False)]
    finished = forgotten = 0
    for point in points:
        studio.draw(chance.choice(frames), x1=chance.uniform(0, 50), x2=chance.uniform(60, 600))
        before = DatasetVersion.objects.count()

        def die(point: int = point) -> None:
            Killer(point).install(PLACES)
            studio.snapshot()

        assert in_a_process(die) == 9, point
        repair_all(deep=True)
        check_agreement(studio.repository)
        is_there = DatasetVersion.objects.count() > before
        finished, forgotten = finished + is_there, forgotten + (not is_there)
        studio.snapshot()
    assert finished
    assert forgotten
    last = DatasetVersion.objects.latest("number")
    (studio.repository.temporary / "frames.msgpack").unlink()
    assert studio.snapshot(again=True).digest == last.digest


def test_a_version_that_git_has_gets_its_row(studio: Studio) -> None:
    studio.add(2)
    version = studio.snapshot("kept by git")
    DatasetVersion.objects.all().delete()
    repair_all(deep=False)
    found = DatasetVersion.objects.get()
    for name in (
        "number",
        "message",
        "git_commit",
        "digest",
        "counts",
        "filters",
        "created_by",
        "created_at",
    ):
        assert getattr(found, name) == getattr(version, name), name


def test_a_worker_repairs_when_it_starts(studio: Studio) -> None:
    """The row of one version is gone, and the files of both."""
    frames = studio.add(2)
    digests = [studio.snapshot().digest]
    studio.draw(frames[0])
    digests.append(studio.snapshot().digest)
    DatasetVersion.objects.filter(number=2).delete()
    shutil.rmtree(studio.repository.cache.files)
    tidy(is_first=True)
    assert list(DatasetVersion.objects.order_by("number").values_list("digest", flat=True)) == digests
    check_agreement(studio.repository)


def test_a_tag_without_its_files_goes(studio: Studio) -> None:
    (frame,) = studio.add(1)
    studio.snapshot()
    studio.draw(frame)
    second = studio.snapshot()
    DatasetVersion.objects.filter(number=2).delete()
    for path in (studio.repository.cache.path_for(second.digest), store.path_for(second.digest)):
        path.unlink()
    repair_all(deep=False)
    assert list(studio.repository.tags()) == [1]
    assert studio.snapshot().number == 2
    check_agreement(studio.repository)


def test_stale_locks_of_a_killed_git_are_no_hindrance(studio: Studio) -> None:
    studio.add(1)
    studio.snapshot()
    git = studio.repository.folder / ".git"
    for name in ("index.lock", "HEAD.lock", "packed-refs.lock", "refs/heads/main.lock", "refs/tags/v2.lock"):
        (git / name).touch()
    assert studio.snapshot("x", again=True).number == 2


def test_an_interrupted_init_is_ended(studio: Studio) -> None:
    studio.add(1)
    git = studio.repository.folder / ".git"
    (git / "refs").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    studio.snapshot()
    check_agreement(studio.repository)


def test_what_dvc_took_from_the_cache_comes_back(studio: Studio) -> None:
    """G8: the cache of the repository is all that ``dvc gc`` can reach."""
    frames = studio.add(3)
    studio.snapshot()
    studio.draw(frames[0])
    studio.snapshot()
    shutil.rmtree(studio.repository.cache.files)
    repair_all(deep=True)
    check_agreement(studio.repository)


def test_a_deleted_project_takes_its_versions_along(
    studio: Studio, django_capture_on_commit_callbacks: Any
) -> None:
    other = Studio(make_world())
    studio.add(2)
    studio.snapshot()
    shared = studio.frames[0].md5
    project, folder = studio.world.project, studio.repository.folder
    frame = other.world.frame(md5=shared, original_md5=shared, status="complete")
    other.snapshot()
    with django_capture_on_commit_callbacks(execute=True):
        Frame.objects.filter(project=project).delete()
        DatasetVersion.objects.filter(project=project).delete()
        project.memberships.all().delete()
        project.labels.all().delete()
        Project.objects.filter(pk=project.pk).delete()
    repair_all(deep=False)
    assert not folder.exists()
    left = [path for path in store.path_for("0" * 32).parent.parent.glob("*/*") if path.is_file()]
    assert {path.parent.name + path.name for path in left} == other.repository.cache.names()
    assert frame.md5 in other.repository.cache.names()


def test_removing_a_project_goes_on_after_a_crash(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    studio.add(3)
    studio.snapshot()
    folder = studio.repository.folder
    with django_capture_on_commit_callbacks(execute=True):
        Frame.objects.all().delete()
        DatasetVersion.objects.all().delete()
        studio.world.project.labels.all().delete()
        studio.world.project.delete()
    delete = store.delete_if_unreferenced
    calls: list[str] = []

    def fails_midway(md5: str) -> bool:
        calls.append(md5)
        if len(calls) == 4:
            raise OSError("killed")
        return delete(md5)

    monkeypatch.setattr(store, "delete_if_unreferenced", fails_midway)
    with pytest.raises(OSError, match="killed"):
        repair_all(deep=False)
    assert folder.exists()
    repair_all(deep=False)
    assert not folder.exists()
    assert not [path for path in store.path_for("0" * 32).parent.parent.glob("*/*") if path.is_file()]


def test_a_full_disk_leaves_nothing_broken(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    (frame,) = studio.add(1)
    studio.snapshot()
    names = studio.repository.cache.names()
    for target in ("link", "sync"):
        studio.draw(frame)
        original = getattr(cache, target)
        calls: list[int] = []

        def full(*args: Any, original: Any = original, calls: list[int] = calls) -> Any:
            calls.append(1)
            if len(calls) == 2:
                raise OSError(28, "No space left on device")
            return original(*args)

        with monkeypatch.context() as patch:
            patch.setattr(cache, target, full)
            with pytest.raises(OSError, match="No space"):
                studio.snapshot()
        assert studio.repository.cache.names() == names
        check_agreement(studio.repository)
    studio.snapshot()
    check_agreement(studio.repository)


def test_two_at_once_queue_up(committed_studio: Studio) -> None:
    """G5: the second waits, and then has a number of its own, or sees that nothing changed."""
    studio = committed_studio
    studio.add(3)
    made: list[int] = []

    def make() -> None:
        try:
            made.append(studio.snapshot("at once", again=True).number)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(made) == [1, 2, 3]
    check_agreement(studio.repository)
