"""The work of a detection: pictures through a warm detector, frame by frame. For worker processes only."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
from django.conf import settings
from django.utils import timezone

from ..ai.detector import Answer, Detector, Pixels, Request
from ..ai.loading import Runtime, load
from ..ai.problems import ModelError, gettext_noop
from ..ai.warm import Priority, Warm
from ..detection.mapping import mapping_for
from ..detection.plan import Candidate
from ..detection.propose import propose
from ..detection.versions import described_of, path_of
from ..media import store
from ..models import Detection, Frame, Job, ModelVersion
from ..queue.scores import score_frames
from ..tracking.weights import fetch_missing
from .detect import finish, frames_left
from .run import JobFailed, JobRun

WARM = Warm(capacity=2)
"""The detectors of this process, shared by its lanes."""
CHUNK = 500
SCORED_TOGETHER = 50
WEIGHTS_GONE = gettext_noop("The weights of the model are not on this machine. Nothing was changed.")


Looked = tuple[Answer, dict[str, float]]
"""What a detector said, and the milliseconds of each step."""


def detect(run: JobRun) -> None:
    """Raises Interrupted, JobFailed."""
    detection = Detection.objects.select_related("project", "model_version").filter(job=run.job.pk).first()
    if detection is None:  # the project was deleted while the job waited
        return
    left, run.total = frames_left(detection)
    run.done = run.total - len(left)
    run.result = {
        "proposed": 0,
        "accepted": 0,
        "replaced": 0,
        "left_out": {},
        "timings": {"wait": waited_ms(run.job)},
    }
    run.say(f"{detection.model_version}: {run.total} images, {run.done} done before")
    run.check()
    try:
        Series(run, detection).do(left)
    except ModelError as error:
        run.result["problem"] = {"template": error.template, "values": error.values}
        raise JobFailed(str(error)) from error
    finish(detection)
    made, alone = run.result["proposed"], run.result["accepted"]
    run.say(
        f"{made} proposals, {alone} accepted without a person; left out: {run.result['left_out'] or 'nothing'}"
    )


def waited_ms(job: Job) -> float:
    return round((timezone.now() - job.created_at).total_seconds() * 1000, 1)


class Series:
    """One detection on many frames, as a line of three: the next but one is read from the disk, the model looks at the
    next, and what it found on this one is written."""

    def __init__(self, run: JobRun, detection: Detection) -> None:
        self.run = run
        self.detection = detection
        self.version: ModelVersion = detection.model_version
        self.labels = mapping_for(detection.project, [*self.version.classes, *detection.prompts])
        self.request = request_for(detection)
        self.unscored = done_last(detection)
        is_quick = run.job.kind == Job.Kind.DETECT
        self.priority = Priority.INTERACTIVE if is_quick else Priority.BATCH

    def do(self, frame_ids: Sequence[int]) -> None:
        try:
            self.look_at(frame_ids)
        finally:
            self.score()

    def look_at(self, frame_ids: Sequence[int]) -> None:
        with reading_ahead(frame_ids) as pictures, ThreadPoolExecutor(1, "detector") as detector:
            for frame_id, looked in self.looking_ahead(pictures, detector):
                if looked is None:
                    self.run.say(f"image {frame_id} cannot be read")
                    self.write(frame_id, None, {}, {"unreadable": 1})
                else:
                    answer, timings = looked.result()
                    self.write(frame_id, answer, timings, answer.images[0].dropped)
                self.unscored.append(frame_id)
                if len(self.unscored) >= SCORED_TOGETHER:
                    self.score()
                self.run.advance()

    def looking_ahead(
        self, pictures: Iterator[tuple[int, Pixels | None]], detector: ThreadPoolExecutor
    ) -> Iterator[tuple[int, "Future[Looked] | None"]]:
        """While what was found on one picture is written, the model looks at the next. The database is our thread's."""
        before: tuple[int, Future[Looked] | None] | None = None
        for frame_id, picture in pictures:
            coming = frame_id, None if picture is None else detector.submit(self.look, picture)
            if before is not None:
                yield before
            before = coming
        if before is not None:
            yield before

    def score(self) -> None:
        """What to look at next depends on what was found."""
        score_frames(self.unscored)
        self.unscored.clear()

    def look(self, picture: Pixels) -> Looked:
        asked = time.perf_counter()
        with WARM.use(self.version.sha256, self.load, priority=self.priority) as turn:
            began = time.perf_counter()
            answer = turn.detector.detect([picture], self.request)
        spent = answer.timings
        timings = {
            "queue": (began - asked) * 1000 - spent.load,
            "load": spent.load,
            "preprocess": spent.preprocess,
            "inference": spent.inference,
            "postprocess": spent.postprocess,
        }
        return answer, timings

    def load(self) -> Detector:
        path = path_of(self.version)
        if not fetch_missing(self.version):
            raise ModelError(WEIGHTS_GONE)
        return load(
            path,
            described_of(self.version),
            sha256=self.version.sha256,
            settings_folder=settings.SCRATCH_DIR,
            threads=settings.INFERENCE_THREADS,
            runtime=Runtime(settings.DETECTOR_RUNTIME),
        )

    def write(
        self, frame_id: int, answer: Answer | None, timings: dict[str, float], dropped: dict[str, int]
    ) -> None:
        began = time.perf_counter()
        found = answer.images[0].found if answer is not None else ()
        candidates = [Candidate(one.box, one.name, one.confidence) for one in found]
        row = propose(
            self.detection, frame_id, candidates, labels=self.labels, dropped=dropped, timings=timings
        )
        if row is None:
            return
        result = self.run.result
        result["proposed"] += row.proposed
        result["accepted"] += row.accepted
        result["replaced"] += row.replaced
        add_to(result["left_out"], row.left_out)
        add_to(result["timings"], {**timings, "commit": (time.perf_counter() - began) * 1000})


