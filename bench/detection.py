"""Measure detections: what the product adds to a detector, how soon people see proposals, what a batch or
a training does to those who edit meanwhile.

    .venv/bin/python bench/detection.py                        # everything, some minutes
    .venv/bin/python bench/detection.py --cases overhead --weights yolo11n model.onnx --rounds 7

bench/README.md says how; docs/performance.md has the figures.
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
from bench import detection_report, machine  # noqa: E402
from bench.bccd import DataMissing, Photo, photos  # noqa: E402
from bench.cases import Row  # noqa: E402
from bench.detection_live import CLIENTS, WARM_UP, beside_batch, beside_training, interactive  # noqa: E402
from bench.detection_stage import MODES, detecting  # noqa: E402
from bench.load import Unexpected  # noqa: E402
from bench.stage import CannotMeasure  # noqa: E402
from tests.services import PostgresServer, RedisServer, ServiceUnavailable  # noqa: E402

RESULTS = ROOT / "test-results" / "bench-detection.json"
CASES = ("overhead", "interactive", "batch", "training")
OVERHEAD = ROOT / "bench" / "detection_overhead.py"
WARM_UP_PICTURES = 10
PICTURES_TO_TRAIN_ON = 40


def project(name: str, weights: str, chosen: Sequence[Photo]) -> dict[str, Any]:
    pictures = [str(photo.path) for photo in chosen]
    return {"name": name, "weights": weights, "labels": [], "pictures": pictures}


def overhead(mode: str, weights: str, chosen: Sequence[Photo], rounds: int) -> list[Row]:
    """A row per round and way. Raises CannotMeasure."""
    projects = [project("warm up", weights, chosen[:WARM_UP_PICTURES])]
    projects += [project(f"round {turn}", weights, chosen) for turn in range(rounds)]
    with detecting(mode, {"people": 1, "projects": projects}, is_running=False) as stage:
        warm_up, *measured = [one["id"] for one in stage.projects]
        wish = {"warm_up": warm_up, "projects": measured, "pictures": projects[1]["pictures"]}
        done = subprocess.run(
            [sys.executable, str(OVERHEAD)],
            cwd=ROOT,
            env=stage.environment,
            input=json.dumps(wish),
            capture_output=True,
            text=True,
        )
    if done.returncode != 0:
        raise CannotMeasure(f"the overhead could not be measured:\n{done.stderr[-2000:]}")
    rows: list[Row] = json.loads(done.stdout.splitlines()[-1])
    return rows


def live(mode: str, weights: str, chosen: Sequence[Photo], options: argparse.Namespace) -> list[Row]:
    """The other cases, on one site. Raises CannotMeasure, Unexpected."""
    single = chosen[: options.requests + WARM_UP]
    turns = range(options.rounds if "batch" in options.cases else 0)
    projects = [project("one image", weights, single)]
    projects += [project(f"batch {turn}", weights, chosen) for turn in turns]
    trained = [project("to train on", weights, chosen[:PICTURES_TO_TRAIN_ON])] * ("training" in options.cases)
    rooms = 3 * (len(turns) + options.rounds * len(trained))
    wish = {"people": CLIENTS, "projects": projects + trained, "rooms": rooms}
    rows: list[Row] = []
    with detecting(mode, wish) as stage, asyncio.Runner(loop_factory=machine.event_loop_factory()) as runner:
        first, *batches = [list(one["frames"].values()) for one in stage.projects[: len(projects)]]
        if "interactive" in options.cases:
            rows.append({"case": "interactive", **runner.run(interactive(stage, first, options.confidence))})
        for turn, frames in zip(turns, batches, strict=True):
            measured = runner.run(beside_batch(stage, frames, options.seconds))
            rows += [{"case": "batch", "round": turn, **row} for row in measured]
        if trained:
            beside = beside_training(stage, stage.projects[-1], options.seconds, options.rounds)
            rows += [{"case": "training", **row} for row in runner.run(beside)]
    return rows


def measure(options: argparse.Namespace) -> list[Row]:
    chosen = (photos("train") + photos("val"))[: options.pictures]
    rows: list[Row] = []
    for mode in options.modes:
        for weights in options.weights:
            facts = {"mode": mode, "weights": Path(weights).stem}
            found: list[Row] = []
            if "overhead" in options.cases:
                measured = overhead(mode, weights, chosen, options.rounds)
                found += [{"case": "overhead", **row} for row in measured]
            if {"interactive", "batch", "training"} & set(options.cases):
                found += live(mode, weights, chosen, options)
            named = [{**facts, **row} for row in found]
            print(detection_report.markdown(named), flush=True)
            rows += named
    return rows


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--cases", nargs="+", choices=CASES, default=list(CASES))
    add("--modes", nargs="+", choices=list(MODES))
    add("--weights", nargs="+", default=["yolo11n"], help="names of the catalogue, or ONNX files")
    add("--rounds", type=int, default=3, help="of overhead, batch and training; tables show the median")
    add("--pictures", type=int, help="only so many of the photographs")
    add("--requests", type=int, default=30)
    add("--confidence", type=float, help="of the requests; a low one finds something on every picture")
    add("--seconds", type=float, default=6.0, help="measured time of the edits, per phase")
    add("--json", type=Path, default=RESULTS, metavar="FILE", help="where the figures go")
    options = parser.parse_args(arguments)
    has_services = PostgresServer.available() and RedisServer.available()
    options.modes = options.modes or [mode for mode in MODES if mode == "embedded" or has_services]
    return options


def main() -> None:
    options = options_of(sys.argv[1:])
    try:
        result: dict[str, Any] = {"machine": machine.facts(pinned=False), "rows": measure(options)}
    except DataMissing as missing:
        sys.exit(f"Skipped: {missing}")
    except (CannotMeasure, ServiceUnavailable, CannotFetch, Unexpected) as error:
        sys.exit(str(error))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=1))
    print(f"\nAll figures: {options.json}\n\n{detection_report.markdown(result['rows'])}")


if __name__ == "__main__":
    main()
