"""The work of a training. Nothing that only an installation with the extras has is loaded before it is looked for."""

import errno

from ..ai.problems import gettext_noop
from ..models import Training
from .run import JobFailed, JobRun
from .train_request import missing_parts

NOT_INSTALLED = gettext_noop(
    "Training needs parts that are not installed where the worker runs: %(parts)s. "
    "An administrator installs them with “make install-ml”; docs/training.md says more."
)
DISK_FULL = gettext_noop("The disk is full. Free some space, then try again: it goes on where it stopped.")


def train(run: JobRun) -> None:
    """Raises Interrupted, JobFailed."""
    related = ("project", "dataset_version", "champion")
    training = Training.objects.select_related(*related).filter(job=run.job.pk).first()
    if training is None:  # deleted while the job waited
        return
    if training.finished_at is not None:  # settled meanwhile, or by a worker that was killed right after
        from .train_outcome import wind_up

        run.result = run.job.result
        wind_up(run, training)
        return
    missing = ", ".join(missing_parts())
    if missing:
        raise JobFailed(NOT_INSTALLED, parts=missing)
    from .training_course import Course

    try:
        Course(run, training).go()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise JobFailed(DISK_FULL) from error
        raise
