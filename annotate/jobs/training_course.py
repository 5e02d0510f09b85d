"""One attempt at a training: the pipeline in a process of its own, followed, limited, ended; then the model it made.

The folder of a training (its workspace) holds all that the pipeline has done, so whoever takes the job up again goes on
where it stopped. A worker that was killed leaves the pipeline running: the next one finds it and follows it.
"""

import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction

from ..ai.problems import gettext_noop
from ..courtesy import Courtesy
from ..models import Training
from ..signals import machine_measured
from ..training.problems import problem_of
from . import processes, training_folder
from .processes import Program
from .progress import Follower, finite, tail
from .run import JobFailed, JobRun
from .train_outcome import conclude
from .training_files import folder_of

LOOK_S = 0.5
MEMORY_EVERY_S = 2.0
STOP_GRACE_S = 8.0  # a worker that is asked to stop has twelve seconds
SLACK, SLACK_S = 1.5, 1800.0
"""The pipeline keeps its limit of time itself, at a good moment, and then measures; this much later it is ended."""
MEMORY_SLACK = 1.1
LOG_CHARACTERS = 12_000

STOPPED_WITH_ERROR = gettext_noop(
    "The training stopped because of an error; the log says more. The model that proposes stays."
)
FOLLOWED = gettext_noop("The pipeline of the worker before is still running; it is followed.")
OUT_OF_TIME = gettext_noop("It took longer than it may, and was ended. The model that proposes stays.")
OUT_OF_MEMORY = gettext_noop(
    "It needed more memory than it may have, and was ended. A smaller batch or image size needs less."
)


class Course:
    """One attempt at one training."""

    def __init__(self, run: JobRun, training: Training) -> None:
        self.run = run
        self.training = training
        self.folder = folder_of(training)
        self.follower = Follower(self.folder)
        self.spent = float(run.job.result.get("spent_s", 0.0))
        self.memory_checked = 0.0
        self.courtesy = Courtesy(settings.DATA_DIR)
        run.result = {"stage": "data", "spent_s": self.spent}
        run.done = run.job.done_units  # epochs of the attempts before, until the pipeline says so itself

    def go(self) -> None:
        self.run.check()
        left = processes.find(self.folder)
        if left is not None:
            self.follow_found(left)
        processes.end_leftovers(self.folder)
        training_folder.prepare(self.run, self.training)
        self.run_pipeline()
        conclude(self.run, self.training, self.folder)

    def follow_found(self, left: Program) -> None:
        """How it ends is not known here, unless it says why it refuses: the pipeline is run once more, and does nothing
        when all is done."""
        self.run.say(FOLLOWED)
        self.follow(left)
        if problem_of(self.folder) is not None:
            raise self.failure()

    def run_pipeline(self) -> None:
        program = training_folder.start(self.folder)
        self.follow(program)
        if program.status != 0:
            raise self.failure()

    def follow(self, program: Program) -> None:
        try:
            before = time.monotonic()
            while program.is_alive:
                self.look(program, time.monotonic() - before)
                before = time.monotonic()
                time.sleep(LOOK_S)
            self.read()
        except (DatabaseError, InterfaceError):
            raise  # it goes on without us; whoever takes the job up again finds it
        except BaseException:
            program.end(STOP_GRACE_S)
            raise
        processes.forget(self.folder)

    def look(self, program: Program, seconds: float) -> None:
        """Raises Interrupted, JobFailed."""
        self.spent += seconds
        self.read()
        self.run.check()
        self.check_limits(program)
        self.courtesy.look(program.processes)

    def read(self) -> None:
        """Takes over what the pipeline has said since."""
        is_new = self.follower.read()
        self.tell_samples()
        self.run.result["spent_s"] = round(self.spent, 1)
        if not is_new or self.follower.last is None:
            return
        line = self.follower.last
        self.run.result |= {"stage": line.stage, "eta_s": line.eta_s, "done": line.done, "total": line.total}
        if line.epochs:
            self.run.result |= {
                "epoch": line.epoch or 0, "epochs": line.epochs, "batch": line.batch, "batches": line.batches,
            }  # fmt: skip
            self.run.total, self.run.done = line.epochs, min(line.epochs_done, line.epochs)
        self.run.log = self.log()
        if self.follower.epochs != self.training.epochs:
            self.training.epochs = self.follower.epochs
            Training.objects.filter(pk=self.training.pk).update(epochs=self.training.epochs)

    def tell_samples(self) -> None:
        """Of the machine. Who takes the job up again reads all and tells all again; what was told before is passed over
        by who listens."""
        if self.follower.samples:
            with transaction.atomic():
                if Training.objects.select_for_update().filter(pk=self.training.pk).exists():
                    samples = self.follower.samples
                    machine_measured.send(None, training=self.training, samples=samples)

    def log(self) -> str:
        return tail(training_folder.output_of(self.folder), LOG_CHARACTERS)

    def check_limits(self, program: Program) -> None:
        """Raises JobFailed."""
        limits = self.training.params.get("train", {})
        seconds, megabytes = limits.get("time_limit_s", 0), limits.get("memory_limit_mb", 0)
        if seconds and self.spent > max(seconds * SLACK, seconds + SLACK_S):
            raise JobFailed(OUT_OF_TIME)
        if megabytes and time.monotonic() - self.memory_checked >= MEMORY_EVERY_S:
            self.memory_checked = time.monotonic()
            if program.memory_bytes() > megabytes * 2**20 * MEMORY_SLACK:
                raise JobFailed(OUT_OF_MEMORY)

    def failure(self) -> JobFailed:
        """What the stage that refused says, or that nobody knows."""
        self.run.log = self.log()
        problem = problem_of(self.folder)
        if problem is None:
            return JobFailed(STOPPED_WITH_ERROR)
        return told(problem)


def told(problem: dict[str, Any]) -> JobFailed:
    """In our own words where the code is known, else in those of the stage."""
    from ..training.messages import MESSAGES

    values = problem.get("values")
    template = MESSAGES.get(str(problem.get("code")))
    if template is not None and isinstance(values, dict):
        with suppress(KeyError, TypeError, ValueError):  # a stage of another version
            return JobFailed(template, **finite(values))
    return JobFailed(str(problem.get("text") or STOPPED_WITH_ERROR))
