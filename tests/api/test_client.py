"""The client against a real server and worker: everything as a person would type it."""

import hashlib
import importlib.util
import io
import json
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hitl_client import ApiError, Client, Unreachable, config
from hitl_client.cli import main
from hitl_client.transport import ATTEMPTS, Transport
from hitl_client.uploading import Tally, upload_folder
from PIL import Image
from websockets.sync.client import connect

from annotate.ai.catalogue import BY_KEY
from annotate.datasets.split import TEST, TRAIN, VAL, split_of
from tests.ai import data
from tests.media.pictures import numbered
from tests.media.site import Site, running_site

PROJECT = "Harbour cameras"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"HITL_API_REQUESTS_PER_SECOND": "1000", "HITL_FETCH_WEIGHTS": "0", "HITL_TRACKING": "0"}
    with running_site(tmp_path_factory.mktemp("client") / "data", worker=True, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    """Made and copied in the profile, as by a person."""
    maria = site.sign_in("maria")
    form = {"name": "tests", "scope": "manage", "days": "30", "project": ""}
    page = maria.http.post("/profile/tokens/", data=form, headers={"X-CSRFToken": maria.token})
    assert page.status_code == 200
    return "hitl_" + page.text.split('value="hitl_')[1].split('"')[0]


@pytest.fixture
def client(site: Site, token: str) -> Iterator[Client]:
    with Client(site.url, token) as client:
        yield client


@pytest.fixture
def signed_in(site: Site, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("HITL_TOKEN", raising=False)
    monkeypatch.delenv("HITL_URL", raising=False)
    config.save(config.Login(site.url, token))


def picture(seed: int) -> bytes:
    return numbered(seed)


def fill(folder: Path, *seeds: int) -> Path:
    (folder / "below").mkdir(parents=True)
    for place, seed in enumerate(seeds):
        (folder / ("below" if place % 2 else ".") / f"{seed}.PNG").write_bytes(picture(seed))
    return folder


def archive_of(folder: Path, *seeds: int) -> Path:
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for seed in seeds:
            archive.writestr(f"{seed}.png", picture(seed))
    return folder / "all.zip"


def test_login_keeps_the_token_for_its_owner_alone(
    site: Site,
    token: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.StringIO("hitl_00_wrong\n"))
    assert main(["login", site.url]) == 1 and not config.path().exists()
    monkeypatch.setattr("sys.stdin", io.StringIO(token + "\n"))
    assert main(["login", site.url]) == 0
    assert stat.S_IMODE(config.path().stat().st_mode) == 0o600
    assert stat.S_IMODE(config.path().parent.stat().st_mode) == 0o700
    said = capsys.readouterr()
    assert "Signed in as maria" in said.out and token not in said.out + said.err
    assert main(["projects"]) == 0 and PROJECT in capsys.readouterr().out
    assert main(["logout"]) == 0 and main(["projects"]) == 1
    assert "Sign in first" in capsys.readouterr().err


def test_a_folder_goes_up_once(
    signed_in: None, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fill(tmp_path / "photos", 1, 2, 3)
    (folder / "again.png").write_bytes(picture(1))
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_bytes(b"not sent")
    assert main(["upload", PROJECT, str(folder)]) == 1
    said = capsys.readouterr().err
    assert "5 of 5 files: 3 added, 1 there already, 0 queued, 1 refused" in said
    assert "broken.png: This is not an image" in said
    (folder / "broken.png").unlink()
    assert main(["upload", PROJECT, str(folder)]) == 0
    assert "4 of 4 files: 0 added, 4 there already" in capsys.readouterr().err
    project = client.project(PROJECT)
    names = [frame.name for frame in client.frames(project.id)]
    assert {"1.PNG", "2.PNG", "3.PNG"} <= {name.rsplit("/")[-1] for name in names}


def test_an_interrupted_folder_goes_on_where_it_was(client: Client, tmp_path: Path) -> None:
    project = client.project(PROJECT).id
    folder = fill(tmp_path / "more", *range(10, 18))

    class Stop(Exception):
        pass

    def stop(tally: Tally) -> None:
        if tally.done >= 3:
            raise Stop

    with pytest.raises(Stop):
        upload_folder(client, project, folder, at_once=1, on_step=stop)
    steps: list[int] = []
    tally = upload_folder(client, project, folder, on_step=lambda now: steps.append(now.done))
    assert tally.done == 8 and 3 <= tally.there <= 4 and tally.added == 8 - tally.there
    assert steps == sorted(steps) and steps[-1] == 8


def test_an_archive_becomes_a_job_that_is_waited_for(
    signed_in: None, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["upload", PROJECT, str(archive_of(tmp_path, 30, 31))]) == 0
    assert "1 queued" in capsys.readouterr().err
    assert len(list(client.frames(client.project(PROJECT).id, name="30.png"))) == 1


def test_boxes_are_written_read_and_guarded(client: Client, tmp_path: Path) -> None:
    project = client.project(PROJECT)
    (tmp_path / "boxes.png").write_bytes(picture(50))
    frame = client.upload(project.id, tmp_path / "boxes.png").frame
    assert frame is not None
    [label] = [one["id"] for one in client.pages(f"/projects/{project.id}/labels")]
    box = str(uuid4())
    edges = {"x1": 1, "y1": 2, "x2": 20, "y2": 25, "label": label}
    before = client.boxes(frame.id)
    made = client.commit(frame.id, [{"c": 1, "k": "create", "box": box, "set": edges}], if_match=before.tag)
    assert [one.accepted for one in made.outcomes] == [True]
    [read] = client.boxes(frame.id).items
    assert (read.id, read.x2, read.label) == (box, 20, label)
    with pytest.raises(ApiError) as refused:
        client.commit(frame.id, [{"c": 1, "k": "delete", "box": box}], if_match=before.tag)
    assert refused.value.status == 412 and refused.value.code == "changed"
    assert (
        client.request("PUT", f"/frames/{frame.id}/status", json={"status": "complete"})["status"]
        == "complete"
    )


def test_many_are_changed_given_out_and_taken_back(site: Site, client: Client, tmp_path: Path) -> None:
    project = client.project(PROJECT).id
    (tmp_path / "many.png").write_bytes(numbered(52))
    frame = client.upload(project, tmp_path / "many.png").frame
    assert frame is not None
    [label] = [one["id"] for one in client.pages(f"/projects/{project}/labels")]
    edges = {"x1": 1, "y1": 2, "x2": 20, "y2": 25, "label": label}
    boxes = [str(uuid4()) for _ in range(3)]
    client.commit(
        frame.id, [{"c": c, "k": "create", "box": box, "set": edges} for c, box in enumerate(boxes, 1)]
    )
    job = client.change_boxes(project, "delete", boxes)
    assert job is not None and client.wait(project, job.id).result["counts"] == {"done": 3}
    assert client.boxes(frame.id).items == [] and client.change_boxes(project, "delete", boxes) is None
    assert client.wait(project, client.undo(project, job.id).id).state == "done"
    assert {one.id for one in client.boxes(frame.id).items} == set(boxes)
    aside = client.change_frames(project, "set_aside", [frame.id])
    assert aside is not None and client.wait(project, aside.id).state == "done"
    assert frame.id not in {one.id for one in client.frames(project)}
    back = client.change_frames(project, "put_back", [frame.id])
    assert back is not None and client.wait(project, back.id).state == "done"
    assert frame.id in {one.id for one in client.frames(project)}
    ada = next(
        one["user"] for one in client.pages(f"/projects/{project}/members") if one["username"] == "ada"
    )
    given = client.give_out(project, ada, 2, due_on="2031-05-04")
    [share] = client.assignments(project)
    assert (share.user, share.total, share.due_on) == (ada, given, "2031-05-04")


def test_open_screens_see_what_a_program_does(site: Site, client: Client, tmp_path: Path) -> None:
    project = client.project(PROJECT).id
    (tmp_path / "live.png").write_bytes(numbered(51))
    frame = client.upload(project, tmp_path / "live.png").frame
    assert frame is not None
    session = site.sign_in("ada").http.cookies["hitl_session"]
    headers = {"Cookie": f"hitl_session={session}", "Origin": site.url}
    address = f"ws://127.0.0.1:{site.port}/ws/frames/{frame.id}/"
    with connect(address, additional_headers=headers) as socket:
        socket.send(json.dumps({"t": "hello", "v": 1, "client": str(uuid4())}))
        while json.loads(socket.recv(10))["t"] != "snapshot":
            continue
        [label] = [one["id"] for one in client.pages(f"/projects/{project}/labels")]
        edges = {"x1": 1, "y1": 2, "x2": 20, "y2": 25, "label": label}
        client.commit(frame.id, [{"c": 1, "k": "create", "box": str(uuid4()), "set": edges}])
        while (message := json.loads(socket.recv(10)))["t"] != "ev":
            continue
        assert [one["k"] for one in message["ops"]] == ["create"] and message["to"] == 1


def test_u21_a_long_file_is_read_only_from_who_may_send_it(
    site: Site, client: Client, token: str, tmp_path: Path
) -> None:
    project = client.project(PROJECT).id
    noise = Image.effect_noise((1600, 1200), 90)
    noise.save(tmp_path / "large.png")
    assert (tmp_path / "large.png").stat().st_size > 1_000_000
    assert client.upload(project, tmp_path / "large.png").outcome == "added"
    ada = site.sign_in("ada")
    form = {"name": "ada", "scope": "manage", "days": "7", "project": ""}
    page = ada.http.post("/profile/tokens/", data=form, headers={"X-CSRFToken": ada.token})
    adas = "hitl_" + page.text.split('value="hitl_')[1].split('"')[0]
    with Client(site.url, adas) as hers, pytest.raises(ApiError) as refused:
        hers.upload(project, tmp_path / "large.png")
    assert (refused.value.status, refused.value.code) == (403, "role")
    with Client(site.url, "hitl_00_none") as nobodys, pytest.raises(ApiError) as unknown:
        nobodys.upload(project, tmp_path / "large.png")
    assert unknown.value.status == 401
    with pytest.raises(ApiError) as long:
        client.request("POST", f"/projects/{project}/labels", json={"name": "x" * 1_100_000})
    assert long.value.status == 413 and long.value.code == "too_large"


def test_an_export_is_waited_for_and_fetched(
    signed_in: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.zip"
    assert main(["export", PROJECT, "--format", "coco", "--output", str(output)]) == 0, (
        capsys.readouterr().err
    )
    with zipfile.ZipFile(output) as archive:
        assert any(name.endswith(".json") for name in archive.namelist())
    assert str(output) in capsys.readouterr().out and not list(tmp_path.glob("*.part"))
    assert main(["export", PROJECT, "--format", "unheard-of", "--output", str(output)]) == 1
    assert "unheard-of" in capsys.readouterr().err


def complete_pictures(client: Client, folder: Path, counts: dict[str, int]) -> None:
    """So many pictures of each split, each with a box around what is on it."""
    folder.mkdir()
    project, left, seed = client.project(PROJECT).id, dict(counts), 0
    [label] = [one["id"] for one in client.pages(f"/projects/{project}/labels")]
    while any(left.values()):
        seed += 1
        x, y = seed % 30 + 2, seed * 7 % 30 + 2
        image = Image.new("RGB", (64, 64), (seed % 256, 90, 120))
        image.paste((250, 250, 240), (x, y, x + 24, y + 24))
        path = folder / f"square-{seed}.png"
        image.save(path)
        split = split_of(hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest(), False)
        if not left[split]:
            continue
        left[split] -= 1
        frame = client.upload(project, path).frame
        assert frame is not None
        edges = {"x1": x, "y1": y, "x2": x + 24, "y2": y + 24, "label": label}
        client.commit(frame.id, [{"c": 1, "k": "create", "box": str(uuid4()), "set": edges}])
        client.request("PUT", f"/frames/{frame.id}/status", json={"status": "complete"})


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.skipif(importlib.util.find_spec("dvc") is None, reason="the extra data is not installed")
def test_a_version_is_made_and_a_model_trained_from_it(
    site: Site, signed_in: None, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    complete_pictures(client, tmp_path / "squares", {TRAIN: 8, VAL: 2, TEST: 2})
    assert main(["snapshot", PROJECT, "-m", "squares", "--wait"]) == 0, capsys.readouterr().err
    assert "done" in capsys.readouterr().out
    project = client.project(PROJECT).id
    [version] = client.versions(project)
    assert (version.number, version.message) == (1, "squares") and version.counts["frames"] >= 12
    same = client.compare(project, 1, 1)
    assert same.frames == {"added": 0, "removed": 0, "changed": 0} and same.boxes is not None
    assert not any(same.boxes.values()) and (same.people, same.models, same.ids) == ({}, {}, [])
    if any(importlib.util.find_spec(name) is None for name in ("torch", "ultralytics")):
        pytest.skip("the extra ml is not installed")
    weights, pin = data.weights("yolo26n")
    target = BY_KEY["yolo26n"].path(site.data / "models", pin)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(weights, target)
    words = ["--version", "1", "--epochs", "1", "--image-size", "32", "--batch", "4"]
    assert main(["train", PROJECT, *words, "--wait"]) == 0, capsys.readouterr().err
    assert "done" in capsys.readouterr().out
    [made] = [one["id"] for one in client.pages(f"/projects/{project}/trainings")]
    training = client.training(project, made)
    assert (training.version, len(training.epochs)) == (1, 1) and training.model is not None
    assert training.outcome and training.evaluation["challenger"]


def test_a_project_is_watched(signed_in: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upload", PROJECT, str(archive_of(tmp_path, 40))]) == 0
    capsys.readouterr()
    assert main(["watch", PROJECT, "--once"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{PROJECT}: ") and "images" in lines[0]
    assert any("done" in line for line in lines[1:])


def test_what_cannot_be_done_says_why_and_fails(signed_in: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", PROJECT]) == 1
    assert "503 no_model" in capsys.readouterr().err
    assert main(["train", PROJECT, "--epochs", "0"]) == 1
    assert "422 range" in capsys.readouterr().err
    assert main(["watch", "No such project", "--once"]) == 1
    assert "no project of yours" in capsys.readouterr().err
    assert main(["upload", PROJECT, "/no/such/folder"]) == 1


def test_without_tls_a_token_is_sent_to_this_machine_only(token: str) -> None:
    for url in ("http://labels.example.org", "labels.example.org", "ftp://labels.example.org"):
        with pytest.raises(ValueError, match="address|encrypted"):
            Client(url, token)
    Client("http://labels.example.org", token, insecure=True).close()


class Scripted(httpx.BaseTransport):
    """Answers, or fails, in turn."""

    def __init__(self, *turns: Any) -> None:
        self.turns, self.asked = list(turns), list[httpx.Request]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        turn = self.turns.pop(0)
        if isinstance(turn, Exception):
            raise turn
        return httpx.Response(turn[0], headers=turn[1], json=[*turn, {"detail": "no", "code": "x"}][2])


def transport_with(*turns: Any) -> tuple[Transport, Scripted, list[float]]:
    pauses: list[float] = []
    transport, script = Transport("http://localhost", "hitl_a_b", sleep=pauses.append), Scripted(*turns)
    transport.http = httpx.Client(base_url=transport.http.base_url, transport=script)
    return transport, script, pauses


def test_a_comparison_that_takes_long_is_asked_for_and_waited_for() -> None:
    job = {
        "id": "7",
        "kind": "compare",
        "name": "v1 – v2",
        "done": 0,
        "total": 0,
        "message": "",
        "result": {},
    }
    uncounted = {"before": 1, "after": 2, "frames": {"changed": 9}, "ids": [3], "job": None}
    uncounted |= dict.fromkeys(("boxes", "people", "models"))
    counted = {**uncounted, "boxes": {"moved": 4}, "people": {"ada": {"moved": 4}}, "models": {}}
    client = Client("http://localhost", "hitl_a_b", sleep=lambda seconds: None)
    states: list[Any] = [(200, {}, {**job, "state": state}) for state in ("running", "done")]
    script = Scripted(
        (200, {}, uncounted), (202, {}, {**job, "state": "queued"}), *states, (200, {}, counted)
    )
    client.transport.http = httpx.Client(base_url=client.transport.http.base_url, transport=script)
    found = client.compare(1, before=1, after=2)
    assert (found.boxes, found.people, found.models) == ({"moved": 4}, {"ada": {"moved": 4}}, {})
    assert [request.method for request in script.asked] == ["GET", "POST", "GET", "GET", "GET"]
    assert json.loads(script.asked[1].content) == {"before": 1, "after": 2}
    assert script.asked[4].url.params["before"] == "1"


def test_what_passes_is_tried_again_under_the_same_key(tmp_path: Path) -> None:
    lost = httpx.ConnectError("gone")
    transport, script, pauses = transport_with(lost, (503, {"Retry-After": "7"}), (429, {}), (201, {}))
    assert transport.send("POST", "/things", json={"a": 1}).status_code == 201
    assert len({request.headers["Idempotency-Key"] for request in script.asked}) == 1
    assert [json.loads(request.content) for request in script.asked] == [{"a": 1}] * 4
    assert pauses[1] >= 7 and all(0 < pause <= 30 for pause in pauses)
    file = tmp_path / "file.jpg"
    file.write_bytes(b"whole")
    transport, script, _ = transport_with(lost, (201, {}))
    transport.send("POST", "/things", file=file)
    assert [request.content for request in script.asked] == [b"whole", b"whole"]


def test_what_does_not_pass_is_not_tried_again() -> None:
    for status in (400, 401, 403, 404, 409, 412, 422, 500):
        transport, script, pauses = transport_with((status, {"X-Request-ID": "abc"}))
        with pytest.raises(ApiError) as refused:
            transport.send("GET", "/things")
        assert (refused.value.status, len(script.asked), pauses) == (status, 1, [])
    problem = {"Content-Type": "application/problem+json"}  # such as: no model is installed
    transport, script, _ = transport_with((503, problem))
    with pytest.raises(ApiError):
        transport.send("POST", "/detections")
    assert len(script.asked) == 1
    transport, script, pauses = transport_with(*[httpx.ConnectError("gone")] * ATTEMPTS)
    with pytest.raises(Unreachable):
        transport.send("GET", "/things")
    assert len(script.asked) == ATTEMPTS and len(pauses) == ATTEMPTS - 1
