"""Whatever Ultralytics can load: .pt weights, trained models of every size, open vocabulary. Needs the extra ml.

A .pt file is a pickle, and a pickle is a program: only files whose hash is known are opened.
"""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import hygiene
from .detector import (
    Answer,
    Findings,
    Info,
    Pixels,
    Request,
    Timings,
    check_pixels,
    class_indices,
    nearest_size,
)
from .hashes import check_hash
from .problems import BadRequest, ModelError, UnusableModel, gettext_noop
from .results import findings
from .ultralytics_setup import ultralytics

OPEN_VOCABULARY = {"WorldModel": "YOLOWorld", "YOLOEModel": "YOLOE"}
DEFAULT_IMAGE_SIZE = 640
MOST_ASKED = 10 * hygiene.MAX_BOXES
"""Of one picture. What it leaves out beyond that is not known; what is beyond MAX_BOXES is counted, then dropped."""
PARTS = ("preprocess", "inference", "postprocess")


class UltralyticsDetector:
    """A Detector. Loading takes seconds: torch is imported the first time."""

    def __init__(
        self,
        path: Path,
        *,
        sha256: str,
        name: str,
        settings_folder: Path,
        licence: str = "AGPL-3.0",
        device: str = "cpu",
        threads: int = 0,
    ) -> None:
        """``sha256``: what the file is known to have. ``threads``: of torch in the whole process, 0 leaves them as
        they are. Raises NotInstalled, UnusableModel, OSError."""
        started = time.perf_counter()
        check_hash(path, sha256)
        self._device = device
        self._model = _loaded(ultralytics(settings_folder, threads), path)
        self._prompts: tuple[str, ...] = ()
        self.info = self._describe(name, sha256, licence)
        self._load_ms = (time.perf_counter() - started) * 1000

    def detect(self, images: Sequence[Pixels], request: Request) -> Answer:
        """See Detector."""
        for image in images:
            check_pixels(image)
        self._look_for(request.prompts)
        names = _names(self._model)
        wanted = class_indices(request.classes, names)
        found: list[Findings] = []
        spent: Counter[str] = Counter()
        for image in images:
            result = self._predict(image, request, wanted)
            spent.update({part: result.speed[part] for part in PARTS})
            found.append(_findings_of(result, image, names))
        load_ms, self._load_ms = self._load_ms, 0.0
        timings = Timings(load_ms, *(float(spent[part]) for part in PARTS))
        return Answer(tuple(found), timings)

    def _predict(self, image: Pixels, request: Request, wanted: frozenset[int] | None) -> Any:
        return self._model.predict(
            np.ascontiguousarray(image[:, :, ::-1]),  # it takes arrays as BGR
            conf=request.confidence,
            iou=request.iou,
            imgsz=request.image_size or self.info.image_size,
            classes=None if wanted is None else sorted(wanted),
            max_det=MOST_ASKED,
            device=self._device,
            verbose=False,
            save=False,
        )[0]

    def _look_for(self, prompts: tuple[str, ...]) -> None:
        """Raises BadRequest, ModelError."""
        if prompts and not self.info.is_open_vocabulary:
            raise BadRequest(gettext_noop("This model knows only its own classes: it takes no prompts."))
        if prompts == self._prompts:
            return
        try:  # without prompts its own classes, never those that somebody asked for before
            self._model.set_classes(list(prompts or self.info.classes))
        except (ImportError, OSError, RuntimeError, AttributeError, ValueError) as error:
            raise ModelError(
                gettext_noop(
                    "The part of the model that understands words is not on this server. Leave the words out to look "
                    "for what the model knows by itself. Nothing was changed."
                )
            ) from error
        self._prompts = prompts

    def _describe(self, name: str, version: str, licence: str) -> Info:
        """Raises UnusableModel."""
        if self._model.task != "detect":
            raise UnusableModel(
                gettext_noop("This model is made for %(task)s, not to detect boxes."), task=self._model.task
            )
        trained_size = self._model.overrides.get("imgsz")
        return Info(
            name=name,
            version=version,
            classes=_names(self._model),
            image_size=nearest_size(trained_size) if isinstance(trained_size, int) else DEFAULT_IMAGE_SIZE,
            licence=licence,
            is_open_vocabulary=hasattr(self._model, "set_classes"),
        )


def _loaded(package: Any, path: Path) -> Any:
    """The class of the model decides, not the file's name: files are named by their content. Raises UnusableModel."""
    try:
        model = package.YOLO(str(path), task="detect" if path.suffix == ".onnx" else None)
        special = OPEN_VOCABULARY.get(type(model.model).__name__)
        return getattr(package, special)(str(path)) if special else model
    except (OSError, RuntimeError, TypeError, KeyError, AttributeError, ImportError, EOFError) as error:
        raise UnusableModel(gettext_noop("Ultralytics cannot load the model.")) from error


def _names(model: Any) -> tuple[str, ...]:
    names: dict[int, str] = model.names
    return tuple(names[index] for index in sorted(names))


def _findings_of(result: Any, image: Pixels, names: Sequence[str]) -> Findings:
    boxes: NDArray[Any] = result.boxes.data.cpu().numpy()  # left, top, right, bottom, confidence, class
    rows = hygiene.rows(boxes[:, :4], boxes[:, 4], boxes[:, 5])
    counts: hygiene.Counts = Counter()
    rows = hygiene.drop_nonsense(rows, len(names), counts)
    rows = hygiene.drop_without_area(rows, counts)
    return findings(rows, image, names, counts)
