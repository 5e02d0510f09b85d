"""The job of a detection, with a real ONNX model that always finds the same two boxes."""

import hashlib
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from annotate import courtesy
from annotate.ai import apart
from annotate.ai.apart import Apart
from annotate.ai.here import Here
from annotate.ai.warm import Warm
from annotate.detection.request import Wish
from annotate.detection.versions import path_of, register
from annotate.jobs import detecting
from annotate.jobs.detect import cancel, start_detection
from annotate.jobs.runner import Runner
from annotate.media import store
from annotate.media.ingest import AddedFrame, add_image
from annotate.models import Box, Detection, DetectionFrame, Frame, Job, ModelVersion
from tests.ai import standin
from tests.ai.models import constant, dense, endless
from tests.media.conftest import folders
from tests.sync.world import World

__all__ = ["folders"]

# In the 64 x 64 pixels that the model sees; the pictures have 128 x 128.
ROWS = [[16, 16, 20, 20, 0.9, 0.0, 0.0], [40, 40, 10, 10, 0.0, 0.6, 0.0]]


@pytest.fixture
def model(world: World, folders: Path, settings: object) -> ModelVersion:
    settings.MODELS_DIR = folders / "models"  # type: ignore[attr-defined]
    return install(constant(folders / "made.onnx", dense(ROWS), names=("car", "bus", "cat")))


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Warm]:
    """No model is open before, and none afterwards."""
    fresh = Warm()
    monkeypatch.setattr(detecting, "WARM", fresh)
    yield fresh
    for model in fresh._opened.values():
        model.close()


def install(file: Path, **words: Any) -> ModelVersion:
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    given = {"name": file.stem, "classes": ["car", "bus", "cat"], **words}
    suffix = file.suffix.removeprefix(".")
    version = register(suffix=suffix, sha256=sha256, image_size=64, **given)
    path_of(version).parent.mkdir(parents=True, exist_ok=True)
    path_of(version).write_bytes(file.read_bytes())
    return version


def add_picture(world: World, number: int) -> Frame:
    file = io.BytesIO()
    Image.new("RGB", (128, 128), (number * 40 % 255, 80, 120)).save(file, "PNG")
    added = add_image(world.project, world.source, f"{number}.png", file.getvalue())
    assert isinstance(added, AddedFrame)
    return added.frame


def start(world: World, *frames: Frame) -> Detection:
    wish = Wish(tuple(frame.pk for frame in frames) or None)
    return start_detection(world.project, wish, user=world.people["annotator"], trigger="api")


def work(lane: str = "batch", stop: threading.Event | None = None) -> None:
    assert Runner(lane, stop or threading.Event()).run_one()


def job_of(detection: Detection) -> Job:
    return Job.objects.get(detection=detection)


def test_it_proposes_on_every_frame(world: World, model: ModelVersion) -> None:
    frames = [add_picture(world, number) for number in range(3)]
    detection = start(world)
    work()
    job = job_of(detection)
    assert (job.state, job.done_units, job.total_units, job.result["proposed"]) == ("done", 3, 3, 6)
    boxes = Box.objects.filter(frame=frames[0]).order_by("x1")
    assert [(box.x1, box.y1, box.x2, box.y2, box.label.name) for box in boxes] == [
        (12, 12, 52, 52, "car"),
        (70, 70, 90, 90, "bus"),
    ]
    assert {"wait", "load", "inference", "commit"} <= job.result["timings"].keys()
    assert '"total": 3' in job.log and '"proposed": 6' in job.log
    detection.refresh_from_db()
    assert detection.finished_at is not None
    frames[0].refresh_from_db()
    assert frames[0].score is not None


def test_one_frame_goes_through_the_quick_lane(world: World, model: ModelVersion) -> None:
    frame = add_picture(world, 1)
    detection = start(world, frame)
    assert not Runner("batch", threading.Event()).run_one()
    work("detect")
    job = job_of(detection)
    assert job.state == "done" and Box.objects.filter(frame=frame).count() == 2
    assert {"wait", "queue", "load", "inference", "commit"} <= job.result["timings"].keys()


