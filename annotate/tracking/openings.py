"""What a run says of itself when it is opened: name, start, parameters, tags. Kept, so that a replay says the same."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from ..detection.versions import default_for, usable_for
from ..models import AnnotationSession, Detection, Frame, Project, User
from .dataset_tags import NONE, dataset_tags, newest_of, trained_on

LONGEST_PARAM = 6000  # MLflow's limits
LONGEST_TAG = 8000
FRAMES_NAMED = 200

Opening = dict[str, Any]
"""name, start (ms), params, tags."""


def opening_of_session(session: AnnotationSession) -> Opening:
    project = session.project
    model = default_for(project, usable_for(project))
    who = name_of(session.user)
    params = {
        "user": who,
        "project": project.name,
        "queue_strategy": project.strategy,
        "model_version": str(model) if model is not None else "none",
    }
    name = f"Session of {who} · {minute(session.started_at)}"
    more = {"user": who, "trigger": "person", "model_version": params["model_version"]}
    more |= dataset_tags(newest_of(project))
    note = f"Visit of {who} to {project.name} on {minute(session.started_at)}; "
    note += f"{params['model_version']} proposed." if model is not None else "no model proposed."
    note += link("Open the project", reverse("project", args=[project.pk]))
    page = way_back(session.pk)
    return opening(name, session.started_at, params, tags("annotation_session", project, page, more, note))


def opening_of_detection(detection: Detection) -> Opening:
    frames = detection.frame_ids
    params = {
        "model": str(detection.model_version),
        "prompts": ", ".join(detection.prompts),
        "confidence": str(detection.confidence),
        "iou": str(detection.iou),
        "image_size": str(detection.image_size),
        "scope": detection.scope,
        "frame_ids": named_ids(frames),
    }
    project, who = detection.project, name_of(detection.created_by)
    page = way_back(detection.pk)
    what = f"image {frames[0]}" if len(frames) == 1 else f"{len(frames) or 'all'} images"
    more = {"user": who, "trigger": detection.trigger, "model_version": params["model"]}
    more |= dataset_tags(trained_on(detection.model_version_id))
    name = f"Detection on {what} · {minute(detection.created_at)}"
    note = f"{params['model']} looked at {named_images(detection)}, asked by {who} "
    note += f"({detection.get_trigger_display()}) on {minute(detection.created_at)}."
    note += link("Open the image" if len(frames) == 1 else "Open the jobs", place_of_detection(detection))
    return opening(name, detection.created_at, params, tags("detection", project, page, more, note))


def named_ids(frames: Sequence[int]) -> str:
    """The first FRAMES_NAMED; a detection of the whole project names none."""
    more = " …" if len(frames) > FRAMES_NAMED else ""
    return ", ".join(map(str, frames[:FRAMES_NAMED])) + more if frames else "all"


def named_images(detection: Detection) -> str:
    """One by its name, several by their number."""
    frames = detection.frame_ids
    if len(frames) != 1:
        return f"{len(frames) or 'all'} images"
    return (
        Frame.everything.filter(pk=frames[0]).values_list("name", flat=True).first() or f"image {frames[0]}"
    )


def note_of_project(project: Project) -> str:
    """What the experiment says of itself."""
    page = reverse("project", args=[project.pk])
    return (
        f"What people and models do in {project.name}: annotation sessions with the detections that were asked for in "
        f"them, dataset versions and trainings; the tag `kind` tells them apart. [Open the project]({page})"
    )


def way_back(key: UUID) -> str:
    """From a run to what it tells of. Which page that is follows from who asks and when (``views.tracked``): where the
    admin is may change, and is not for everybody to know."""
    return reverse("tracked_page", args=[key])


def place_of_detection(detection: Detection) -> str:
    """Where people see what was found."""
    if len(detection.frame_ids) == 1:
        return reverse("editor", args=[detection.project_id, detection.frame_ids[0]])
    return reverse("jobs_page", args=[detection.project_id])


def opening(name: str, start: datetime, params: dict[str, str], tags: dict[str, str]) -> Opening:
    return {
        "name": name,
        "start": milliseconds(start),
        "params": {key: value[:LONGEST_PARAM] for key, value in params.items()},
        "tags": {key: value[:LONGEST_TAG] for key, value in tags.items() if value},
    }


def tags(kind: str, project: Any, page: str, more: dict[str, str], note: str) -> dict[str, str]:
    """``page``: a path, never a host; behind ``note``, sentences to read, it is a link in MLflow, which is shown under
    the same origin."""
    return {
        "kind": kind,
        "project": project.name,
        "project_id": str(project.pk),
        "page": page,
        "hitl_version": settings.VERSION,
        "mlflow.source.name": "hitl",
        "mlflow.source.git.commit": git_commit() or NONE,
        "mlflow.user": more.get("user", ""),
        "mlflow.note.content": note + link("Open the page in the product", page),
        **more,
    }


def link(text: str, page: str) -> str:
    """As Markdown, behind what was said before."""
    return f" [{text}]({page})"


def name_of(user: User | None) -> str:
    """A name to read, never an address: some people sign in with their e-mail."""
    if user is None:
        return "nobody"
    return user.username if "@" not in user.username else f"person {user.pk}"


def minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


@cache
def git_commit() -> str:
    """Of the checkout that runs; where there is none (containers), what the image was told when it was built."""
    return commit_of_checkout() or settings.GIT_COMMIT


def commit_of_checkout() -> str:
    """Empty where there is none."""
    folder: Path = settings.BASE_DIR / ".git"
    try:
        head = (folder / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        if (folder / name).is_file():
            return (folder / name).read_text().strip()
        packed = (line.partition(" ") for line in (folder / "packed-refs").read_text().splitlines())
        return next((commit for commit, _, ref in packed if ref == name), "")
    except OSError:
        return ""
