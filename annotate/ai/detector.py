"""What every detector is: pictures and wishes in, boxes in image pixels out. Knows no Django and no framework."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..geometry import Edges
from .problems import BadRequest, gettext_noop

Pixels = NDArray[np.uint8]
"""A picture: height x width x 3, 8 bits per channel, **RGB** (OpenCV's own order is BGR)."""

MIN_IMAGE_SIZE, MAX_IMAGE_SIZE = 32, 2048
"""Pixels of the long side that a model sees; the one range for models, wishes and trainings. The smallest of the
catalogue needs 0.6 GB of memory for a square of 2048, and 3.6 GB for one of 4096."""
MAX_PROMPTS, MAX_PROMPT_LENGTH = 100, 100


@dataclass(frozen=True, slots=True)
class Request:
    """What to look for. Raises BadRequest where a value is out of its range.

    ``confidence``: boxes below it are left out. ``iou``: of two boxes of one class that overlap more than
    this, the surer one stays. ``image_size``: long side in pixels that the model sees, None for the model's
    own. ``classes``: only these class names, None for all. ``prompts``: what open-vocabulary models look for.
    """

    confidence: float = 0.25
    iou: float = 0.5
    image_size: int | None = None
    classes: frozenset[str] | None = None
    prompts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:  # true for NaN too
            raise BadRequest(gettext_noop("The confidence has to lie between 0 and 1."))
        if not 0.0 <= self.iou <= 1.0:
            raise BadRequest(gettext_noop("The overlap has to lie between 0 and 1."))
        if self.image_size is not None and not MIN_IMAGE_SIZE <= self.image_size <= MAX_IMAGE_SIZE:
            raise BadRequest(
                gettext_noop("The image size has to lie between %(low)s and %(high)s pixels."),
                low=MIN_IMAGE_SIZE,
                high=MAX_IMAGE_SIZE,
            )
        self._check_prompts()

    def _check_prompts(self) -> None:
        if len(self.prompts) > MAX_PROMPTS:
            raise BadRequest(gettext_noop("More than %(limit)s prompts at once."), limit=MAX_PROMPTS)
        if any(not 0 < len(prompt.strip()) <= MAX_PROMPT_LENGTH for prompt in self.prompts):
            raise BadRequest(
                gettext_noop("A prompt has between 1 and %(limit)s characters."), limit=MAX_PROMPT_LENGTH
            )


@dataclass(frozen=True, slots=True)
class Found:
    """One object: where it is in image pixels, the class by name, and how sure the model is (0 to 1)."""

    box: Edges
    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Findings:
    """Of one picture: the surest first. ``dropped``: rows of the output that were no good, by reason."""

    found: tuple[Found, ...]
    dropped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds of one call, all pictures together. ``load`` is not 0 in a detector's first answer only."""

    load: float = 0.0
    preprocess: float = 0.0
    inference: float = 0.0
    postprocess: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One Findings per picture, in the order of the pictures."""

    images: tuple[Findings, ...]
    timings: Timings


@dataclass(frozen=True, slots=True)
class Info:
    """What a detector is. ``version``: sha256 of its weights, so that the same name never hides another file.

    ``has_fixed_size``: the model takes pictures of ``image_size`` only; what a request wishes is ignored.
    """

    name: str
    version: str
    classes: tuple[str, ...]
    image_size: int
    licence: str
    has_fixed_size: bool = False
    is_open_vocabulary: bool = False


class Detector(Protocol):
    """Not thread-safe: one call at a time (warm.py sees to it)."""

    @property
    def info(self) -> Info: ...

    def detect(self, images: Sequence[Pixels], request: Request) -> Answer:
        """Raises BadRequest, and ModelError where the model does not do what its file promises."""
        ...


def nearest_size(side: int) -> int:
    """The image size closest to the one that a model was trained with."""
    return min(max(side, MIN_IMAGE_SIZE), MAX_IMAGE_SIZE)


def check_pixels(image: Pixels) -> None:
    """Raises BadRequest."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise BadRequest(
            gettext_noop("A picture has to be height x width x 3 bytes; this one is %(shape)s of %(kind)s."),
            shape=image.shape,
            kind=image.dtype,
        )


def class_indices(classes: frozenset[str] | None, known: Sequence[str]) -> frozenset[int] | None:
    """Indices of the wanted classes; None for all. Raises BadRequest for a class that the model has not."""
    if classes is None:
        return None
    unknown = sorted(classes.difference(known))
    if unknown:
        raise BadRequest(
            gettext_noop("The model does not know these classes: %(names)s"), names=", ".join(unknown[:10])
        )
    return frozenset(index for index, name in enumerate(known) if name in classes)
