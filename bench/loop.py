"""What proposals save a person: a simulated annotator on a running site, without and with proposals.

    .venv/bin/python bench/loop.py                                  # trains on 20, 50 and 100 frames first
    .venv/bin/python bench/loop.py --frames 5 --weights model.onnx  # a model that is there
    .venv/bin/python bench/loop.py --rounds                         # round by round; goes on where it was

docs/loop.md says what is measured and what is a model of a person.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module

from annotate.ai.problems import CannotFetch  # noqa: E402
from bench import loop_report, loop_rounds, machine  # noqa: E402
from bench.bccd import CLASSES, DataMissing, Photo, photos  # noqa: E402
from bench.detection_stage import MODES, DetectionStage, Others, detecting  # noqa: E402
from bench.load import Unexpected  # noqa: E402
from bench.loop_round import Round, work_through  # noqa: E402
from bench.stage import CannotMeasure  # noqa: E402
from tests.services import ServiceUnavailable  # noqa: E402

RESULTS = ROOT / "test-results" / "bench-loop.json"
MODELS = ROOT / "test-results" / "loop"
FRAMES = (20, 50, 100)
EPOCHS = 15


def trained(frames: int, epochs: int) -> dict[str, Any]:
    """A model made now. Raises CannotMeasure."""
    target, others = MODELS / f"bccd-{frames}.onnx", Others()
    words = [str(frames), str(target), "--epochs", str(epochs)]
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "finetune.py"), *words], capture_output=True, text=True
    )
    if done.returncode != 0:
        raise CannotMeasure(f"no model was trained on {frames} frames:\n{done.stderr[-2000:]}")
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"trained on {frames} frames in {made['seconds']:.0f} s", flush=True)
    return {**made, "others_cpu": others.read()}


def rounds_of(options: argparse.Namespace) -> list[Round]:
    """From scratch first. Raises CannotMeasure."""
    if options.weights:
        models = [{"file": str(path), "name": path.stem} for path in options.weights]
    else:
        models = [
            {**trained(count, options.epochs or EPOCHS), "name": f"{count} frames"}
            for count in options.train_frames
        ]
    return [Round("from scratch"), *(Round(model["name"], model["file"], model) for model in models)]


def wish_for(rounds: Sequence[Round], chosen: Sequence[Photo]) -> dict[str, Any]:
    """A project of its own for each round, with the same photographs."""
    pictures = [str(photo.path) for photo in chosen]
    return {
        "people": 1,
        "projects": [
            {"name": one.name, "weights": one.weights, "labels": CLASSES, "pictures": pictures}
            for one in rounds
        ],
    }


async def run(
    stage: DetectionStage, rounds: Sequence[Round], chosen: Sequence[Photo], asked: dict[str, float | None]
) -> list[dict[str, Any]]:
    """``asked``: of the detections, None for the default. Raises Unexpected, CannotMeasure."""
    rows: list[dict[str, Any]] = []
    for one, project in zip(rounds, stage.projects, strict=True):
        others = Others()
        row = await work_through(stage, project, chosen, asked)
        row |= {"round": one.name, "training": one.training, "others_cpu": others.read()}
        row["saved"] = 1 - row["seconds_per_frame"] / (rows or [row])[0]["seconds_per_frame"]
        rows.append(row)
        print(loop_report.line(row), flush=True)
    return rows


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--train-frames", type=int, nargs="+", default=FRAMES, help="how many frames of train.txt, per round")
    add("--epochs", type=int, help=f"of each training: {EPOCHS}, with --rounds what the product chooses")
    add("--weights", type=Path, nargs="+", metavar="FILE", help="ONNX files to use instead of training")
    add("--confidence", type=float, help="of the proposals; the project's default if left out")
    add(
        "--iou",
        type=float,
        help="two finds that overlap more count as one; the product's default if left out",
    )
    add("--frames", type=int, help="only the first frames of val.txt")
    add(
        "--rounds",
        action="store_true",
        help="train on what was labelled so far, and work on with the new model",
    )
    add("--after", type=int, help="with --rounds: frames to work on after the last training")
    add("--image-size", type=int, help="with --rounds: pixels, of the trainings")
    add("--seed", type=int, help="with --rounds: of the trainings and of the dice")
    add("--folder", type=Path, default=loop_rounds.FOLDER, help="with --rounds: keeps what is done")
    add("--docs", action="store_true", help="with --rounds: also writes docs/loop.md and its plot")
    add("--mode", choices=list(MODES), default="embedded")
    add("--json", type=Path, default=RESULTS, metavar="FILE", help="where the figures go")
    return parser.parse_args(arguments)


def asked_by(options: argparse.Namespace) -> dict[str, float | None]:
    return {"confidence": options.confidence, "iou": options.iou}


def main() -> None:
    options = options_of(sys.argv[1:])
    try:
        if options.rounds:
            return loop_rounds.main(options)
        chosen = photos("val")[: options.frames]
        rounds = rounds_of(options)
        with detecting(options.mode, wish_for(rounds, chosen)) as stage:
            rows = asyncio.run(run(stage, rounds, chosen, asked_by(options)))
    except DataMissing as missing:
        sys.exit(f"Skipped: {missing}")
    except (CannotMeasure, ServiceUnavailable, CannotFetch, Unexpected) as error:
        sys.exit(str(error))
    result = {
        "machine": machine.facts(pinned=False),
        "mode": options.mode,
        **asked_by(options),
        "rows": rows,
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=1))
    print(f"\nAll figures: {options.json}\n\n{loop_report.markdown(rows)}")


if __name__ == "__main__":
    main()
