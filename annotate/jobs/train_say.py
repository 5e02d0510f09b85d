"""How far a training is, and how it ended, as a line of text for the command line."""

from ..learning.deciding import number_in, part
from ..learning.promotion import decision_of
from ..learning.words import reason_of
from ..models import Job, Training

SHOWN = ("loss", "map50", "map50_95")


def line_of(training: Training) -> str:
    job = training.job
    if job is None or job.state == Job.State.QUEUED:
        return "waits for a worker"
    words = [str(job.result.get("stage", "")) or job.state]
    if job.total_units:
        words.append(f"epoch {job.done_units}/{job.total_units}")
    words += [f"{name} {value:.3f}" for name, value in newest(training).items()]
    left = number_in(job.result, "eta_s")
    if left is not None and job.state == Job.State.RUNNING:
        words.append(f"{left:.0f} s left")
    return "  ".join(words)


def newest(training: Training) -> dict[str, float]:
    """What was measured after the last whole epoch."""
    row = training.epochs[-1] if training.epochs else {}
    values = {name: number_in(row, name) for name in SHOWN}
    return {name: value for name, value in values.items() if value is not None}


def result_of(training: Training) -> tuple[str, bool]:
    """What to say at the end, and whether a model came out."""
    if training.model_version is None:
        return training.reason or "No model came out", False
    quality = number_in(part(training.evaluation, "challenger"), "map50_95") or 0.0
    outcome = training.get_outcome_display()
    return (
        f"{training.model_version}: mAP 50-95 {quality:.3f}. {outcome}. {reason_of(decision_of(training))}",
        True,
    )
