"""Copies of versions in a remote: there and back by the real DVC, and what is said where that cannot work."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from annotate.datasets import remotes
from annotate.datasets.repository import Repository, shared_settings
from annotate.datasets.versions import FOLDERS
from annotate.jobs import queue
from annotate.jobs.runner import run_claimed
from annotate.jobs.versions import start_copy
from annotate.media import store
from annotate.models import DatasetVersion, Job
from hitlsite import env
from tests.datasets.conftest import Studio
from tests.datasets.test_real_dvc import DVC, Clone
from tests.datasets.test_repair import check_agreement

needs_dvc = pytest.mark.skipif(not DVC.exists(), reason="DVC is not installed (make install)")


def copy(studio: Studio, *, pull: bool) -> Job:
    start_copy(studio.world.project, user=studio.world.people["owner"], pull=pull)
    job = queue.claim([Job.Kind.SYNC_DATA])
    assert job is not None
    run_claimed(job, threading.Event())
    job.refresh_from_db()
    return job


@needs_dvc
def test_pushed_cloned_elsewhere_and_fetched_again(
    studio: Studio, settings: Settings, tmp_path: Path
) -> None:
    remote = tmp_path / "a remote"
    settings.DVC_REMOTE = str(remote)
    (frame,) = studio.add(1)
    studio.snapshot()
    studio.draw(frame)
    studio.snapshot()
    job = copy(studio, pull=False)
    assert job.state == Job.State.DONE, (job.error, job.log)
    history = remote / "git" / f"{studio.world.project.pk}.git"
    clone = Clone(tmp_path / "clone", history, "v1", remote)
    clone.dvc("pull")
    assert {folder: len(clone.files(folder)) for folder in FOLDERS} == dict.fromkeys(FOLDERS, 1)
    # The server loses its versions, and gets them back.
    rows = list(DatasetVersion.objects.order_by("number").values("number", "digest", "git_commit", "counts"))
    DatasetVersion.objects.all().delete()
    shutil.rmtree(studio.repository.folder)
    for path in store.path_for("0" * 32).parent.parent.glob("*/*"):
        if path.is_file() and path.parent.name + path.name != frame.md5:
            path.unlink()
    job = copy(studio, pull=True)
    assert job.state == Job.State.DONE, (job.error, job.log)
    back = DatasetVersion.objects.order_by("number").values("number", "digest", "git_commit", "counts")
    assert list(back) == rows
    check_agreement(studio.repository)
    assert store.exists(rows[0]["digest"])


def test_no_remote_and_no_dvc_are_said(
    studio: Studio, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.add(1)
    studio.snapshot()
    assert "No remote is set up" in copy(studio, pull=False).error
    settings.DVC_REMOTE = "/nowhere"
    monkeypatch.setattr(remotes, "is_installed", lambda: False)
    assert "DVC is not installed" in copy(studio, pull=False).error


def test_a_failure_keeps_what_was_said(studio: Studio) -> None:
    program = [sys.executable, "-c", "import sys; print('no room there'); sys.exit(3)"]
    with pytest.raises(remotes.CannotCopy) as caught:
        remotes.run_program(program, studio.repository.folder.parents[1], {}, lambda: None)
    assert (caught.value.code, caught.value.said) == ("failed", "no room there")


class Enough(Exception):
    pass


def test_a_cancel_ends_all_that_was_started(tmp_path: Path, studio: Studio) -> None:
    mark = tmp_path / "still-here"
    child = f"import time; time.sleep(1.5); open({str(mark)!r}, 'w')"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"

    def check() -> None:
        raise Enough

    with pytest.raises(Enough):
        remotes.run_program([sys.executable, "-c", program], tmp_path, {}, check)
    listed = subprocess.run(["ps", "-axo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(mark) not in listed
    assert not mark.exists()


def test_settings_for_clones_hold_the_place_but_nothing_secret(
    studio: Studio, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very secret")
    settings.DVC_REMOTE, settings.DVC_REMOTE_ENDPOINT = "s3://bucket/a/prefix", "http://minio:9000"
    text = shared_settings().decode()
    assert "s3://bucket/a/prefix" in text
    assert "http://minio:9000" in text
    studio.add(1)
    studio.snapshot()
    folder = studio.repository.folder
    assert b"very secret" not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert (folder / ".dvc" / "config.local").stat().st_mode & 0o777 == 0o600
    assert "config.local" not in studio.repository.git.text("ls-files")
    assert remotes.environment_of(folder)["AWS_SECRET_ACCESS_KEY"] == "very secret"
    assert Repository(studio.world.project.pk).read(1, ".dvc/config").decode() == text


@pytest.mark.parametrize(
    "value", ["remote", "s3:/x", "s3://", 's3://b/"x', "/a\nb", "ssh://host/x", "s3://-b/../x "]
)
def test_what_is_no_place_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HITL_DVC_REMOTE", value)
    with pytest.raises(env.SettingError, match="HITL_DVC_REMOTE"):
        env.remote("HITL_DVC_REMOTE")


@pytest.mark.parametrize("value", ["", "/srv/a folder, with #", "s3://bucket", "s3://bucket.name/pre/fix"])
def test_places(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HITL_DVC_REMOTE", value)
    assert env.remote("HITL_DVC_REMOTE") == value
