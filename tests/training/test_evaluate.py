"""What is said of two models whose proposals are known."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from annotate.ai.detector import Answer, Findings, Found, Info, Pixels, Request, Timings
from annotate.ai.problems import UnusableModel
from annotate.geometry import Edges
from annotate.training import dataset, evaluate, export, params, register
from annotate.training.problems import Problem
from annotate.training.progress import Progress
from annotate.training.stage import Run
from tests.training.repository import CLASSES, SIDE, DataRepository, Sample, samples

FRAMES = samples(6, 2, 12)
Told = Callable[[Sample], Sequence[Found]]


def decoded(sample: Sample) -> Pixels:
    picture = cv2.imdecode(np.frombuffer(sample.image, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8)


class Teller:
    """A Detector that knows the pictures and says what it was told to."""

    def __init__(self, told: Told, classes: Sequence[str] = CLASSES) -> None:
        self.info = Info("teller", "0" * 64, tuple(classes), SIDE, "MIT")
        self._told = {decoded(one).tobytes(): told(one) for one in FRAMES}

    def detect(self, images: Sequence[Pixels], request: Request) -> Answer:
        found = [self._told[image.tobytes()] for image in images]
        return Answer(tuple(Findings(tuple(one)) for one in found), Timings())


def truth_of(
    sample: Sample, *, off: float = 0.0, names: Sequence[str] = CLASSES, sure: float = 0.9
) -> list[Found]:
    """What was drawn, ``off`` pixels to the right."""
    return [
        Found(
            Edges((x - w / 2) * SIDE + off, (y - h / 2) * SIDE, (x + w / 2) * SIDE + off, (y + h / 2) * SIDE),
            names[number],
            sure,
        )
        for number, x, y, w, h in sample.boxes
    ]


def perfect(sample: Sample) -> list[Found]:
    return truth_of(sample)


def shifted(sample: Sample) -> list[Found]:
    return truth_of(sample, off=4.0)


def in_other_words(sample: Sample) -> list[Found]:
    """And a person, whom nobody asked for."""
    stranger = Found(Edges(0, 0, 50, 50), "person", 0.99)
    return [stranger, *truth_of(sample, off=4.0, names=["frisbee", "square"])]


def nothing(sample: Sample) -> list[Found]:
    return []


@pytest.fixture
def run(tmp_path: Path) -> Run:
    repository = DataRepository(tmp_path / "data")
    repository.add(1, FRAMES)
    asked = {
        "dataset": {"repository": str(repository.folder), "version": 1},
        "evaluate": {"champion": "champion.onnx", "bootstrap": 200, "champion_classes": {"frisbee": "disc"}},
    }
    folder = tmp_path / "run"
    folder.mkdir()
    made = Run(folder, params.checked(asked), Progress(folder, "evaluate"))
    export.export(made)
    return made


def judged(run: Run, monkeypatch: pytest.MonkeyPatch, challenger: Told, champion: Told) -> dict[str, Any]:
    def opened(path: Path, settings_folder: Path) -> Teller:
        return Teller(champion if path.name == "champion.onnx" else challenger)

    monkeypatch.setattr(evaluate, "opened", opened)
    evaluate.evaluate(run)
    found: dict[str, Any] = json.loads((run.metrics / "evaluation.json").read_text())
    return found


def test_a_better_model_is_better_in_everything(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(run, monkeypatch, perfect, shifted)
    assert found["verdict"] == "better" and found["difference"]["fallen_classes"] == []
    assert (
        found["challenger"]["map50_95"]
        == found["challenger"]["precision"]
        == found["challenger"]["recall"]
        == 1.0
    )
    difference = found["difference"]
    assert (
        0 < difference["map50_95"]["low"] <= difference["map50_95"]["mean"] <= difference["map50_95"]["high"]
    )
    assert difference["seconds_per_frame"]["high"] < 0
    assert set(difference["per_class"]) == set(CLASSES)
    assert found["dataset"]["frames"] == 12 and found["dataset"]["split"] == "test"


def test_the_other_way_round_it_is_not(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(run, monkeypatch, shifted, perfect)
    assert found["verdict"] == "not_better" and set(found["difference"]["fallen_classes"]) == set(CLASSES)


def test_seconds_are_those_of_the_cost_model(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = sum(len(sample.boxes) for sample in FRAMES if sample.split == "test")
    found = judged(run, monkeypatch, perfect, nothing)
    assert found["challenger"]["seconds_per_frame"] == pytest.approx(1.6 * boxes / 12, abs=1e-6)
    assert found["champion"]["seconds_per_frame"] == pytest.approx(7.0 * boxes / 12, abs=1e-6)
    assert found["champion"]["precision"] is None and found["champion"]["recall"] == 0.0


def test_classes_are_known_by_the_name_they_have_here(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class that the dataset does not have counts as nothing: it is no wrong proposal either."""
    assert (
        judged(run, monkeypatch, perfect, in_other_words)["champion"]
        == judged(run, monkeypatch, perfect, shifted)["champion"]
    )


