"""What the tests of the desk share: staff with chosen permissions, proposals of a model, and jobs done at once."""

import threading
from collections.abc import Iterable
from uuid import UUID, uuid4

from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from annotate.jobs import bulk
from annotate.jobs.run import JobRun
from annotate.models import Box, Frame, Job, Label
from annotate.sync.operations import Command
from annotate.sync.submit import Submission, submit
from tests.pages.conftest import World, quick_passwords, world

__all__ = ["quick_passwords", "world"]


def staff_client(world: World, *codenames: str) -> Client:
    staff = world.people["staff"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return world.client("staff")


def propose(frame: Frame, label: Label, count: int, confidence: float = 0.5) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    edges = {"y1": 20.0, "y2": 90.0, "label": label.pk, "status": "proposed"}
    commands = [
        Command(
            counter=number,
            kind="create",
            box=box,
            gesture="found",
            source="model",
            confidence=confidence,
            fields={"x1": 10.0 + number, "x2": 90.0 + number, **edges},
        )
        for number, box in enumerate(ids, start=1)
    ]
    submit(frame.pk, [Submission(uuid4(), None, commands, "model")])
    return ids


def run_now(job: Job) -> dict[str, int]:
    """As the worker does it; what came of it by outcome."""
    attempt = JobRun(job, threading.Event())
    attempt.check = lambda: None  # type: ignore[method-assign]  # nobody holds a lease here
    bulk.work(attempt)
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, result=attempt.result)
    counts: dict[str, int] = attempt.result["counts"]
    return counts


def choose(client: Client, model: str, action: str, keys: Iterable[object], query: str = "") -> str:
    """The page of preview, as from the list."""
    address = reverse(f"admin:annotate_{model}_changelist") + query
    form = {"action": action, "index": "0", "_selected_action": [str(key) for key in keys]}
    return client.post(address, form, follow=True).content.decode()


def hidden(page: str, name: str) -> str:
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def confirm(client: Client, model: str, action: str, page: str, **values: str) -> Job:
    """From a page of preview; the job that was started."""
    known = set(Job.objects.values_list("pk", flat=True))
    form = {"chosen": hidden(page, "chosen"), "digest": hidden(page, "digest"), "confirm": "1", **values}
    answer = client.post(reverse(f"admin:annotate_{model}_do", args=[action]), form)
    job = Job.objects.exclude(pk__in=known).get()
    assert answer["Location"] == reverse("admin:annotate_job_progress", args=[job.pk])
    return job


def statuses(boxes: Iterable[UUID]) -> set[str]:
    return set(Box.objects.filter(pk__in=list(boxes)).values_list("status", flat=True))
