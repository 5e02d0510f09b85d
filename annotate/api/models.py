"""The models that a project can ask, and which one it asks."""

from datetime import datetime
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext as _
from msgspec import UNSET, Meta, Struct, UnsetType

from ..access import Role
from ..detection.mapping import mapping_for, save_mapping
from ..detection.versions import default_for, usable_for
from ..learning import promotion
from ..models import ModelVersion, Project
from .calls import Call, Problem, invalid
from .frames import Id
from .routes import route


class ModelInfo(Struct):
    """``project``: null for a model that every project can use."""

    id: int
    name: str
    number: int
    kind: str
    project: int | None
    classes: list[str]
    image_size: int
    open_vocabulary: bool
    licence: str
    created_at: datetime


class Models(Struct):
    """``serving``: id of what proposes where nobody chooses. ``labels``: per class of that model the id of the label
    that its boxes get, null where they are left out."""

    items: list[ModelInfo]
    serving: int | None
    confidence: float
    labels: dict[str, int | None]


class ModelChoice(Struct, forbid_unknown_fields=True):
    """``model`` null: the default of this installation. ``labels``: only for the classes named."""

    model: Id | None | UnsetType = UNSET
    confidence: Annotated[float, Meta(ge=0.01, le=1)] | UnsetType = UNSET
    labels: Annotated[dict[Annotated[str, Meta(max_length=120)], Id | None], Meta(max_length=2000)] = {}


def info_of(version: ModelVersion) -> ModelInfo:
    return ModelInfo(
        id=version.pk,
        name=version.name,
        number=version.number,
        kind=version.kind,
        project=version.project_id,
        classes=version.classes,
        image_size=version.image_size,
        open_vocabulary=version.is_open_vocabulary,
        licence=version.licence,
        created_at=version.created_at,
    )


@route("GET", "projects/<id:project_id>/models", role=Role.VIEWER)
def list_models(call: Call, project: Project) -> Models:
    """The models whose weights are here, and which one serves."""
    usable = usable_for(project)
    serving = default_for(project, usable)
    return Models(
        items=[info_of(one) for one in usable],
        serving=serving.pk if serving else None,
        confidence=project.confidence,
        labels=mapping_for(project, serving.classes) if serving else {},
    )


@route(
    "PATCH",
    "projects/<id:project_id>/models",
    role=Role.MANAGER,
    also={409: "The model cannot be used just now."},
)
def choose_model(call: Call, project: Project, body: ModelChoice) -> Models:
    """Which model proposes, from what confidence on, and what its classes mean here."""
    usable = {one.pk: one for one in usable_for(project)}
    check(project, usable, body)
    try:
        with transaction.atomic():
            confidence = body.confidence if isinstance(body.confidence, float) else None
            if body.model is not UNSET:
                chosen = usable[body.model] if isinstance(body.model, int) else None
                promotion.choose(project, chosen, call.user, confidence=confidence)
            elif confidence is not None:
                project.confidence = confidence
                project.save(update_fields=["confidence"])
            save_mapping(project, body.labels)
    except promotion.PromotionRefused as refused:
        raise Problem(409, str(refused), code=refused.code) from refused
    return list_models(call, project)


def check(project: Project, usable: dict[int, ModelVersion], body: ModelChoice) -> None:
    """Raises Problem."""
    if isinstance(body.model, int) and body.model not in usable:
        raise invalid({"model": [_("There is no such model in this project. Nothing was changed.")]})
    active = set(project.labels.filter(is_active=True).values_list("pk", flat=True))
    if any(label is not None and label not in active for label in body.labels.values()):
        raise invalid({"labels": [_("There is no such active label in this project.")]})
    known = {name for one in usable.values() for name in one.classes}
    unknown = [name for name in body.labels if name not in known]
    if unknown:
        raise invalid({"labels": [_("No model here knows “%(name)s”.") % {"name": unknown[0]}]})
