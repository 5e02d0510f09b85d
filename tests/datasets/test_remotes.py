"""Copies of versions in a remote: there and back by the real DVC, and what is said where that cannot work."""

import errno
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from annotate.datasets import remotes
from annotate.datasets.repository import Repository, shared_settings
from annotate.datasets.versions import FOLDERS
from annotate.jobs import queue
from annotate.jobs import versions as work
from annotate.jobs.run import Cancelled, JobRun
from annotate.jobs.runner import run_claimed
from annotate.jobs.versions import start_copy
from annotate.media import store
from annotate.models import DatasetVersion, Job
from hitlsite import env
from tests.datasets.conftest import Studio
from tests.datasets.test_real_dvc import DVC, Clone
from tests.datasets.test_repair import check_agreement

needs_dvc = pytest.mark.skipif(not DVC.exists(), reason="DVC is not installed (make install)")


def ask(studio: Studio, *, pull: bool) -> tuple[Job, bool]:
    return start_copy(studio.world.project, user=studio.world.people["owner"], pull=pull)


def copy(studio: Studio, *, pull: bool) -> Job:
    ask(studio, pull=pull)
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


def test_the_same_copy_is_not_asked_for_twice(studio: Studio) -> None:
    first, is_new = ask(studio, pull=False)
    assert is_new
    assert ask(studio, pull=False) == (first, False), "it waits"
    assert ask(studio, pull=True)[1], "the other way is something else"
    claimed = queue.claim([Job.Kind.SYNC_DATA], first.pk)
    assert claimed is not None
    assert ask(studio, pull=False) == (first, False), "it runs"
    queue.request_cancel(claimed)
    assert ask(studio, pull=False)[1], "one that is being stopped does not count"
    Job.objects.update(state=Job.State.DONE)
    assert ask(studio, pull=False)[1], "there may be new versions since"


def test_the_page_and_the_api_say_that_a_copy_is_under_way(studio: Studio, client: Client) -> None:
    client.force_login(studio.world.people["owner"])
    address = reverse("copy_versions", args=[studio.world.project.pk])
    said = "Versions are being copied already."
    assert said not in client.post(address, {"action": "push"}, follow=True).content.decode()
    assert said in client.post(address, {"action": "push"}, follow=True).content.decode()
    told = client.post(address, {"action": "pull"}, follow=True).content.decode()
    assert "being fetched already" not in told
    assert "being fetched already" in client.post(address, {"action": "pull"}, follow=True).content.decode()
    answers = [
        client.post(
            f"/api/v1/projects/{studio.world.project.pk}/versions/copy",
            {"direction": "push"},
            content_type="application/json",
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    waiting = Job.objects.get(kind=Job.Kind.SYNC_DATA, payload__pull=False)
    assert {answer.json()["id"] for answer in answers} == {str(waiting.pk)}


@pytest.mark.parametrize("pull", [False, True])
def test_a_copy_waits_for_another_and_can_be_cancelled_meanwhile(
    studio: Studio, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pull: bool
) -> None:
    settings.DVC_REMOTE = str(tmp_path / "remote")
    studio.add(1)
    studio.snapshot()
    started: list[object] = []
    for name in ("push", "pull"):
        monkeypatch.setattr(remotes, name, lambda *given: started.append(given))
    job, _is_new = ask(studio, pull=pull)
    claimed = queue.claim([Job.Kind.SYNC_DATA], job.pk)
    assert claimed is not None
    run = JobRun(claimed, threading.Event())

    def check() -> None:
        assert not started
        raise Cancelled

    monkeypatch.setattr(run, "check", check)
    with studio.repository.copying(), pytest.raises(Cancelled):
        work.copy(run)
    assert not started
    monkeypatch.undo()
    studio.snapshot(again=True)  # nobody holds anything any more


def test_versions_are_made_while_one_is_sent_and_go_with_the_next(
    studio: Studio, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their history must not get there without their files."""
    settings.DVC_REMOTE = str(tmp_path / "remote")
    monkeypatch.setattr(remotes, "is_installed", lambda: True)
    studio.add(1)
    studio.snapshot()
    history = tmp_path / "remote" / "git" / f"{studio.world.project.pk}.git"

    def sending(*_given: object) -> str:
        studio.snapshot(again=True)
        return ""

    def names() -> list[str]:
        listed = subprocess.run(
            ["git", "for-each-ref", "--format=%(refname) %(objectname)"],
            cwd=history,
            capture_output=True,
            text=True,
            check=True,
        )
        return [line.split()[0] for line in listed.stdout.splitlines()]

    monkeypatch.setattr(remotes, "run_dvc", sending)
    remotes.push(studio.repository, lambda: None)
    assert names() == ["refs/heads/main", "refs/tags/v1"]
    assert sorted(studio.repository.tags()) == [1, 2]
    monkeypatch.setattr(remotes, "run_dvc", lambda *_given: "")
    remotes.push(studio.repository, lambda: None)
    assert names() == ["refs/heads/main", "refs/tags/v1", "refs/tags/v2"]


def test_two_histories_never_share_a_file(studio: Studio) -> None:
    with remotes.a_bundle() as one, remotes.a_bundle() as other:
        assert one != other
        one.write_bytes(b"1")
    assert not one.exists()


@pytest.mark.parametrize("pull", [False, True])
@pytest.mark.parametrize("said", ["the system", "dvc"])
def test_a_full_disk_is_said(
    studio: Studio, settings: Settings, monkeypatch: pytest.MonkeyPatch, pull: bool, said: str
) -> None:
    settings.DVC_REMOTE = "/srv/copies"
    studio.add(1)
    studio.snapshot()
    no_room = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fail(*_given: object) -> str:
        raise no_room if said == "the system" else remotes.CannotCopy("failed", f"ERROR: {no_room}")

    monkeypatch.setattr(remotes, "pull" if pull else "push", fail)
    job = copy(studio, pull=pull)
    assert job.state == Job.State.FAILED
    assert "The disk is full" in job.error and "Nothing was lost" in job.error
    assert "No space left" in job.log


def test_a_remote_where_nobody_may_write_is_said_at_once(
    studio: Studio, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DVC_REMOTE = "/srv/copies"
    studio.add(1)
    studio.snapshot()

    def fail(*_given: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", "/srv/copies")

    monkeypatch.setattr(remotes, "push", fail)
    job = copy(studio, pull=False)
    assert job.state == Job.State.FAILED and "the log says why" in job.error
    assert "Permission denied" in job.log


def test_without_a_version_there_is_nothing_to_send(
    studio: Studio, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remotes, "is_installed", lambda: True)
    settings.DVC_REMOTE = str(tmp_path / "remote")
    studio.repository.ensure()
    job = copy(studio, pull=False)
    assert job.state == Job.State.DONE, (job.error, job.log)
