"""The figures of a detection that its job shows: sums over the frames that were done."""

from typing import Any

from ..models import Detection, Job

COUNTS = ("proposed", "accepted", "replaced")
Result = dict[str, Any]


def result_so_far(detection: Detection, job: Job) -> Result:
    """Counted anew from the rows, which are written with what they count. What the job had kept when its worker ended
    may be less; only how long the commits took (``commit``) no row knows."""
    kept = job.result.get("timings", {}).get("commit")
    timings = {"wait": waited_ms(job)} | ({} if kept is None else {"commit": kept})
    result: Result = dict.fromkeys(COUNTS, 0) | {"left_out": {}, "timings": timings}
    for *counts, left_out, timings in detection.frames.values_list(*COUNTS, "left_out", "timings").iterator():
        add_frame(result, dict(zip(COUNTS, counts, strict=True)), left_out, timings)
    return result


def add_frame(
    result: Result, counts: dict[str, int], left_out: dict[str, int], timings: dict[str, float]
) -> None:
    """``timings``: in milliseconds, by step."""
    add_to(result, counts)
    add_to(result["left_out"], left_out)
    add_to(result["timings"], timings)


def add_to(sums: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        sums[name] = round(sums.get(name, 0) + value, 2)


def waited_ms(job: Job) -> float:
    """Until a worker began, however often others went on with it since."""
    began = job.started_at or job.created_at
    return round((began - job.created_at).total_seconds() * 1000, 1)
