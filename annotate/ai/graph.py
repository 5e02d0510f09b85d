"""What all runtimes of ONNX files have in common: a picture in, decoded and cleaned boxes out."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from . import decode, hygiene, letterbox
from .class_names import class_names
from .described import Described, Head
from .detector import (
    MAX_IMAGE_SIZE,
    MIN_IMAGE_SIZE,
    Answer,
    Findings,
    Info,
    Pixels,
    Request,
    check_pixels,
    class_indices,
    nearest_size,
)
from .onnx_file import OnnxFile
from .problems import BadRequest, UnusableModel, gettext_noop
from .results import Clock, chosen, findings

MAX_CANDIDATES = 10_000
"""The surest of a picture that are compared for overlaps: that work grows with the square of their number."""

TRUE = {"true", "1"}


class Runtime(Protocol):
    """A loaded network."""

    @property
    def input_shape(self) -> Sequence[int | None]:
        """Batch, channels, height, width; None where any value will do."""
        ...

    @property
    def input_kind(self) -> type[np.floating[Any]]: ...

    def run(self, values: NDArray[Any]) -> NDArray[Any]:
        """The first output. Raises UnusableModel."""
        ...


class GraphDetector:
    """A Detector over a Runtime. ``load_ms``: what loading it took."""

    def __init__(self, file: OnnxFile, described: Described, runtime: Runtime, load_ms: float) -> None:
        self._runtime = runtime
        self._load_ms = load_ms
        self._fixed = _fixed_size(runtime.input_shape)
        self._head = described.head
        self._ends_itself = _says(file.metadata, "end2end")
        self.info = _info(file, described, self._fixed)

    def detect(self, images: Sequence[Pixels], request: Request) -> Answer:
        """See Detector."""
        if request.prompts:
            raise BadRequest(gettext_noop("This model knows only its own classes: it takes no prompts."))
        wanted = class_indices(request.classes, self.info.classes)
        for image in images:
            check_pixels(image)
        clock = Clock()
        found: list[Findings] = []
        for image in images:
            found.append(self._one(image, request, wanted, clock))
        load_ms, self._load_ms = self._load_ms, 0.0
        return Answer(tuple(found), clock.timings(load_ms))

    def _one(self, image: Pixels, request: Request, wanted: frozenset[int] | None, clock: Clock) -> Findings:
        with clock.part("preprocess"):
            size = request.image_size or self.info.image_size
            high, wide = letterbox.input_shape(image, size, self._fixed)
            values, placement = self._prepared(image, high, wide)
        with clock.part("inference"):
            output = self._runtime.run(values)
        with clock.part("postprocess"):
            head = self._head_for(output)
            counts: hygiene.Counts = Counter()
            rows = decode.decoded(output, head, high, wide)
            rows = hygiene.drop_nonsense(rows, len(self.info.classes), counts)
            rows = chosen(rows, request.confidence, wanted)
            rows = hygiene.drop_without_area(rows, counts)
            if head is not Head.END_TO_END:
                rows = hygiene.surest(rows, MAX_CANDIDATES, counts)
                rows = decode.without_overlaps(rows, request.iou, reach=4.0 * max(high, wide))
            rows = hygiene.Rows(placement.to_image(rows.boxes), rows.scores, rows.classes)
            return findings(rows, image, self.info.classes, counts)

    def _prepared(self, image: Pixels, high: int, wide: int) -> tuple[NDArray[Any], letterbox.Placement]:
        if self._head is Head.GRID:
            canvas, placement = letterbox.cornered(image, high, wide)
            return letterbox.byte_bgr(canvas, self._runtime.input_kind), placement
        canvas, placement = letterbox.centred(image, high, wide)
        return letterbox.unit_rgb(canvas, self._runtime.input_kind), placement

    def _head_for(self, output: NDArray[Any]) -> Head:
        """Raises UnusableModel. A grid is told by the catalogue only: its input is prepared in another way."""
        head = decode.head_of(output.shape, len(self.info.classes), end_to_end=self._ends_itself)
        if (head is Head.GRID) != (self._head is Head.GRID):
            raise UnusableModel(
                gettext_noop("The model has another kind of output than it is described to have: %(head)s."),
                head=head,
            )
        return head


def _info(file: OnnxFile, described: Described, fixed: tuple[int, int] | None) -> Info:
    """Raises UnusableModel."""
    task = file.metadata.get("task", "detect")
    if task != "detect":
        raise UnusableModel(gettext_noop("This model is made for %(task)s, not to detect boxes."), task=task)
    names = file.metadata.get("names")
    classes = class_names(names) if names else described.classes
    if not classes:
        raise UnusableModel(gettext_noop("The model does not say its class names. Give them with the file."))
    return Info(
        name=described.name,
        version=file.version,
        classes=classes,
        image_size=max(fixed) if fixed else _trained_size(file.metadata) or described.image_size,
        licence=described.licence or file.metadata.get("license", ""),
        has_fixed_size=fixed is not None,
    )


def _fixed_size(shape: Sequence[int | None]) -> tuple[int, int] | None:
    """Height and width if the model takes nothing else. Raises UnusableModel for an input that is no picture."""
    if len(shape) != 4 or shape[0] not in (None, 1) or shape[1] not in (None, 3):
        raise UnusableModel(gettext_noop("The model does not take one RGB picture as its input."))
    high, wide = shape[2], shape[3]
    if high is None or wide is None:
        return None
    if not MIN_IMAGE_SIZE <= max(high, wide) <= MAX_IMAGE_SIZE:
        raise UnusableModel(
            gettext_noop(
                "The model takes pictures of %(size)s pixels only; from %(low)s to %(high)s can be used."
            ),
            size=max(high, wide),
            low=MIN_IMAGE_SIZE,
            high=MAX_IMAGE_SIZE,
        )
    return high, wide


def _trained_size(metadata: Mapping[str, str]) -> int | None:
    """The long side that the exporter wrote down, such as ``[640, 640]``, or what can be used that is closest to it;
    None where it did not."""
    try:
        sides = json.loads(metadata.get("imgsz", ""))
    except (ValueError, RecursionError):
        return None
    sides = sides if isinstance(sides, list) else [sides]
    whole = [side for side in sides if type(side) is int and side > 0]
    return nearest_size(max(whole)) if whole and len(whole) == len(sides) else None


def _says(metadata: Mapping[str, str], name: str) -> bool:
    return metadata.get(name, "").strip().lower() in TRUE
