"""What one batch costs the writer, without sockets. Run inside the measured tree: ``python batch.py FRAME``.

Prints as JSON, per batch size, CPU time of the thread and elapsed time per batch in microseconds. Of many batches
the 10th percentile: what the work takes when nothing disturbs it.
"""

import json
import random
import sys
import time
from typing import Any
from uuid import UUID, uuid4

import django

SIZES = (1, 4, 20, 50)
BATCHES = 120
WARM_UP = 20
CLIENTS = 50


class Author:
    """One client that moves boxes."""

    def __init__(self, user_id: int, boxes: list[UUID]) -> None:
        self.client = uuid4()
        self.user_id = user_id
        self.boxes = boxes
        self.counter = 0
        self.random = random.Random(user_id)

    def submission(self) -> Any:
        from annotate.sync.operations import Command
        from annotate.sync.submit import Submission

        self.counter += 1
        x, y = self.random.random() * 1800, self.random.random() * 1000
        edges = {"x1": x, "y1": y, "x2": x + 60, "y2": y + 40}
        command = Command(
            self.counter,
            "set",
            self.random.choice(self.boxes),
            edges,
            dict.fromkeys(edges, 1),
            f"bench.{self.counter}",
        )
        return Submission(self.client, self.user_id, [command])


def authors(frame_id: int) -> list[Author]:
    from annotate.models import Box, Membership

    boxes = list(Box.objects.filter(frame_id=frame_id).values_list("pk", flat=True))
    users = Membership.objects.order_by("user_id").values_list("user_id", flat=True)[:CLIENTS]
    return [Author(user_id, boxes) for user_id in users]


def measure(frame_id: int, people: list[Author], size: int) -> dict[str, float]:
    from annotate.sync import log
    from annotate.sync.submit import submit

    cpu, wall = [], []
    for number in range(WARM_UP + BATCHES):
        submissions = [one.submission() for one in random.Random(number).sample(people, size)]
        cpu_started, wall_started = time.thread_time(), time.perf_counter()
        result = submit(frame_id, submissions)
        log.encoded_operations(result.operations)
        cpu.append(time.thread_time() - cpu_started)
        wall.append(time.perf_counter() - wall_started)
        assert len(result.operations) == size
    return {"size": size, "cpu_us": _tenth(cpu[WARM_UP:]), "wall_us": _tenth(wall[WARM_UP:])}


def _tenth(values: list[float]) -> float:
    return sorted(values)[len(values) // 10] * 1e6


if __name__ == "__main__":
    django.setup()
    frame = int(sys.argv[1])
    people = authors(frame)
    print(json.dumps([measure(frame, people, size) for size in SIZES]))