def test_a_file_that_was_described_twice_answers_as_it_is_described(
    world: World, folders: Path, settings: object
) -> None:
    settings.MODELS_DIR = folders / "models"  # type: ignore[attr-defined]
    file = constant(folders / "made.onnx", dense(ROWS), names=None)
    one = install(file)
    other = install(file, name="other", classes=["bus", "car", "cat"])
    for number, version in enumerate((one, other, one)):
        frame = add_picture(world, number)
        start_detection(world.project, Wish((frame.pk,), version.pk), user=None, trigger="api")
        work("detect")
        assert Box.objects.filter(frame=frame).latest("confidence").label.name == version.classes[0]


def test_it_goes_on_where_it_stopped(
    world: World, model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        add_picture(world, number)
    detection = start(world)
    stop, looked = threading.Event(), []
    write = detecting.Series.write

    def write_twice(series: detecting.Series, *what: Any) -> None:
        looked.append(1)
        if len(looked) == 2:
            stop.set()
        write(series, *what)

    monkeypatch.setattr(detecting.Series, "write", write_twice)
    work(stop=stop)
    done = DetectionFrame.objects.count()
    assert job_of(detection).state == "queued" and 1 <= done <= 2
    Job.objects.update(attempts=1)  # as after a crash, which counts
    work()
    beginning = job_of(detection).payload["taken_up"]
    assert (beginning["attempt"], beginning["done"]) == (2, done)
    assert len(looked) <= 5 and DetectionFrame.objects.filter(detection=detection).count() == 4
    assert Box.objects.count() == 8 and job_of(detection).state == "done"


def test_what_a_resumed_detection_counts_is_what_all_attempts_did(
    world: World, model: ModelVersion, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker is killed after it wrote a frame, before it told how far it is."""
    rows = [*ROWS, [50, 50, 4, 4, 0, 0, 0.5], [10, 10, 5, 5, 7.0, 0, 0]]
    world.project.model_version = install(
        constant(folders / "more.onnx", dense(rows), names=("car", "bus", "cat"))
    )
    for number in range(4):
        add_picture(world, number)
    detection = start(world)
    write, written = detecting.Series.write, list[int]()

    def killed(series: detecting.Series, frame_id: int, *what: Any) -> None:
        write(series, frame_id, *what)
        written.append(frame_id)
        if len(written) == 3:
            raise SystemExit

    monkeypatch.setattr(detecting.Series, "write", killed)
    with pytest.raises(SystemExit):
        work()
    assert job_of(detection).result.get("proposed", 0) < 6
    Job.objects.update(state="queued", lease_until=None)
    work()
    job = job_of(detection)
    assert (job.state, job.done_units, job.result["proposed"]) == ("done", 4, 8)
    assert job.result["left_out"] == {"bad_confidence": 4, "unmapped": 4}
    spent = [row.timings["inference"] for row in detection.frames.all()]
    assert job.result["timings"]["inference"] == pytest.approx(sum(spent), abs=0.05)
    assert job.started_at is not None
    waited = (job.started_at - job.created_at).total_seconds() * 1000
    assert job.result["timings"]["wait"] == pytest.approx(waited, abs=0.1)


def test_a_worker_that_is_asked_to_stop_says_what_it_has_done(
    world: World, model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        add_picture(world, number)
    detection, stop = start(world), threading.Event()
    write = detecting.Series.write

    def write_and_stop(series: detecting.Series, *what: Any) -> None:
        write(series, *what)
        if detection.frames.count() == 2:
            stop.set()

    monkeypatch.setattr(detecting.Series, "write", write_and_stop)
    work(stop=stop)
    job = job_of(detection)
    assert (job.state, job.done_units, job.result["proposed"]) == ("queued", 2, 4)


def test_m6_a_model_that_hangs_fails_its_job_and_the_lane_goes_on(
    world: World, model: ModelVersion, folders: Path, settings: Any
) -> None:
    settings.DETECT_TIMEOUT_S = 0.3
    frame = add_picture(world, 1)
    world.project.model_version = install(endless(folders / "endless.onnx"))
    hanging = start(world, frame)
    work("detect")
    job = job_of(hanging)
    assert job.state == "failed" and "more than 0.3 seconds" in job.error
    assert job.result["problem"]["values"] == {"seconds": "0.3"}
    settings.DETECT_TIMEOUT_S = 20
    world.project.model_version = model
    after = start(world, frame)
    work("detect")
    assert job_of(after).state == "done"


def test_m6_a_batch_whose_model_hangs_fails(
    world: World, folders: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODELS_DIR, settings.DETECT_TIMEOUT_S = folders / "models", 1
    monkeypatch.setattr("annotate.ai.limits.PATIENCE", 3)
    world.project.model_version = install(endless(folders / "endless.onnx"))
    for number in range(2):
        add_picture(world, number)
    detection = start(world)
    work()
    job = job_of(detection)
    assert job.state == "failed" and "more than 3 seconds" in job.error


def test_m6_a_detection_can_be_cancelled_while_the_model_looks(
    world: World, folders: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODELS_DIR = folders / "models"
    monkeypatch.setattr("annotate.jobs.run.TICK_S", 0.0)
    world.project.model_version = install(endless(folders / "endless.onnx"))
    detection = start(world, add_picture(world, 1))
    look = Here.look

    def cancel_and_look(here: Here, *what: Any) -> Any:
        cancel(detection)
        return look(here, *what)

    monkeypatch.setattr(Here, "look", cancel_and_look)
    work("detect")
    assert job_of(detection).state == "cancelled"


def test_m1_weights_that_are_a_program_are_run_apart_and_kept_open(
    world: World, folders: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, warm: Warm
) -> None:
    settings.MODELS_DIR = folders / "models"
    monkeypatch.setattr(apart, "PROGRAM", standin.PROGRAM)
    report = folders / "report"
    world.project.model_version = install(standin.spy(folders / "made.pt", report))
    processes = []
    for number in range(2):
        detection = start(world, frame := add_picture(world, number))
        work("detect")
        job = job_of(detection)
        assert (job.state, job.error, job.result["proposed"]) == ("done", "", 1)
        assert Box.objects.get(frame=frame).label.name == "car"
        [model] = warm._opened.values()
        assert isinstance(model, Apart)
        processes.append(model.process.pid)
    assert len(set(processes)) == 1 and standin.reported(report)["process"] == processes[0] != os.getpid()
    assert (job.result["timings"]["load"], "queue" in job.result["timings"]) == (0, True)


def test_it_can_be_cancelled(world: World, model: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        add_picture(world, number)
    detection = start(world)
    monkeypatch.setattr("annotate.jobs.run.TICK_S", 0.0)
    write = detecting.Series.write

    def write_and_cancel(series: detecting.Series, *what: Any) -> None:
        cancel(detection)
        write(series, *what)

    monkeypatch.setattr(detecting.Series, "write", write_and_cancel)
    work()
    assert job_of(detection).state == "cancelled" and DetectionFrame.objects.count() == 1


def test_a_picture_that_cannot_be_read_is_counted_and_keeps_its_proposals(
    world: World, model: ModelVersion
) -> None:
    frame = add_picture(world, 1)
    start(world, frame)
    work("detect")
    before = Frame.objects.values().get(pk=frame.pk)
    store.path_for(frame.md5).unlink()
    detection = start(world, frame)
    work("detect")
    job = job_of(detection)
    assert (job.state, job.result["left_out"], job.result["replaced"]) == ("done", {"unreadable": 1}, 0)
    assert "cannot be read" in job.log and not DetectionFrame.objects.filter(detection=detection).exists()
    assert Box.objects.filter(frame=frame, deleted_revision=None).count() == 2
    assert Frame.objects.values().get(pk=frame.pk) == before


def test_whoever_goes_on_looks_again_at_what_could_not_be_read(world: World, model: ModelVersion) -> None:
    frames = [add_picture(world, number) for number in range(2)]
    file = store.path_for(frames[0].md5)
    data = file.read_bytes()
    file.unlink()
    detection = start(world)
    work()
    assert [row.frame_id for row in detection.frames.all()] == [frames[1].pk]
    file.write_bytes(data)
    Job.objects.update(state="queued")  # as after a failure, when somebody tries again
    work()
    assert {row.frame_id for row in detection.frames.all()} == {frame.pk for frame in frames}


def test_a_picture_that_cannot_be_read_does_not_stop_a_batch(world: World, model: ModelVersion) -> None:
    frames = [add_picture(world, number) for number in range(4)]
    store.path_for(frames[1].md5).unlink()
    store.path_for(frames[2].md5).write_bytes(b"no picture")
    detection = start(world)
    work()
    rows = DetectionFrame.objects.filter(detection=detection).order_by("pk")
    assert [row.frame_id for row in rows] == [frames[0].pk, frames[3].pk]
    job = job_of(detection)
    assert (job.state, job.done_units, job.result["left_out"]) == ("done", 4, {"unreadable": 2})
    assert Box.objects.count() == 4


def test_a_batch_whose_weights_are_gone_or_changed_says_so(world: World, model: ModelVersion) -> None:
    frames = [add_picture(world, number) for number in range(3)]
    changed, gone = start(world, *frames[:2]), start(world, *frames[1:])
    path = path_of(model)
    path.write_bytes(path.read_bytes() + b" ")
    work()
    path.unlink()
    work()
    assert [job_of(one).state for one in (changed, gone)] == ["failed", "failed"]
    assert "hash" in job_of(changed).error and "not on this machine" in job_of(gone).error
    assert not Box.objects.exists()


def test_a_batch_whose_process_is_killed_is_tried_again_and_goes_on(
    world: World, model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        add_picture(world, number)
    detection = start(world)
    write, written = detecting.Series.write, list[int]()

    def kill_after(series: detecting.Series, frame_id: int, *what: Any) -> None:
        write(series, frame_id, *what)
        written.append(frame_id)
        if len(written) in (2, 5):
            running[-1].process.kill()

    running: list[Apart] = []
    enter = Apart.__enter__

    def remember(apart: Apart) -> Apart:
        running.append(apart)
        return enter(apart)

    monkeypatch.setattr(Apart, "__enter__", remember)
    monkeypatch.setattr(detecting.Series, "write", kill_after)
    monkeypatch.setattr("annotate.jobs.queue.RETRY_DELAY_S", 0.0)
    states = []
    for _ in range(3):
        work()
        states.append(job_of(detection).state)
    assert states == ["queued", "queued", "done"] and len(running) == 3
    assert len(written) == len(set(written)) == 8 and Box.objects.count() == 16


def test_a_batch_whose_process_never_lives_long_says_so_in_the_end(
    world: World, model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_picture(world, 1)
    detection = start(world)
    enter = Apart.__enter__

    def kill(apart: Apart) -> Apart:
        apart.process.kill()
        return enter(apart)

    monkeypatch.setattr(Apart, "__enter__", kill)
    monkeypatch.setattr("annotate.jobs.queue.RETRY_DELAY_S", 0.0)
    for _ in range(3):
        work()
    job = job_of(detection)
    assert job.state == "failed" and "signal 9" in job.error and "memory" in job.error
    assert job.result["problem"]["values"] == {"number": "9"}


@pytest.mark.parametrize("is_edited", [True, False])
def test_a_batch_leaves_a_core_alone_while_somebody_edits(
    world: World, model: ModelVersion, monkeypatch: pytest.MonkeyPatch, is_edited: bool
) -> None:
    kept: list[tuple[list[int], list[int]]] = []
    monkeypatch.setattr(courtesy, "keep_to", lambda cores, processes: kept.append((cores, list(processes))))
    monkeypatch.setattr(courtesy, "somebody_edits", lambda data: is_edited)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 3})
    add_picture(world, 1)
    start(world)
    work()
    cores, (process,) = kept[0]
    assert cores == ([0, 1, 2] if is_edited else [0, 1, 2, 3])
    assert process not in (0, os.getpid())


def test_weights_that_are_gone_are_told(world: World, model: ModelVersion) -> None:
    frame = add_picture(world, 1)
    detection = start(world, frame)
    path_of(model).unlink()
    work("detect")
    job = job_of(detection)
    assert job.state == "failed" and "not on this machine" in job.error
    assert job.result["problem"]["template"] == detecting.WEIGHTS_GONE


def test_weights_that_were_changed_are_not_loaded(world: World, model: ModelVersion) -> None:
    frame = add_picture(world, 1)
    detection = start(world, frame)
    path = path_of(model)
    path.write_bytes(path.read_bytes() + b" ")
    work("detect")
    assert job_of(detection).state == "failed" and not Box.objects.exists()


def test_hostile_output_is_filtered_and_counted(world: World, folders: Path, model: ModelVersion) -> None:
    nan = float("nan")
    rows = [*ROWS, [nan, 1, 1, 1, 0.9, 0, 0], [10, 10, 5, 5, 7.0, 0, 0], [900, 900, 5, 5, 0.9, 0, 0]]
    hostile = install(constant(folders / "hostile.onnx", dense(rows), names=("car", "bus", "cat")))
    world.project.model_version = hostile
    frame = add_picture(world, 1)
    detection = start(world, frame)
    work("detect")
    row = DetectionFrame.objects.get(detection=detection)
    assert row.proposed == 2 and sum(row.left_out.values()) == 3, row.left_out
