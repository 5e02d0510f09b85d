"""Asking for a training: checked once, for the button, the trigger, the API and the command line alike."""

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from msgspec import Struct

from ..datasets.snapshot import finished
from ..models import DatasetVersion, Frame, Project
from ..training import params

FEWEST_FRAMES = 10
GOOD_FRAMES = 20
NEEDED = ("torch", "ultralytics", "dvc")

RANGES: dict[str, tuple[int, int]] = {
    "epochs": params.EPOCHS,
    "image_size": params.IMAGE_SIZE,
    "batch": params.BATCH,
    "seed": params.SEED,
    "patience": params.PATIENCE,
    "time_limit_min": (1, 14 * 24 * 60),
    "memory_limit_mb": (256, 4 * 1024 * 1024),
}
"""Lowest and highest; those of the pipeline are its own, so that nothing is taken on that it would refuse."""
STEP = params.STRIDE_PX  # of the image size: the strides of the detectors


class TrainingRefused(Exception):
    """Nothing was started. The text is for the person; ``code`` for programs."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class TrainWish(Struct, frozen=True, forbid_unknown_fields=True):
    """``version``: number of a dataset version; None makes a new one, or takes the newest where nothing has changed.
    None elsewhere: what fits the machine (``training.params``)."""

    version: int | None = None
    epochs: int | None = None
    image_size: int | None = None
    batch: int | None = None
    seed: int | None = None
    patience: int | None = None
    time_limit_min: int | None = None
    memory_limit_mb: int | None = None

    def chosen(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in RANGES}
        return {name: value for name, value in values.items() if value is not None}


def missing_parts() -> list[str]:
    """What has to be installed here before a model can be trained; looked for without loading it."""
    return [name for name in NEEDED if find_spec(name) is None]


def can_train_here() -> bool:
    """With Celery the workers are elsewhere, with an installation of their own."""
    return settings.JOB_ENGINE == "celery" or not missing_parts()


def missing_text() -> str:
    return _(
        "Training needs parts that are not installed: %(parts)s. Everything else works. An administrator "
        "installs them with “make install-ml”; docs/training.md says more."
    ) % {"parts": ", ".join(missing_parts())}


def labelled(project: Project) -> int:
    """Images that would go into a dataset version now."""
    return Frame.objects.filter(project=project, status__in=finished(project)).count()


def check_wish(project: Project, wish: TrainWish) -> DatasetVersion | None:
    """The version that was asked for. Raises TrainingRefused."""
    for name, value in wish.chosen().items():
        low, high = RANGES[name]
        if not low <= value <= high or (name == "image_size" and value % STEP):
            raise TrainingRefused("range", range_text(name))
    if not can_train_here():
        raise TrainingRefused("not_installed", missing_text())
    if wish.version is not None:
        version = DatasetVersion.objects.filter(project=project, number=wish.version).first()
        if version is None:
            raise TrainingRefused(
                "unknown_version", _("There is no such dataset version in this project. Nothing was started.")
            )
        return version
    if labelled(project) < FEWEST_FRAMES:
        raise TrainingRefused("too_few", too_few_text(labelled(project)))
    return None


def range_text(name: str) -> str:
    low, high = RANGES[name]
    words = {"name": names()[name], "low": low, "high": high, "step": STEP}
    if name == "image_size":
        return _("%(name)s: a multiple of %(step)s from %(low)s to %(high)s. Nothing was started.") % words
    return _("%(name)s: a whole number from %(low)s to %(high)s. Nothing was started.") % words


def too_few_text(count: int) -> str:
    return _(
        "A model needs at least %(least)s complete images, better 20 to 50; there are %(count)s. "
        "Nothing was started."
    ) % {"least": FEWEST_FRAMES, "count": count}


def names() -> dict[str, str]:
    return {
        "epochs": _("Epochs"),
        "image_size": _("Image size"),
        "batch": _("Batch"),
        "seed": _("Seed"),
        "patience": _("Patience"),
        "time_limit_min": _("Time limit, minutes"),
        "memory_limit_mb": _("Memory limit, MB"),
    }
