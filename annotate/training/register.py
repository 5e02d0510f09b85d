"""Last stage: the ONNX file is what it should be, and ``models/registration.json`` says so."""

import json
from collections.abc import Sequence

from ..ai import letterbox
from ..ai.detector import Answer, Detector, Found, Pixels, Request
from ..ai.hashes import sha256_of
from ..ai.loading import load
from ..ai.problems import ModelError, UnusableModel, gettext_noop
from . import dataset, files
from .dataset import Dataset
from .evaluate import held_out_of
from .models import LICENCE, described_by, opened
from .problems import Problem
from .stage import Run, main

FORMAT = 1
COMPARED_FRAMES = 4
SUREST = 20
EDGE_SHARE, CONFIDENCE = 0.01, 0.02
"""How far two answers about one object may be apart: edges as a share of the picture, and how sure."""
ENOUGH = 0.9
"""Of the surest proposals. Near the limits of the overlap filter a rounding decides between two boxes of one object."""

NOTICED = Request(confidence=0.001)
OTHER_CLASSES = gettext_noop("Its classes are not those of the dataset.")
DISAGREES = gettext_noop("The ONNX file agrees with the weights in %(percent)s %% only.")


def register(run: Run) -> None:
    """Raises Problem, OSError."""
    data = dataset.read(run.dataset)
    weights, onnx = sha256_of(run.weights), sha256_of(run.onnx)
    try:
        small = opened(run.onnx, run.scratch / "settings")
        agreement = agreement_of(run, data, small, weights)
    except (ModelError, FileNotFoundError) as error:
        raise Problem("challenger_unusable", reason=error) from error
    if list(small.info.classes) != data.description.classes:
        raise Problem("challenger_unusable", reason=UnusableModel(OTHER_CLASSES))
    if agreement < ENOUGH:
        reason = UnusableModel(DISAGREES, percent=round(agreement * 100))
        raise Problem("challenger_unusable", reason=reason)
    said = {
        "format": FORMAT,
        "name": run.params.register.name,
        "onnx_sha256": onnx,
        "pt_sha256": weights,
        "classes": list(small.info.classes),
        "image_size": small.info.image_size,
        "licence": LICENCE,
        "dataset": {"digest": data.description.digest, "number": data.description.number},
        "agreement": round(agreement, 4),
    }
    files.write(
        run.folder / "models" / "registration.json", json.dumps(said, ensure_ascii=False, indent=1) + "\n"
    )


def agreement_of(run: Run, data: Dataset, small: Detector, weights: str) -> float:
    """The share of the surest proposals of either file that the other one has too, on the same square pictures.

    Raises ModelError, Problem, OSError.
    """
    large = load(
        run.weights,
        described_by(weights, run.weights),
        sha256=weights,
        settings_folder=run.scratch / "settings",
    )
    side = small.info.image_size
    pictures = [squared(data.pixels(frame), side) for frame in held_out_of(data).frames[:COMPARED_FRAMES]]
    request = Request(confidence=NOTICED.confidence, image_size=side)
    return mutual(small.detect(pictures, request), large.detect(pictures, request), side)


def squared(pixels: Pixels, side: int) -> Pixels:
    """So that both get the very same input: whoever pads pads nothing."""
    return letterbox.centred(pixels, side, side)[0]


def mutual(one: Answer, other: Answer, side: int) -> float:
    """1.0 where neither proposes anything."""
    met = total = 0
    for mine, theirs in zip(one.images, other.images, strict=True):
        for some, others in ((mine.found, theirs.found), (theirs.found, mine.found)):
            met += sum(has_partner(found, others, side) for found in some[:SUREST])
            total += len(some[:SUREST])
    return met / total if total else 1.0


def has_partner(found: Found, others: Sequence[Found], side: int) -> bool:
    return any(
        found.name == other.name
        and abs(found.confidence - other.confidence) <= CONFIDENCE
        and max(
            abs(found.box.x1 - other.box.x1),
            abs(found.box.y1 - other.box.y1),
            abs(found.box.x2 - other.box.x2),
            abs(found.box.y2 - other.box.y2),
        )
        <= EDGE_SHARE * side
        for other in others
    )


if __name__ == "__main__":
    main("register", register)
