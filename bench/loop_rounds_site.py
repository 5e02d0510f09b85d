"""Inside the site of bench/loop_rounds.py: ``python loop_rounds_site.py COMMAND``, a wish as JSON in, JSON out.

``fill`` makes a project for each order of images, ``people`` lets them in again after a restart. ``take`` asks the
queue of the product for the next frames, ``train`` and ``trained`` are the product's training, ``serve`` makes its
model the one that proposes.
"""

import json
import shutil
import sys
from collections import Counter
from random import Random
from typing import Any

import django


def fill(wish: dict[str, Any]) -> dict[str, Any]:
    """``orders``: strategies of annotate.queue; ``pictures``: paths; ``labels``: names. As in detection_site."""
    from annotate.models import Project
    from bench import detection_site

    base_weights()
    projects = [
        {"name": order, "weights": "", "labels": wish["labels"], "pictures": wish["pictures"]}
        for order in wish["orders"]
    ]
    filled = detection_site.fill({"people": 1, "projects": projects})
    for order in wish["orders"]:
        Project.objects.filter(name=order).update(strategy=order, training_mode=Project.TrainingMode.OFF)
    return {"projects": dict(zip(wish["orders"], filled["projects"], strict=True))}


def base_weights() -> None:
    """Those that the first training begins with, where the product looks for them."""
    from django.conf import settings

    from annotate.ai.catalogue import BY_KEY
    from annotate.ai.fetch import fetch
    from bench.finetune import BASE
    from tests.ai.data import CACHE

    fetched = fetch(BY_KEY[BASE], CACHE)
    target = BY_KEY[BASE].path(settings.MODELS_DIR, fetched.pin)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(fetched.path, target)


def people(wish: dict[str, Any]) -> dict[str, Any]:
    from annotate.models import User
    from bench.seed import cookie_of

    return {"cookies": [cookie_of(user) for user in User.objects.order_by("pk")]}


def take(wish: dict[str, Any]) -> dict[str, Any]:
    """``count`` frames of ``project`` by its strategy, in the order in which a person would get them. ``seed``: of the
    dice; ``why``: how many were given for which reason."""
    from annotate.models import Project, User
    from annotate.queue.picking import take as take_one

    project, user = Project.objects.get(pk=wish["project"]), User.objects.order_by("pk")[0]
    dice, why = Random(wish["seed"]), Counter[str]()
    frames: list[int] = []
    for _ in range(wish["count"]):
        claim = take_one(project, user, leaving=frames[-1] if frames else None, dice=dice)
        assert claim is not None, "the frames do not suffice"
        frames.append(claim.frame_id)
        why[claim.reasons["why"]] += 1
    assert len(set(frames)) == len(frames), "the queue gave a frame twice"
    return {"frames": frames, "why": why}


def train(wish: dict[str, Any]) -> dict[str, Any]:
    """Asks for a training of ``project``; the one that runs already, where there is one."""
    from annotate.jobs.train import start_training
    from annotate.jobs.train_request import TrainWish
    from annotate.models import Project, Training

    project = Project.objects.get(pk=wish["project"])
    running = Training.objects.filter(project=project, finished_at=None).first()
    asked = TrainWish(epochs=wish["epochs"], image_size=wish["image_size"], seed=wish["seed"])
    started = running or start_training(project, asked, user=None, trigger=Training.Trigger.COMMAND)
    return {"training": str(started.pk)}


def trained(wish: dict[str, Any]) -> dict[str, Any]:
    from annotate.jobs.train_say import result_of
    from annotate.learning.promotion import decision_of
    from annotate.models import Training

    training = Training.objects.select_related("job", "model_version", "project").get(pk=wish["training"])
    assert training.finished_at is not None, "it goes on"
    said, has_model = result_of(training)
    if not has_model:
        return {"line": said, "model": None}
    decision, evaluation = decision_of(training), training.evaluation
    return {
        "line": said,
        "model": training.model_version_id,
        "seconds": (training.finished_at - training.created_at).total_seconds(),
        "epochs": len(training.epochs),
        "held_out": evaluation["dataset"]["frames"],
        "map50": evaluation["challenger"]["map50"],
        "map50_95": evaluation["challenger"]["map50_95"],
        "shown_confidence": evaluation["challenger"]["shown_confidence"],
        "verdict": decision.code,
    }


def serve(wish: dict[str, Any]) -> dict[str, Any]:
    """The model of ``training`` proposes from now on, from ``confidence`` on: by the comparison where that allows it,
    else because a manager says so (docs/training.md). Images that nobody has touched get its proposals."""
    from annotate.detection.request import IOU
    from annotate.detection.versions import path_of
    from annotate.learning.promotion import choose, decision_of, promote
    from annotate.models import Project, Promotion, Training, User

    training = Training.objects.select_related("model_version", "project").get(pk=wish["training"])
    project, version = training.project, training.model_version
    assert version is not None
    Project.objects.filter(pk=project.pk).update(confidence=wish["confidence"])
    project.refresh_from_db()
    user, is_better = User.objects.order_by("pk")[0], decision_of(training).may_take_over
    if project.model_version_id != version.pk and is_better:
        promote(project, version, user=user, kind=Promotion.Kind.MANUAL, training=training)
    elif project.model_version_id != version.pk:
        choose(project, version, user)
    known = {"weights": str(path_of(version)), "sha256": version.sha256, "image_size": version.image_size}
    return {**known, "iou": IOU}


def kept(wish: dict[str, Any]) -> dict[str, Any]:
    """As detection_site.kept; what an earlier model had proposed and a later one replaced is left out."""
    from bench import detection_site

    found = detection_site.kept(wish)
    found["outcomes"].pop("replaced", None)
    return found


COMMANDS = {
    "fill": fill,
    "people": people,
    "take": take,
    "train": train,
    "trained": trained,
    "serve": serve,
    "kept": kept,
}

if __name__ == "__main__":
    sys.path[0] = "."
    django.setup()
    print(json.dumps(COMMANDS[sys.argv[1]](json.loads(sys.stdin.read()))))
