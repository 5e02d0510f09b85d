"""Third stage: the new model, and the one that serves, on frames that neither was trained on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..ai.detector import Detector, Request
from ..ai.problems import ModelError
from . import charts, dataset, drawing, files, params, plots
from .comparison import Difference, Judged, difference
from .dataset import Dataset, Frame, Truth
from .matching import Proposals, proposals_of
from .models import opened
from .problems import Problem
from .report import frame_block, report, rounded, scores
from .stage import Run, main

MOST_SAMPLES = 12
MOST_DIFFERENCES = 24


@dataclass(frozen=True, slots=True)
class HeldOut:
    """``split``: test, or val where no frame was kept for the test: then it helped to choose the epoch."""

    data: Dataset
    split: str
    frames: list[Frame]


def evaluate(run: Run) -> None:
    """Raises Problem, OSError."""
    held_out = held_out_of(dataset.read(run.dataset))
    challenger, champion = _models(run)
    judged = judge(run, held_out, challenger, champion)
    new, old = judged[0], judged[1] if len(judged) > 1 else None
    compared = None if old is None else _difference(run, new, old)
    rows = most_different(new, old, held_out.frames)
    plots.write_all(run.plots, new, old)
    charts.draw_all(run.plots, new, old)
    draw(run, held_out, new, old, rows)
    precision = run.params.evaluate.auto_accept_precision
    said = report(held_out.data.description, held_out.split, precision, new, old, compared, rows)
    _write(run.metrics / "evaluation.json", said)
    _write(run.metrics / "scores.json", scores(said))


def _write(path: Path, said: Mapping[str, Any]) -> None:
    """Raises OSError."""
    files.write(path, json.dumps(rounded(said), ensure_ascii=False, indent=1) + "\n")


def held_out_of(data: Dataset) -> HeldOut:
    """Raises Problem."""
    for split in ("test", "val"):
        frames = data.of(split)
        if frames:
            return HeldOut(data, split, frames)
    raise Problem("no_held_out")


def _models(run: Run) -> tuple[Detector, Detector | None]:
    """Raises Problem."""
    settings = run.scratch / "settings"
    try:
        challenger = opened(run.onnx, settings)
    except (ModelError, FileNotFoundError) as error:
        raise Problem("challenger_unusable", reason=error) from error
    wanted = run.params.evaluate.champion
    try:
        champion = opened(params.absolute(run.folder, wanted), settings) if wanted else None
    except (ModelError, FileNotFoundError) as error:
        raise Problem("champion_unusable", reason=error) from error
    return challenger, champion


def judge(run: Run, held_out: HeldOut, challenger: Detector, champion: Detector | None) -> list[Judged]:
    """Every frame is decoded once and shown to each model. Raises Problem, OSError."""
    asked = run.params.evaluate
    classes = held_out.data.description.classes
    detectors: list[tuple[Detector, Mapping[str, str]]] = [(challenger, {})]
    if champion is not None:
        detectors.append((champion, asked.champion_classes))
    proposals: list[list[Proposals]] = [[] for _ in detectors]
    truths: list[Truth] = []
    request = Request(confidence=asked.confidence, iou=asked.iou)
    for number, frame in enumerate(held_out.frames):
        pixels = held_out.data.pixels(frame)
        truths.append(held_out.data.truth(frame, width=pixels.shape[1], height=pixels.shape[0]))
        for place, (detector, renamed) in enumerate(detectors):
            try:
                findings = detector.detect([pixels], request).images[0]
            except ModelError as error:
                code = "champion_unusable" if place else "challenger_unusable"
                raise Problem(code, reason=error) from error
            proposals[place].append(proposals_of(findings, classes, renamed))
        run.progress.murmur(state="looking", done=number + 1, total=len(held_out.frames))
    return [Judged(classes, each, truths) for each in proposals]


def _difference(run: Run, new: Judged, old: Judged) -> Difference:
    asked = run.params.evaluate
    return difference(
        new,
        old,
        margin=asked.class_margin,
        count=asked.bootstrap,
        seed=asked.seed,
        told=lambda done: run.progress.murmur(state="comparing", done=done, total=asked.bootstrap),
    )


def most_different(new: Judged, old: Judged | None, frames: Sequence[Frame]) -> list[dict[str, Any]]:
    """Those where the two cost a person the most different times; without another model, those that cost the most."""
    apart = new.seconds if old is None else np.abs(new.seconds - old.seconds)
    order = np.argsort(-apart, kind="stable")[:MOST_DIFFERENCES]
    return [
        {
            "name": frames[place].name,
            "image": picture_name(frames[place]),
            "champion": None if old is None else frame_block(old, place),
            "challenger": frame_block(new, place),
        }
        for place in map(int, order)
        if apart[place] > 0
    ]


def picture_name(frame: Frame, kind: str = "difference") -> str:
    return f"{kind}-{Path(frame.file).stem}.jpg"


def draw(
    run: Run, held_out: HeldOut, new: Judged, old: Judged | None, rows: Sequence[Mapping[str, Any]]
) -> None:
    """samples/: what was drawn, what the champion and what the challenger propose, from left to right. Raises OSError,
    Problem."""
    files.emptied(run.samples)
    places = {picture_name(frame): place for place, frame in enumerate(held_out.frames)}
    for row in rows:
        _picture(run, held_out, places[row["image"]], row["image"], [old, new] if old else [new])
    for place in drawing.spread(len(held_out.frames), MOST_SAMPLES):
        _picture(run, held_out, place, picture_name(held_out.frames[place], "sample"), [new])
    said = json.dumps({"frames": rounded(rows)}, ensure_ascii=False, indent=1)
    files.write(run.samples / "differences.json", said + "\n")


def _picture(run: Run, held_out: HeldOut, place: int, name: str, shown: Sequence[Judged]) -> None:
    panels = [drawing.of_truth(shown[0].truths[place])]
    panels += [drawing.of_proposals(one.proposals[place], one.shown) for one in shown]
    pixels = held_out.data.pixels(held_out.frames[place])
    drawing.save(run.samples / name, pixels, panels, shown[0].classes)


if __name__ == "__main__":
    main("evaluate", evaluate)