def done_last(detection: Detection) -> list[int]:
    """What a worker that was killed may have looked at and not scored any more."""
    newest = detection.frames.order_by("-pk").values_list("frame", flat=True)
    return list(newest[:SCORED_TOGETHER])


def add_to(sums: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        sums[name] = round(sums.get(name, 0) + value, 2)


def request_for(detection: Detection) -> Request:
    is_open = detection.model_version.is_open_vocabulary
    return Request(
        confidence=detection.confidence,
        iou=detection.iou,
        image_size=detection.image_size,
        classes=None if is_open or not detection.prompts else frozenset(detection.prompts),
        prompts=tuple(detection.prompts) if is_open else (),
    )


@contextmanager
def reading_ahead(frame_ids: Sequence[int]) -> Iterator[Iterator[tuple[int, Pixels | None]]]:
    """Frame id and picture, in order; the picture is None where it cannot be read."""
    with ThreadPoolExecutor(1, "picture") as reader:
        yield _pictures(frame_ids, reader)


def _pictures(frame_ids: Sequence[int], reader: ThreadPoolExecutor) -> Iterator[tuple[int, Pixels | None]]:
    """A picture is asked for while the one before it is worked on, so two are in memory at most."""
    before: tuple[int, Future[Pixels | None]] | None = None
    for frame_id, md5 in _files(frame_ids):
        coming = frame_id, reader.submit(read_picture, md5)
        if before is not None:
            yield before[0], before[1].result()
        before = coming
    if before is not None:
        yield before[0], before[1].result()


def _files(frame_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Frames that were deleted meanwhile are passed over."""
    for start in range(0, len(frame_ids), CHUNK):
        chunk = frame_ids[start : start + CHUNK]
        files = dict(Frame.objects.filter(pk__in=chunk).values_list("pk", "md5"))
        yield from ((frame_id, files[frame_id]) for frame_id in chunk if frame_id in files)


def read_picture(md5: str) -> Pixels | None:
    """RGB, as it was stored: upright."""
    try:
        data = np.frombuffer(store.read(md5), dtype=np.uint8)
    except OSError:
        return None
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return (
        None
        if picture is None
        else np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).astype(np.uint8)
    )
