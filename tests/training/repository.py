"""A data repository as docs/versions.md describes it, made by hand: independent of the code that makes real ones."""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

CLASSES = ("disc", "square")
COLOURS = ((60, 60, 220), (220, 120, 40))
SIDE = 96


@dataclass(frozen=True)
class Sample:
    """``boxes``: class, centre and size as shares."""

    name: str
    split: str
    image: bytes
    boxes: tuple[tuple[int, float, float, float, float], ...]

    @property
    def label_name(self) -> str:
        return str(Path(self.name).with_suffix(".txt"))

    @property
    def label(self) -> bytes:
        return "".join(" ".join(map(str, box)) + "\n" for box in self.boxes).encode()


def painted(name: str, split: str, seed: int) -> Sample:
    """Noise with one to three shapes on it."""
    chance = np.random.default_rng(seed)
    picture = chance.integers(100, 156, (SIDE, SIDE, 3)).astype(np.uint8)
    boxes = []
    for column in chance.permutation(3)[: chance.integers(1, 4)]:
        kind, half = int(chance.integers(2)), int(chance.integers(9, 15))
        x, y = int(column) * 32 + 16, int(chance.integers(half, SIDE - half))
        if kind == 0:
            cv2.circle(picture, (x, y), half, COLOURS[0], -1)
        else:
            cv2.rectangle(picture, (x - half, y - half), (x + half, y + half), COLOURS[1], -1)
        boxes.append((kind, x / SIDE, y / SIDE, 2 * half / SIDE, 2 * half / SIDE))
    return Sample(name, split, cv2.imencode(".jpg", picture)[1].tobytes(), tuple(boxes))


def samples(train: int, val: int, test: int) -> list[Sample]:
    splits = ["train"] * train + ["val"] * val + ["test"] * test
    return [painted(f"shape {index}.jpg", split, index) for index, split in enumerate(splits)]


class DataRepository:
    """``folder``: with its work tree, as git has it; its cache is elsewhere, like the product's store."""

    def __init__(self, folder: Path, classes: Sequence[str] = CLASSES) -> None:
        self.folder = folder / "repository"
        self.cache = folder / "store"
        self.classes = classes
        self.folder.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch=main")
        (self.folder / ".dvc").mkdir()
        (self.folder / ".dvc" / "config").write_text("[cache]\n    dir = ../../store\n")

    def add(self, number: int, frames: Sequence[Sample]) -> str:
        """A version; returns its digest."""
        notes = {
            frame.label_name.replace(".txt", ".json"): json.dumps({"name": frame.name}).encode()
            for frame in frames
        }
        digest = self._track("annotations", notes)
        self._track("images", {frame.name: frame.image for frame in frames})
        self._track("labels", {frame.label_name: frame.label for frame in frames})
        for split in ("train", "val", "test"):
            lines = [f"./images/{frame.name}\n" for frame in frames if frame.split == split]
            (self.folder / f"{split}.txt").write_text("".join(lines))
        manifest = {
            "format": 1,
            "number": number,
            "digest": digest,
            "labels": [{"id": index, "name": name} for index, name in enumerate(self.classes)],
        }
        (self.folder / "dataset.json").write_text(json.dumps(manifest))
        self.commit(number)
        return digest

    def commit(self, number: int) -> None:
        self._git("add", "--all")
        self._git("-c", "user.name=x", "-c", "user.email=x@x", "commit", "--quiet", "-m", f"v{number}")
        self._git("tag", f"v{number}")

    def stored(self, md5: str) -> Path:
        return self.cache / "files" / "md5" / md5[:2] / md5[2:]

    def _track(self, name: str, members: dict[str, bytes]) -> str:
        listing = [{"md5": self._store(data), "relpath": path} for path, data in sorted(members.items())]
        digest = self._store(json.dumps(listing, sort_keys=True).encode(), ".dir")
        pointer = f"outs:\n- md5: {digest}\n  nfiles: {len(members)}\n  hash: md5\n  path: {name}\n"
        (self.folder / f"{name}.dvc").write_text(pointer)
        return digest

    def _store(self, data: bytes, suffix: str = "") -> str:
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest() + suffix
        path = self.stored(md5)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return md5

    def _git(self, *words: str) -> None:
        subprocess.run(["git", "-C", str(self.folder), *words], check=True, capture_output=True)
