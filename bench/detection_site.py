"""Inside a measured site: ``python detection_site.py fill|times|train|stop|kept``, a wish as JSON in; prints JSON.

``fill`` makes projects with photographs, labels and a model, and people who may sign in. ``times`` says when each step
of a detection was, by the database. ``train`` starts a training, ``stop`` cancels it. ``kept`` says what the database
holds of a project's boxes and verdicts.
"""

import hashlib
import json
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import django

COLOURS = ("#0072b2", "#d55e00", "#009e73")
BOXES_TO_TRAIN_ON = 5


def fill(wish: dict[str, Any]) -> dict[str, Any]:
    """``people``: how many. ``projects``: name, ``pictures`` (paths), ``labels``, ``weights``; see _project.
    ``rooms``: how many frames with boxes and without a picture the first project gets, for people who only edit."""
    from annotate.models import Membership
    from bench.seed import cookie_of, people

    users = people(wish["people"])
    projects = [_project(one) for one in wish["projects"]]
    Membership.objects.bulk_create(
        Membership(project_id=project["id"], user=user, role="annotator")
        for project in projects
        for user in users
    )
    rooms = _rooms(projects[0]["id"], users[0].pk, wish.get("rooms", 0))
    return {"cookies": [cookie_of(user) for user in users], "projects": projects, "rooms": rooms}


def _rooms(project_id: int, user_id: int, count: int) -> list[dict[str, Any]]:
    """As bench/seed.py makes frames."""
    from annotate.models import Project, Source
    from bench.seed import BOXES, draw, make_frame

    if not count:
        return []
    project = Project.objects.get(pk=project_id)
    source = Source.objects.create(project=project, kind="upload", name="rooms")
    label = project.labels.order_by("pk")[0].pk
    frames = [make_frame(project, source, index) for index in range(count)]
    return [{"id": frame, "boxes": draw(frame, user_id, label, BOXES)} for frame in frames]


def _project(wish: dict[str, Any]) -> dict[str, Any]:
    """``weights``: an ONNX file, a name of the catalogue, or "". Without ``labels`` each class of the model is one."""
    from annotate.models import Label, Project, Source

    project = Project.objects.create(name=wish["name"])
    if wish["weights"]:
        project.model_version = register_weights(wish["weights"], project)
        project.save()
    version = project.model_version
    names = wish["labels"] or (version.classes if version else [])
    labels = {
        name: Label.objects.create(
            project=project, name=name, color=COLOURS[place % len(COLOURS)], position=place
        ).pk
        for place, name in enumerate(names)
    }
    source = Source.objects.create(project=project, kind="upload", name="photographs")
    frames = {Path(path).stem: _add(project, source, Path(path)) for path in wish["pictures"]}
    return {"id": project.pk, "labels": labels, "frames": frames, "model": str(version or "")}


def _add(project: Any, source: Any, path: Path) -> int:
    from annotate.media.ingest import AddedFrame, add_image

    added = add_image(project, source, path.name, path.read_bytes())
    assert isinstance(added, AddedFrame), (path, added)
    return int(added.frame.pk)


def register_weights(name: str, project: Any) -> Any:
    """The row of the model; its file is put where the workers look for it."""
    from annotate.ai.catalogue import BY_KEY
    from annotate.ai.described import Described
    from annotate.ai.loading import load
    from annotate.detection.versions import path_of, register
    from bench.weights import file_of

    path, entry = file_of(name), BY_KEY.get(name)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    described = entry.described if entry else Described(path.stem)
    info = load(path, described, sha256=sha256, settings_folder=path.parent).info
    version = register(
        name=info.name,
        suffix="onnx",
        sha256=sha256,
        classes=list(info.classes),
        image_size=info.image_size,
        licence=info.licence,
        origin=path.name,
        catalogue_key=name if entry else "",
        project=project,
    )
    path_of(version).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, path_of(version))
    return version


def times(wish: dict[str, Any]) -> dict[str, Any]:
    """Per detection of ``ids``, of its first frame: seconds since 1970, and milliseconds by step."""
    from annotate.models import DetectionFrame

    rows = DetectionFrame.objects.filter(detection__in=wish["ids"]).select_related("detection__job")
    found = {}
    for row in rows:
        job = row.detection.job
        assert job is not None
        found[str(row.detection_id)] = {
            "queued_at": job.created_at.timestamp(),
            "written_at": row.created_at.timestamp(),
            "proposed": row.proposed,
            "steps": {**job.result["timings"], **row.timings},
        }
    return found


def train(wish: dict[str, Any]) -> dict[str, Any]:
    """On ``frames`` of ``project``, with a few boxes on each: how well it learns is not the question. ``epochs``: so
    many that it will not end by itself."""
    from annotate.jobs.train import start_training
    from annotate.jobs.train_request import TrainWish
    from annotate.models import Frame, Project, Training, User
    from bench.loop_rounds_site import base_weights
    from bench.seed import draw

    base_weights()
    project, user = Project.objects.get(pk=wish["project"]), User.objects.order_by("pk")[0]
    label = project.labels.order_by("pk")[0].pk
    for frame in wish["frames"]:
        draw(frame, user.pk, label, BOXES_TO_TRAIN_ON)
    Frame.objects.filter(pk__in=wish["frames"]).update(status=Frame.Status.COMPLETE)
    asked = TrainWish(epochs=wish["epochs"], seed=0)
    started = start_training(project, asked, user=None, trigger=Training.Trigger.COMMAND)
    return {"training": str(started.pk)}


def stop(wish: dict[str, Any]) -> dict[str, Any]:
    from annotate.jobs import queue
    from annotate.models import Training

    job = Training.objects.select_related("job").get(pk=wish["training"]).job
    assert job is not None
    queue.request_cancel(job)
    return {}


def kept(wish: dict[str, Any]) -> dict[str, Any]:
    """Of ``project``: what is alive and accepted per frame, verdicts by outcome, and the time that was booked.
    ``frames``: of these alone."""
    from annotate.models import Box, Frame, Operation, Proposal

    wanted = wish.get("frames") or Frame.objects.filter(project=wish["project"]).values_list("pk", flat=True)
    frames: dict[int, dict[str, Any]] = {pk: {} for pk in wanted}
    boxes = Box.objects.filter(frame__in=frames, deleted_revision=None).select_related("label")
    for box in boxes.filter(status="accepted"):
        frames[box.frame_id][str(box.pk)] = [box.label.name, [box.x1, box.y1, box.x2, box.y2]]
    operations = Operation.objects.filter(frame__in=frames, origin="user")
    return {
        "frames": frames,
        "open": boxes.filter(status="proposed").count(),
        "outcomes": Counter(Proposal.objects.filter(frame__in=frames).values_list("outcome", flat=True)),
        "ms": sum(operations.exclude(ms=None).values_list("ms", flat=True)),
        "operations": operations.count(),
        "gestures": operations.order_by().values("frame", "gesture").distinct().count(),
    }


COMMANDS = {"fill": fill, "times": times, "train": train, "stop": stop, "kept": kept}

if __name__ == "__main__":
    sys.path[0] = "."
    django.setup()
    print(json.dumps(COMMANDS[sys.argv[1]](json.loads(sys.stdin.read()))))