def test_the_threshold_leaves_out_what_costs_more_than_it_saves(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noisy(sample: Sample) -> list[Found]:
        ghosts = [Found(Edges(step, 0, step + 5, 5), "disc", 0.4) for step in range(8)]
        return [*truth_of(sample, sure=0.8), *ghosts]

    found = judged(run, monkeypatch, noisy, nothing)
    assert 0.4 < found["shown_confidence"] <= 0.8
    assert found["challenger"]["precision"] == 1.0


def test_of_thresholds_that_cannot_be_told_apart_the_one_with_least_to_correct_is_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ghosts on every image, and on some of twelve an unsure box, which saves more than all of them cost."""
    held_out = [sample.name for sample in FRAMES if sample.split == "test"]
    assert len(held_out) == 12

    def told(saved: int) -> Told:
        def tell(sample: Sample) -> list[Found]:
            right = truth_of(sample, sure=0.8)
            low = [replace(one, confidence=0.4) for one in right[:1]]
            ghost = Found(Edges(0, 0, 5, 5), "disc", 0.4)
            return [*(low if sample.name in held_out[:saved] else right[:1]), *right[1:], ghost]

        return tell

    # 12 ghosts cost 19.2 s; each box that comes with them saves 5.4 s of drawing.
    few = judged(run, monkeypatch, told(4), nothing)["shown_confidence"]
    assert 0.4 < few <= 0.8, "21.6 s saved by four images: less than one standard error"
    many = judged(run, monkeypatch, told(12), nothing)["shown_confidence"]
    assert many <= 0.4, "64.8 s saved, on every image the same"


def test_pictures_and_tables_are_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(run, monkeypatch, perfect, nothing)
    rows = json.loads((run.samples / "differences.json").read_text())["frames"]
    assert rows == found["frames"] and len(rows) == 12
    assert [abs(row["champion"]["seconds"] - row["challenger"]["seconds"]) for row in rows] == sorted(
        (abs(row["champion"]["seconds"] - row["challenger"]["seconds"]) for row in rows), reverse=True
    )
    for row in rows:
        picture = cv2.imread(str(run.samples / row["image"]))
        assert picture is not None and picture.shape == (SIDE, 3 * SIDE + 16, 3)
    table = (run.plots / "confusion.csv").read_text().splitlines()
    assert table[0] == "drawn,proposed" and set(table[1:]) == {f"{name},{name}" for name in CLASSES}
    curves = (run.plots / "precision_recall.csv").read_text().splitlines()
    assert curves[0] == ",".join(["recall", "precision", "(before)", *CLASSES])
    assert curves[1].startswith("0.0,1.0,0.0,"), "the new model is always right, the one before finds nothing"
    for name in ("precision_recall.png", "confusion.png"):
        chart = cv2.imread(str(run.plots / name))
        assert chart is not None and chart.min() < chart.max()


def test_a_few_numbers_are_put_together_for_dvc(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(run, monkeypatch, perfect, shifted)
    said = json.loads((run.metrics / "scores.json").read_text())
    assert said["difference"] == found["difference"] and said["verdict"] == "better"
    assert said["challenger"]["map50"] == 1.0 and set(said["champion"]["per_class"]) == set(CLASSES)


def test_the_same_run_says_the_same(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first = judged(run, monkeypatch, shifted, nothing)
    assert judged(run, monkeypatch, shifted, nothing) == first


@pytest.mark.parametrize("name", ["champion.onnx", "best.onnx"])
def test_a_model_that_cannot_be_opened_is_said(run: Run, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def opened(path: Path, settings_folder: Path) -> Teller:
        if path.name == name:
            raise UnusableModel("The file is not an ONNX model.")
        return Teller(perfect)

    monkeypatch.setattr(evaluate, "opened", opened)
    with pytest.raises(Problem) as caught:
        evaluate.evaluate(run)
    assert caught.value.code == {"champion.onnx": "champion_unusable"}.get(name, "challenger_unusable")
    assert not (run.metrics / "evaluation.json").exists()


def test_without_frames_for_the_test_those_of_validation_are_taken_and_it_is_said(run: Run) -> None:
    described = dataset.read(run.dataset).description
    kept = [frame for frame in described.frames if frame.split != "test"]
    dataset.write(
        run.dataset, dataset.Description(described.number, described.digest, described.classes, kept)
    )
    held_out = evaluate.held_out_of(dataset.read(run.dataset))
    assert held_out.split == "val" and len(held_out.frames) == 2


def test_two_files_that_disagree_are_noticed() -> None:
    """Registering compares what the ONNX file and the weights say."""
    pictures = [decoded(one) for one in FRAMES]
    same, other = (Teller(told).detect(pictures, Request()) for told in (perfect, shifted))
    assert register.mutual(same, same, SIDE) == 1.0
    assert register.mutual(same, other, SIDE) < register.ENOUGH
