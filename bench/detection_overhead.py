"""What the product adds to a detector, inside a site that is not running: ``python detection_overhead.py JSON``.

The job of the product (queue, runner, reading, detector, proposals in the database, scores) and the bare detector
(decode and detect, one picture after the other) have the same weights and pictures, and take turns. Prints rows.
"""

import json
import resource
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import django

WARM_UP = 10
STEPS = ("load", "preprocess", "inference", "postprocess", "commit")


def bare(detector: Any, pictures: Sequence[Path], confidence: float) -> dict[str, float]:
    """Milliseconds by step, all pictures together."""
    import cv2
    import numpy as np

    from annotate.ai.detector import Request

    request = Request(confidence=confidence)
    spent: dict[str, float] = defaultdict(float)
    for path in pictures:
        started = time.perf_counter()
        blue_first: Any = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        picture = np.asarray(cv2.cvtColor(blue_first, cv2.COLOR_BGR2RGB), np.uint8)
        spent["decode"] += (time.perf_counter() - started) * 1000
        answer = detector.detect([picture], request)
        for step in ("preprocess", "inference", "postprocess"):
            spent[step] += getattr(answer.timings, step)
        spent["found"] += len(answer.images[0].found)
    return dict(spent)


def product(project_id: int) -> dict[str, float]:
    """The same by the product, all images of the project, from asking to the end of the job."""
    from annotate.detection.request import Wish
    from annotate.jobs.detect import start_detection
    from annotate.jobs.runner import Runner
    from annotate.models import Job, Project

    project = Project.objects.get(pk=project_id)
    detection = start_detection(project, Wish(None), user=None, trigger="command")
    assert Runner("batch", threading.Event()).run_one(), "nothing was queued"
    job = Job.objects.get(detection=detection)
    assert job.state == "done", job.error
    timings = {step: job.result["timings"].get(step, 0.0) for step in STEPS}
    return {**timings, "found": job.result["proposed"]}


def timed(work: Callable[[], dict[str, float]], pictures: int) -> dict[str, float]:
    """Everything per picture: ``wall`` and ``cpu`` (of this process and of those that it started and that have ended)
    too. ``others`` in percent of a core."""
    from bench.detection_stage import Others

    others, cpu, wall = Others(), processor_s(), time.perf_counter()
    spent = work()
    wall, cpu = time.perf_counter() - wall, processor_s() - cpu
    per_picture = {name: value / pictures for name, value in spent.items()}
    return {
        **per_picture,
        "wall": wall * 1000 / pictures,
        "cpu": cpu * 1000 / pictures,
        "others": others.read(),
    }


def processor_s() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def warm(project: Any) -> Any:
    """The detector of the project as the product loads it, for the bare way."""
    from django.conf import settings

    from annotate.ai.loading import load
    from annotate.detection.versions import described_of, path_of

    version = project.model_version
    return load(
        path_of(version),
        described_of(version),
        sha256=version.sha256,
        settings_folder=settings.SCRATCH_DIR,
        threads=settings.INFERENCE_THREADS,
    )


def main(wish: dict[str, Any]) -> list[dict[str, Any]]:
    """``projects``: ids, one for each round. ``warm_up``: one with few images. ``pictures``: paths of the others'."""
    from annotate.models import Project

    first = Project.objects.get(pk=wish["warm_up"])
    detector, confidence = warm(first), first.confidence
    pictures = [Path(path) for path in wish["pictures"]]
    bare(detector, pictures[:WARM_UP], confidence)
    product(first.pk)
    rows = []
    for turn, project in enumerate(wish["projects"]):
        ways: dict[str, Callable[[], dict[str, float]]] = {
            "bare": partial(bare, detector, pictures, confidence),
            "product": partial(product, project),
        }
        for way in sorted(ways, reverse=turn % 2 == 1):
            rows.append({"round": turn, "way": way, **timed(ways[way], len(pictures))})
    return rows


if __name__ == "__main__":
    sys.path[0] = "."
    django.setup()
    print(json.dumps(main(json.loads(sys.stdin.read()))))
