"""Copies in an S3-compatible store: a real server of that kind on this machine, DVC and s3fs as they are in production.

Runs where ``dvc[s3]`` is installed (``make install-dev`` and ``make test`` do), beside moto, which is that server.
"""

import importlib.util
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pytest_django.fixtures import Settings

from annotate.datasets import remotes
from annotate.datasets.repair import repair
from annotate.datasets.repository import Repository
from annotate.models import DatasetVersion
from tests.datasets.conftest import Studio
from tests.services import free_port

MISSING = [name for name in ("dvc_s3", "s3fs", "moto") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
READY_S = 30.0


@pytest.fixture
def bucket(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address on a server of its own; the settings name it, the variables have the credentials."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret of the worker")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with (tmp_path / "s3.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log
        )
    try:
        wait_for(endpoint)
        httpx.put(f"{endpoint}/copies").raise_for_status()
        settings.DVC_REMOTE, settings.DVC_REMOTE_ENDPOINT = "s3://copies/of/versions", endpoint
        yield f"{endpoint}/copies"
    finally:
        server.kill()
        server.wait()


def wait_for(address: str) -> None:
    deadline = time.monotonic() + READY_S
    while True:
        try:
            httpx.get(address, timeout=2)
            return
        except httpx.HTTPError:
            assert time.monotonic() < deadline, "the S3 server does not start"
            time.sleep(0.2)


def nothing() -> None:
    """Nobody wants it to stop."""


def test_a_remote_without_versions_of_the_project_says_so(studio: Studio, bucket: str) -> None:
    with pytest.raises(remotes.CannotCopy) as caught:
        remotes.pull(Repository(studio.world.project.pk), nothing)
    assert caught.value.code == "nothing_there"


def test_versions_go_to_s3_and_come_back(studio: Studio, bucket: str) -> None:
    frames = studio.add(3, boxes=2)
    studio.snapshot("first")
    studio.draw(frames[0], x1=70.0, x2=90.0)
    studio.snapshot("second")
    repository = Repository(studio.world.project.pk)
    tags, names = repository.tags(), repository.cache.names()
    remotes.push(repository, nothing)
    listed = httpx.get(bucket, params={"list-type": "2"}).text
    assert (
        f"of/versions/git/{studio.world.project.pk}.bundle" in listed and "of/versions/files/md5/" in listed
    )
    assert "Everything is up to date" in remotes.push(repository, nothing), "nothing is sent twice"
    assert "secret" not in "".join(
        path.read_text(errors="replace") for path in (repository.folder / ".dvc").glob("config*")
    )

    shutil.rmtree(repository.folder)
    DatasetVersion.objects.all().delete()
    remotes.pull(repository, nothing)
    assert repository.tags() == tags and repository.cache.names() == names
    repair(repository, deep=True)
    assert sorted(DatasetVersion.objects.values_list("number", "message")) == [(1, "first"), (2, "second")]
