"""The work of a detection: pictures through a warm model, frame by frame. For worker processes only."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from django.conf import settings

from ..ai.apart import Apart, Ended
from ..ai.detector import Answer, Request
from ..ai.limits import limits
from ..ai.loading import Order, Runtime
from ..ai.opening import Opened, opened
from ..ai.problems import ModelError, gettext_noop
from ..ai.warm import Warm
from ..courtesy import Courtesy
from ..detection.mapping import mapping_for
from ..detection.plan import Candidate
from ..detection.propose import propose
from ..detection.versions import described_of, path_of
from ..media import store
from ..models import Detection, Frame, Job, ModelVersion
from ..queue.scores import score_frames
from ..tracking.weights import fetch_missing
from . import queue
from .detect import finish, frames_left
from .detect_result import COUNTS, add_frame, add_to, result_so_far
from .detect_say import BEGUN, DONE, LEFT_OUT, UNREADABLE, reasons_in
from .run import JobFailed, JobRun, Stopping

WARM = Warm(capacity=2)
"""The models of this process, shared by its lanes."""
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
    run.result = result_so_far(detection, run.job)
    run.say(BEGUN, model=str(detection.model_version), total=run.total, done=run.done)
    run.check()
    try:
        Series(run, detection).do(left)
    except Stopping:
        run.write()  # what people see while it waits
        raise
    except ModelError as error:
        if isinstance(error, Ended) and not queue.is_last(run.claim.attempt):
            run.write()
            raise  # tried again after a while
        raise JobFailed(error.template, **error.values) from error
    finish(detection)
    run.say(DONE, proposed=run.result["proposed"], accepted=run.result["accepted"])
    reasons = reasons_in(run.result["left_out"])
    if reasons:
        run.say(LEFT_OUT, reasons=reasons)


class Series:
    """One detection on many frames. A batch looks apart, and while what was found on one picture is written it looks
    at the next; one frame that a person waits for goes through the warm model of this process."""

    def __init__(self, run: JobRun, detection: Detection) -> None:
        self.run = run
        self.detection = detection
        self.version: ModelVersion = detection.model_version
        self.labels = mapping_for(detection.project, [*self.version.classes, *detection.prompts])
        self.request = request_for(detection)
        self.unscored = done_last(detection)

    def do(self, frame_ids: Sequence[int]) -> None:
        is_quick = self.run.job.kind == Job.Kind.DETECT
        try:
            for frame_id, looked in (self.look_here if is_quick else self.look_apart)(frame_ids):
                self.note(frame_id, looked)
        finally:
            self.score()

    def note(self, frame_id: int, looked: Looked | None) -> None:
        if looked is None:
            self.note_unreadable(frame_id)
        else:
            answer, timings = looked
            self.write(frame_id, answer, timings, answer.images[0].dropped)
            self.unscored.append(frame_id)
        if len(self.unscored) >= SCORED_TOGETHER:
            self.score()
        self.run.advance()

    def note_unreadable(self, frame_id: int) -> None:
        """Nobody looked, so nothing changes on the frame and it has no mark: whoever goes on looks at it again."""
        self.run.say(UNREADABLE, number=frame_id)
        add_to(self.run.result["left_out"], {"unreadable": 1})

    def score(self) -> None:
        """What to look at next depends on what was found."""
        score_frames(self.unscored)
        self.unscored.clear()

    def look_here(self, frame_ids: Sequence[int]) -> Iterator[tuple[int, Looked | None]]:
        for frame_id, data in files(frame_ids):
            yield frame_id, self.look(data)

    def look(self, data: bytes) -> Looked | None:
        asked = time.perf_counter()
        with WARM.use(self.order(), self.open, self.run.check) as model:
            began = time.perf_counter()
            answer = model.look(data, self.request, self.run.check)
        if answer is None:
            return None
        waited = (began - asked) * 1000 - answer.timings.load
        return answer, {"queue": waited, **asdict(answer.timings)}

    def look_apart(self, frame_ids: Sequence[int]) -> Iterator[tuple[int, Looked | None]]:
        if not frame_ids:
            return
        courtesy = Courtesy(settings.DATA_DIR)

        def watch(process: int) -> None:
            self.run.check()
            courtesy.look(lambda: [process])

        patience = limits(settings.DETECT_TIMEOUT_S, is_patient=True)
        with Apart(self.order(), patience, watch, is_patient=True) as detector:
            for frame_id, answer in detector.answers(files(frame_ids), self.request):
                yield frame_id, None if answer is None else (answer, asdict(answer.timings))

    def open(self) -> Opened:
        return opened(self.order(), limits(settings.DETECT_TIMEOUT_S), self.run.check)

    def order(self) -> Order:
        """Fetches weights that another machine has. Raises ModelError."""
        if not fetch_missing(self.version):
            raise ModelError(WEIGHTS_GONE)
        return Order(
            path=str(path_of(self.version).resolve()),
            described=described_of(self.version),
            sha256=self.version.sha256,
            settings_folder=str(settings.SCRATCH_DIR.resolve()),
            threads=settings.INFERENCE_THREADS,
            runtime=Runtime(settings.DETECTOR_RUNTIME),
        )

    def write(
        self, frame_id: int, answer: Answer, timings: dict[str, float], dropped: dict[str, int]
    ) -> None:
        began = time.perf_counter()
        candidates = [Candidate(one.box, one.name, one.confidence) for one in answer.images[0].found]
        row = propose(
            self.detection, frame_id, candidates, labels=self.labels, dropped=dropped, timings=timings
        )
        if row is None:
            return
        spent = {**row.timings, "commit": (time.perf_counter() - began) * 1000}
        add_frame(self.run.result, {name: getattr(row, name) for name in COUNTS}, row.left_out, spent)


def done_last(detection: Detection) -> list[int]:
    """What a worker that was killed may have looked at and not scored any more."""
    newest = detection.frames.order_by("-pk").values_list("frame", flat=True)
    return list(newest[:SCORED_TOGETHER])


def request_for(detection: Detection) -> Request:
    is_open = detection.model_version.is_open_vocabulary
    return Request(
        confidence=detection.confidence,
        iou=detection.iou,
        image_size=detection.image_size,
        classes=None if is_open or not detection.prompts else frozenset(detection.prompts),
        prompts=tuple(detection.prompts) if is_open else (),
    )


def files(frame_ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Frame id and image file, in order; empty where it cannot be read. Frames that were deleted meanwhile are passed
    over."""
    for start in range(0, len(frame_ids), CHUNK):
        chunk = frame_ids[start : start + CHUNK]
        names = dict(Frame.objects.filter(pk__in=chunk).values_list("pk", "md5"))
        yield from ((frame_id, read(names[frame_id])) for frame_id in chunk if frame_id in names)


def read(md5: str) -> bytes:
    try:
        return store.read(md5)
    except OSError:
        return b""
