"""What stands on the page of trainings beside the trainings: what the next one would use, and what proposes now."""

from math import floor
from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext as _

from ..datasets.snapshot import finished
from ..jobs.train_request import FEWEST_FRAMES, GOOD_FRAMES, can_train_here, missing_text
from ..learning.accepting import accepting_in
from ..learning.deciding import number_in
from ..learning.promotion import history_of, model_before, serving
from ..learning.trigger import Need, need_of
from ..learning.words import promotion_reason
from ..models import Box, Detection, Frame, ModelVersion, Project, Promotion, Training

NEED_FOR_S = 60
MOST_PROMOTIONS = 20


def overview_of(project: Project) -> dict[str, Any]:
    rows = list(history_of(project))
    champion = serving(project)
    return {
        "data": data_of(project),
        "need": need_of(project),
        "fewest": FEWEST_FRAMES,
        "good": GOOD_FRAMES,
        "missing": "" if can_train_here() else missing_text(),
        "champion": champion,
        "champion_training": training_of(champion),
        "calibration": calibration_of(champion),
        "accepting": accepting_in(project),
        "promotions": promotions_of(rows[-MOST_PROMOTIONS:]),
        "newest_promotion": rows[-1] if rows else None,
        "back_to": back_to(rows),
        "waiting": Training.objects.filter(project=project, outcome=Training.Outcome.CHALLENGER).first(),
        "proposing": proposing_in(project),
    }


def promotions_of(rows: list[Promotion]) -> list[dict[str, Any]]:
    """The newest first."""
    return [{"row": row, "reason": promotion_reason(row)} for row in reversed(rows)]


def data_of(project: Project) -> dict[str, int]:
    """Complete images, and the boxes on them that people stand by."""
    done = Frame.objects.filter(project=project, status__in=finished(project))
    boxes = Box.objects.filter(frame__in=done, deleted_revision__isnull=True, status=Box.Status.ACCEPTED)
    return {
        "frames": done.count(),
        "boxes": boxes.count(),
        "labels": project.labels.filter(is_active=True).count(),
    }


def training_of(version: ModelVersion | None) -> Training | None:
    return Training.objects.filter(model_version=version).first() if version else None


def back_to(rows: Any) -> str:
    """Name of the model that going back leads to; "" where there is none."""
    found = model_before(rows)
    if found is None:
        return ""
    [version_id] = found
    version = ModelVersion.objects.filter(pk=version_id).first() if version_id else None
    return str(version) if version else _("the default of this installation")


def proposing_in(project: Project) -> dict[str, Any] | None:
    """How far the new model is with the images that nobody has touched; None when it is through."""
    detection = (
        Detection.objects.filter(
            project=project, trigger=Detection.Trigger.AUTOMATIC, scope=Detection.Scope.PROJECT,
            job__state__in=("queued", "running"),
        )
        .select_related("job", "model_version")
        .order_by("-created_at")
        .first()
    )  # fmt: skip
    if detection is None or detection.job is None:
        return None
    job = detection.job
    return {"model": detection.model_version, "done": job.done_units, "total": job.total_units}


def calibration_of(version: ModelVersion | None) -> list[dict[str, Any]]:
    """By class; those with the most verdicts first."""
    classes = version.calibration.get("classes", {}) if version else {}
    rows = [{"name": name, **values} for name, values in classes.items() if isinstance(values, dict)]
    for row in rows:
        if row.get("auto_accept"):
            row["auto_accept"]["percent"] = floor((number_in(row["auto_accept"], "precision") or 0) * 100)
    return sorted(rows, key=lambda row: -(number_in(row, "verdicts") or 0))


def suggestion_for(project: Project) -> Need | None:
    """For the banner of a manager: what speaks for a training now. Looked for once a minute at most."""
    if project.training_mode != Project.TrainingMode.ASK:
        return None
    if Training.objects.filter(Q(finished_at=None) | Q(outcome="challenger"), project=project).exists():
        return None
    key = f"training-need:{project.pk}:{project.created_at.timestamp()}"
    need: Need | None = cache.get(key)
    if need is None:
        need = need_of(project)
        cache.set(key, need, NEED_FOR_S)
    return need if need.is_due else None
