"""How long the detectors of this machine take for one picture: ``python bench/detectors.py [picture]``.

Every model of the catalogue that can be had, on every runtime that is installed. Weights come from the folder
that HITL_MODELS_CACHE names, as in the tests. Prints a table of docs/models.md; figures are milliseconds,
median and best of the rounds.
"""

import argparse
import importlib.util
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from annotate.ai import onnx_detector, openvino_detector
from annotate.ai.catalogue import CATALOGUE, Entry, Pin
from annotate.ai.detector import Detector, Pixels, Request
from annotate.ai.fetch import fetch
from annotate.ai.problems import CannotFetch
from tests.ai.data import CACHE

WARM_UP = 3
Opener = Callable[[], Detector]


def installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def ways(entry: Entry, path: Path, pin: Pin, threads: int, scratch: Path) -> Iterator[tuple[str, Opener]]:
    """Every runtime that can run this file."""
    if entry.kind == "onnx":
        yield "ONNX Runtime", lambda: onnx_detector.load(path, entry.described, threads=threads)
        if installed("openvino"):
            yield "OpenVINO", lambda: openvino_detector.load(path, entry.described, threads=threads)
            yield (
                "OpenVINO, 16 bits",
                lambda: openvino_detector.load(path, entry.described, threads=threads, is_exact=False),
            )
    elif installed("ultralytics"):
        from annotate.ai.ultralytics_detector import UltralyticsDetector

        yield (
            "Ultralytics",
            lambda: UltralyticsDetector(path, sha256=pin.sha256, name=entry.name, settings_folder=scratch),
        )


def measure(detector: Detector, picture: Pixels, rounds: int) -> list[float]:
    """Milliseconds of each round, from pixels to boxes."""
    spent = []
    for number in range(WARM_UP + rounds):
        started = time.perf_counter()
        detector.detect([picture], Request())
        if number >= WARM_UP:
            spent.append((time.perf_counter() - started) * 1000)
    return spent


def row(entry: Entry, way: str, opener: Opener, picture: Pixels, rounds: int) -> str:
    started = time.perf_counter()
    detector = opener()
    load_ms = (time.perf_counter() - started) * 1000
    spent = measure(detector, picture, rounds)
    found = len(detector.detect([picture], Request()).images[0].found)
    cells = [entry.name, way, str(detector.info.image_size), f"{load_ms:.0f}"]
    cells += [f"{statistics.median(spent):.1f}", f"{min(spent):.1f}", str(found)]
    return f"| {' | '.join(cells)} |"


def picture_named(path: Path | None) -> Pixels:
    """A photograph, or noise of its size: how long the network takes depends on the size alone."""
    if path is None:
        return np.random.default_rng(1).integers(0, 256, (1080, 810, 3), np.uint8)
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path, nargs="?")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=30)
    wanted = parser.parse_args()
    picture = picture_named(wanted.picture)
    print("| model | runtime | image size | load | one picture | best | boxes |\n" + "| --- " * 7 + "|")
    with tempfile.TemporaryDirectory() as scratch:
        for entry in CATALOGUE:
            try:
                fetched = fetch(entry, CACHE)
            except CannotFetch as error:
                print(f"| {entry.name} | not measured: {error} |", file=sys.stderr)
                continue
            for way, opener in ways(entry, fetched.path, fetched.pin, wanted.threads, Path(scratch)):
                print(row(entry, way, opener, picture, wanted.rounds), flush=True)


if __name__ == "__main__":
    main()
