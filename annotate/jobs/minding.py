"""What looks after trainings while nobody asks: starts those that are due, says how far confidences can be believed,
removes folders of deleted ones and half copied weights. In every worker; several may do it at once."""

import logging
import shutil
import threading
import time
import uuid
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections

from ..learning.calibration import recalibrate_all
from ..learning.trigger import may_start_by_itself, need_of
from ..models import Project, Training
from . import weights
from .train import settle_cleared_away, start_training
from .train_request import TrainingRefused, TrainWish

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 300.0
FOLDER_AGE_S = 3600.0  # a folder may be made before its row is seen by everybody
COPY_AGE_S = 3600.0  # longer than any copy of weights takes


def mind_until(stop: threading.Event) -> None:
    """For a thread of its own. A database that is away is waited for."""
    while not stop.is_set():
        try:
            look()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("the database cannot be reached, trying again: %s", error)
        except Exception:  # one project that cannot be looked at must not end the worker
            logger.exception("could not look after trainings")
        finally:
            connections.close_all()
        stop.wait(LOOK_EVERY_S)


def look() -> None:
    settle_cleared_away()
    start_due()
    recalibrate_all()
    remove_orphans()
    weights.sweep(older_than_s=COPY_AGE_S)


def start_due() -> list[Training]:
    """Starts what projects train by themselves."""
    started = []
    automatic = Project.objects.filter(training_mode=Project.TrainingMode.AUTOMATIC, archived_at__isnull=True)
    for project in automatic:
        if not may_start_by_itself(project) or not need_of(project).is_due:
            continue
        try:
            started.append(
                start_training(project, TrainWish(), user=None, trigger=Training.Trigger.AUTOMATIC)
            )
            logger.info("project %d: a training started by itself", project.pk)
        except TrainingRefused as refused:
            logger.info("project %d: no training by itself: %s", project.pk, refused.code)
    return started


def remove_orphans() -> int:
    """Folders of trainings that are gone, with their project or from the admin. How many."""
    removed = 0
    for folder in folders_without_row():
        if time.time() - folder.stat().st_mtime >= FOLDER_AGE_S:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def folders_without_row() -> list[Path]:
    root: Path = settings.TRAININGS_DIR
    if not root.is_dir():
        return []
    by_id = {uuid.UUID(one.name): one for one in root.iterdir() if is_id(one.name)}
    known = set(Training.objects.filter(pk__in=by_id).values_list("pk", flat=True))
    return [folder for key, folder in by_id.items() if key not in known]


def is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
