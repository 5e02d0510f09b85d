"""A detector for BCCD, fine-tuned from yolo26n on few frames, as an ONNX file: ``python bench/finetune.py 100``.

In a process of its own: torch stays out of the measuring one. Needs the extra ml (make install-ml) and the weights of
yolo26n (HITL_MODELS_CACHE, or one of the sources of docs/models.md). Prints as JSON what was made.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # started as a file, not as a module

from annotate.ai.catalogue import BY_KEY  # noqa: E402
from annotate.ai.fetch import fetch  # noqa: E402
from annotate.ai.problems import CannotFetch, NotInstalled  # noqa: E402
from annotate.ai.ultralytics_setup import ultralytics  # noqa: E402
from bench.bccd import CLASSES, DataMissing, Photo, photos  # noqa: E402
from tests.ai.data import CACHE  # noqa: E402

BASE = "yolo26n"
EPOCHS = 15
IMAGE_SIZE = 320
SEED = 0


def label_lines(photo: Photo) -> str:
    """YOLO's text: class, centre and size as shares of the picture, a line per box."""
    lines = []
    for box in photo.boxes:
        edges = box.edges
        x, y = (edges.x1 + edges.x2) / 2 / photo.width, (edges.y1 + edges.y2) / 2 / photo.height
        width, height = edges.width / photo.width, edges.height / photo.height
        lines.append(f"{CLASSES.index(box.name)} {x:.6f} {y:.6f} {width:.6f} {height:.6f}")
    return "\n".join(lines) + "\n"


def write_set(folder: Path, chosen: Sequence[Photo]) -> Path:
    """Pictures, labels and the file that names them. The set is its own validation: nothing here chooses by it."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for photo in chosen:
        shutil.copy(photo.path, folder / "images" / photo.path.name)
        (folder / "labels" / f"{photo.stem}.txt").write_text(label_lines(photo))
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(CLASSES))
    description = folder / "data.yaml"
    description.write_text(f"path: {folder}\ntrain: images\nval: images\nnames:\n{names}")
    return description


def train(package: Any, base: Path, description: Path, scratch: Path, *, epochs: int) -> Path:
    """The weights of the last epoch: without frames held out there is no best one."""
    model = package.YOLO(str(base))
    model.train(
        data=str(description),
        epochs=epochs,
        imgsz=IMAGE_SIZE,
        batch=8,
        device="cpu",
        workers=0,
        seed=SEED,
        deterministic=True,
        val=False,
        plots=False,
        verbose=False,
        project=str(scratch),
        name="run",
    )
    return scratch / "run" / "weights" / "last.pt"


def make(frames: int, target: Path, *, epochs: int, export_size: int) -> dict[str, Any]:
    """``export_size``: pixels of the long side that the file takes. Raises DataMissing, NotInstalled, CannotFetch."""
    chosen = photos("train")[:frames]
    with tempfile.TemporaryDirectory(prefix="hitl-finetune-") as name:
        scratch = Path(name)
        package = ultralytics(scratch / "settings")
        base = scratch / f"{BASE}.pt"
        shutil.copy(fetch(BY_KEY[BASE], CACHE).path, base)
        started = time.perf_counter()
        weights = train(package, base, write_set(scratch / "set", chosen), scratch, epochs=epochs)
        exported = package.YOLO(str(weights)).export(format="onnx", imgsz=export_size, device="cpu")
        seconds = time.perf_counter() - started
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(exported, target)
    boxes = sum(len(photo.boxes) for photo in chosen)
    return {"frames": len(chosen), "boxes": boxes, "seconds": seconds, "file": str(target), "epochs": epochs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("frames", type=int, help="the first of train.txt")
    parser.add_argument("target", type=Path, help="where the ONNX file goes")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--export-size", type=int, default=IMAGE_SIZE, help="what the file takes, in pixels")
    wanted = parser.parse_args()
    try:
        size = wanted.export_size
        made = make(wanted.frames, wanted.target.resolve(), epochs=wanted.epochs, export_size=size)
    except (DataMissing, NotInstalled, CannotFetch) as error:
        sys.exit(str(error))
    print(f"\n{json.dumps(made)}")


if __name__ == "__main__":
    main()
