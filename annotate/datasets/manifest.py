"""dataset.json: what a version says of itself, next to its data and under git. Pure."""

from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct, field

from .split import SPLITS

FORMAT = 1
MANIFEST = "dataset.json"


class ProjectName(Struct):
    id: int
    name: str


class ManifestLabel(Struct):
    """Their order numbers the classes from 0."""

    id: int
    name: str
    color: str
    key: str


class Manifest(Struct, kw_only=True):
    """``digest``: of the folder of annotations. ``created_by``: name to sign in with, "" for nobody. ``key``: of
    the wish it came from, so that a job that is done again finds what it has made. ``splits``: frames in each."""

    format: int = FORMAT
    project: ProjectName
    number: int
    message: str
    created_at: str
    created_by: str
    key: str = ""
    labels: list[ManifestLabel]
    counts: dict[str, Any]
    filters: dict[str, Any]
    digest: str
    splits: dict[str, int]

    def is_same_data(self, other: "Manifest") -> bool:
        mine, others = (self.digest, self.labels, self.filters), (other.digest, other.labels, other.filters)
        return mine == others


def read_manifest(data: bytes) -> Manifest:
    """Raises msgspec.DecodeError."""
    return msgspec.json.decode(data, type=Manifest)


def manifest_file(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


Pair: TypeAlias = list[int]
"""Frames and boxes."""


class Tally(Struct):
    """Counts frames and accepted boxes, in all and by split, label and source. Kept from version to version: a frame
    that has changed is taken away as it was and added as it is."""

    total: Pair = field(default_factory=lambda: [0, 0])
    splits: dict[str, Pair] = field(default_factory=lambda: {split: [0, 0] for split in SPLITS})
    labels: dict[int, Pair] = field(default_factory=dict)
    sources: dict[str, Pair] = field(default_factory=dict)
    of_models: int = 0

    def add(self, split: str, source: str, boxes: dict[int, int], of_models: int, *, times: int = 1) -> None:
        """One frame. ``boxes``: by label; ``of_models``: how many of them a model proposed. ``times`` -1: takes it
        away."""
        total = sum(boxes.values())
        for pair in (self.total, self.splits[split], self.sources.setdefault(source, [0, 0])):
            pair[0] += times
            pair[1] += times * total
        for label, count in boxes.items():
            pair = self.labels.setdefault(label, [0, 0])
            pair[0] += times
            pair[1] += times * count
        self.of_models += times * of_models

    def counts(self, labels: Iterable[ManifestLabel]) -> dict[str, Any]:
        """As in DatasetVersion.counts. Labels by name, also those without a box."""
        return {
            **named(self.total),
            "splits": {split: named(pair) for split, pair in self.splits.items()},
            "labels": {label.name: named(self.labels.get(label.id, [0, 0])) for label in labels},
            "sources": {name: named(pair) for name, pair in sorted(self.sources.items()) if pair[0]},
            "made_by": {"human": self.total[1] - self.of_models, "model": self.of_models},
        }


def named(pair: Pair) -> dict[str, int]:
    return {"frames": pair[0], "boxes": pair[1]}


def data_yaml(names: Iterable[str]) -> bytes:
    """What Ultralytics reads. JSON is YAML, and says any name without a rule for quoting.

    An empty path means the folder of this file; "." would be wherever the program was started.
    """
    lines = ['path: ""', "train: train.txt", "val: val.txt", "test: test.txt", "names:"]
    lines += [f"  {number}: {msgspec.json.encode(name).decode()}" for number, name in enumerate(names)]
    return ("\n".join(lines) + "\n").encode()
