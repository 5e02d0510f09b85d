"""Asking for a detection: checked once, for the editor's button, the API and the command line alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..ai.detector import MAX_IMAGE_SIZE, MIN_IMAGE_SIZE
from ..models import Detection, Frame, ModelVersion, Project, User
from .mapping import settle
from .versions import default_for, usable_for

IOU = 0.5
"""Finds of one class that overlap more are one object: second boxes cost people more than 0.7 saves (docs/loop.md)."""
MOST_FRAMES = 10_000
MOST_PROMPTS, LONGEST_PROMPT = 100, 100
SHOWN = 8


class DetectionRefused(Exception):
    """Nothing was started. The text is for the person; ``code`` for programs."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wish:
    """``frames``: ids, None for the whole project. ``model``: id of a ModelVersion, None for the default one.

    ``prompts``: class names, or what an open-vocabulary model is told in words; empty: all it knows.
    """

    frames: tuple[int, ...] | None
    model: int | None = None
    prompts: tuple[str, ...] = ()
    confidence: float | None = None
    iou: float | None = None
    image_size: int | None = None


def detection_for(project: Project, wish: Wish, *, user: User | None, trigger: str) -> Detection:
    """The row, not stored yet. What the classes mean is settled: from now on boxes may come of it. Raises
    DetectionRefused."""
    version = version_for(project, wish.model)
    frames = frames_for(project, wish.frames)
    detection = Detection(
        project=project,
        model_version=version,
        created_by=user,
        trigger=trigger,
        scope=scope_of(wish.frames),
        frame_ids=frames,
        prompts=prompts_for(version, wish.prompts),
        confidence=share(_("confidence"), wish.confidence, project.confidence),
        iou=share(_("IoU"), wish.iou, IOU),
        image_size=size_for(version, wish.image_size),
    )
    settle(project, [*version.classes, *detection.prompts])
    return detection


def scope_of(frames: Sequence[int] | None) -> str:
    if frames is None:
        return Detection.Scope.PROJECT
    return Detection.Scope.FRAME if len(frames) == 1 else Detection.Scope.SELECTION


def version_for(project: Project, wanted: int | None) -> ModelVersion:
    usable = usable_for(project)
    if not usable:
        raise DetectionRefused("no_model", no_model_text())
    if wanted is None:
        version = default_for(project, usable)
        if version is None:
            raise DetectionRefused(
                "no_model",
                _("No model was chosen for this project. A manager chooses one on its page Model."),
            )
    else:
        version = next((one for one in usable if one.pk == wanted), None)
    if version is None:
        raise DetectionRefused(
            "unknown_model", _("There is no such model in this project. Nothing was changed.")
        )
    return version


def no_model_text() -> str:
    return _(
        "No model is installed yet, so nothing can be proposed; everything else works. "
        "An administrator installs one with: manage.py fetch_weights"
    )


def frames_for(project: Project, wanted: Sequence[int] | None) -> list[int]:
    if wanted is None:
        return []
    unique = list(dict.fromkeys(wanted))
    if not 0 < len(unique) <= MOST_FRAMES:
        raise DetectionRefused(
            "frames", _("Choose between 1 and %(most)s images. Nothing was changed.") % {"most": MOST_FRAMES}
        )
    known = set(Frame.objects.filter(project=project, pk__in=unique).values_list("pk", flat=True))
    if len(known) != len(unique):
        raise DetectionRefused(
            "frames", _("Some of these images are not in the project. Nothing was changed.")
        )
    return unique


def prompts_for(version: ModelVersion, prompts: Sequence[str]) -> list[str]:
    """Class names as the model writes them; for an open-vocabulary model the words as they are."""
    words = list(dict.fromkeys(prompt.strip() for prompt in prompts if prompt.strip()))
    if len(words) > MOST_PROMPTS or any(len(word) > LONGEST_PROMPT for word in words):
        raise DetectionRefused(
            "prompts",
            _("At most %(most)s prompts of %(length)s characters. Nothing was changed.")
            % {"most": MOST_PROMPTS, "length": LONGEST_PROMPT},
        )
    if version.is_open_vocabulary:
        return words
    known = {name.casefold(): name for name in version.classes}
    unknown = [word for word in words if word.casefold() not in known]
    if unknown:
        raise DetectionRefused(
            "prompts",
            _("%(model)s does not know: %(unknown)s. It knows: %(known)s. Nothing was changed.")
            % {
                "model": version,
                "unknown": ", ".join(unknown[:SHOWN]),
                "known": ", ".join(version.classes[:SHOWN]) + (" …" if len(version.classes) > SHOWN else ""),
            },
        )
    return list(dict.fromkeys(known[word.casefold()] for word in words))


def share(name: str, wanted: float | None, default: float) -> float:
    value = default if wanted is None else wanted
    if not 0 <= value <= 1:
        raise DetectionRefused(
            "range", _("%(name)s: a number from 0 to 1. Nothing was changed.") % {"name": name}
        )
    return value


def size_for(version: ModelVersion, wanted: int | None) -> int:
    size = version.image_size if wanted is None else wanted
    if not MIN_IMAGE_SIZE <= size <= MAX_IMAGE_SIZE:
        raise DetectionRefused(
            "range",
            _("Image size: from %(low)s to %(high)s pixels. Nothing was changed.")
            % {"low": MIN_IMAGE_SIZE, "high": MAX_IMAGE_SIZE},
        )
    return size
