"""The models that can be asked: rows of ModelVersion whose weights are on this machine, named by their content."""

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import ForeignObjectRel, Max, Q

from ..ai.catalogue import BY_KEY
from ..models import ModelVersion, Project, User

if TYPE_CHECKING:
    from ..ai.described import Described

SUFFIXES = {ModelVersion.Kind.ONNX: "onnx", ModelVersion.Kind.ULTRALYTICS: "pt"}
KINDS = {suffix: kind for kind, suffix in SUFFIXES.items()}
PLACES = {key: place for place, key in enumerate(BY_KEY)}
"""Of models of the catalogue, the default of the installation first."""


def weights_path(sha256: str, suffix: str) -> Path:
    """Made from the hash alone: no text that anybody typed becomes part of a path."""
    root: Path = settings.MODELS_DIR
    return root / sha256[:2] / f"{sha256}.{suffix}"


def path_of(version: ModelVersion) -> Path:
    return weights_path(version.sha256, SUFFIXES[ModelVersion.Kind(version.kind)])


def described_of(version: ModelVersion) -> "Described":
    """What the file may not say itself. Worker only."""
    from ..ai.described import Described

    entry = BY_KEY.get(version.catalogue_key)
    if entry is not None:
        return entry.described
    return Described(str(version), version.licence, tuple(version.classes), version.image_size)


def usable_for(project: Project) -> list[ModelVersion]:
    """The project's own first, then those for everybody; only models whose weights are here."""
    versions = ModelVersion.objects.filter(Q(project=project) | Q(project=None), is_active=True)
    versions = versions.select_related("training")
    ordered = sorted(versions, key=lambda one: (one.project_id is None, one.name, -one.number))
    return [version for version in ordered if path_of(version).is_file()]


def default_for(project: Project, usable: list[ModelVersion]) -> ModelVersion | None:
    """What the project chose, if it can be used; else what an administrator added for it, else for everybody, of
    several the last; else the first of the catalogue that was fetched. Never one that a training made and nobody has
    promoted."""
    chosen = next((one for one in usable if one.pk == project.model_version_id), None)
    others = [one for one in usable if not hasattr(one, "training")]
    return chosen or min(others, key=rank, default=None)


def rank(version: ModelVersion) -> tuple[int, int, int]:
    """The least of them is the default."""
    place = PLACES.get(version.catalogue_key, len(PLACES)) if version.catalogue_key else -1
    return (version.project_id is None, place, -version.pk)


class InUse(Exception):
    """The row stays what it was: what came of it would have another meaning."""


@transaction.atomic
def correct(version: ModelVersion, *, classes: list[str], image_size: int) -> None:
    """What was said of its file is replaced, as long as nobody has used it. Raises InUse."""
    ModelVersion.objects.select_for_update().get(pk=version.pk)  # nobody begins to use it meanwhile
    if is_used(version):
        raise InUse
    version.classes, version.image_size = classes, image_size
    version.save(update_fields=["classes", "image_size"])


def is_used(version: ModelVersion) -> bool:
    """Whether any row of another table names it."""
    relations = [
        one for one in version._meta.get_fields(include_hidden=True) if isinstance(one, ForeignObjectRel)
    ]
    return any(
        one.related_model._base_manager.filter(**{one.field.name: version}).exists() for one in relations
    )


@transaction.atomic
def register(
    *,
    name: str,
    suffix: str,
    sha256: str,
    classes: list[str],
    image_size: int,
    licence: str = "",
    origin: str = "",
    catalogue_key: str = "",
    is_open_vocabulary: bool = False,
    project: Project | None = None,
    user: User | None = None,
) -> ModelVersion:
    """The row for these weights: the same bytes under the same name are the same version, which stays as it is."""
    same = ModelVersion.objects.filter(project=project, name=name)
    known = same.filter(sha256=sha256).first()
    if known is not None:
        return known
    number = (same.aggregate(newest=Max("number"))["newest"] or 0) + 1
    return ModelVersion.objects.create(
        name=name,
        number=number,
        kind=KINDS[suffix],
        sha256=sha256,
        catalogue_key=catalogue_key,
        project=project,
        classes=classes,
        image_size=image_size,
        is_open_vocabulary=is_open_vocabulary,
        licence=licence,
        origin=origin,
        created_by=user,
    )
