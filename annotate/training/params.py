"""``params.yaml``: what a run is asked to do. Checked once, here."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from ..ai.detector import MAX_IMAGE_SIZE, MIN_IMAGE_SIZE, Request
from .problems import Problem

FILE_NAME = "params.yaml"
STRIDE_PX = 32

EPOCHS, BATCH, SEED, PATIENCE = (1, 1000), (1, 512), (0, 2**31 - 1), (1, 1000)
IMAGE_SIZE = (MIN_IMAGE_SIZE, MAX_IMAGE_SIZE)
"""Lowest and highest, for whoever asks for a training too (jobs.train_request)."""

ImageSize = Annotated[int, msgspec.Meta(ge=IMAGE_SIZE[0], le=IMAGE_SIZE[1], multiple_of=STRIDE_PX)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Seed = Annotated[int, msgspec.Meta(ge=SEED[0], le=SEED[1])]
Words = Annotated[str, msgspec.Meta(max_length=4096)]


class DatasetParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``repository``: folder of a data repository. ``version``: N of its tag vN."""

    repository: Words
    version: Annotated[int, msgspec.Meta(ge=1)]


class TrainParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``base``: a key of the catalogue, or a .pt file named by its sha256 (or whose ``base_sha256`` is given).

    ``patience``: epochs without progress after which it stops. ``device``: auto, cpu, cuda or cuda:N. ``workers``:
    processes that read images, 0 for none. ``time_limit_s`` and ``memory_limit_mb``: 0 for no limit.
    """

    base: Words = "yolo26n"
    base_sha256: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")] = ""
    epochs: Annotated[int, msgspec.Meta(ge=EPOCHS[0], le=EPOCHS[1])] = 15
    image_size: ImageSize = 320
    batch: Annotated[int, msgspec.Meta(ge=BATCH[0], le=BATCH[1])] = 8
    seed: Seed = 0
    patience: Annotated[int, msgspec.Meta(ge=PATIENCE[0], le=PATIENCE[1])] = 10
    device: Annotated[str, msgspec.Meta(pattern=r"^(auto|cpu|cuda(:[0-9]{1,2})?)$")] = "auto"
    workers: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    time_limit_s: Annotated[float, msgspec.Meta(ge=0)] = 14_400.0
    memory_limit_mb: Annotated[int, msgspec.Meta(ge=0)] = 8_192


class EvaluateParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``champion``: file of the model that serves now, "" for none. ``champion_classes``: its class names that have
    another name in the dataset. ``confidence``: boxes below it are not looked at, ``iou``: of two of one class that
    overlap more only the surer is. ``bootstrap``: resamples. ``class_margin``: average precision that a class may lose.
    ``auto_accept_precision``: what accepting sure proposals without a person has to guarantee.
    """

    champion: Words = ""
    champion_classes: dict[str, str] = {}
    confidence: Share = 0.001
    iou: Share = Request().iou
    bootstrap: Annotated[int, msgspec.Meta(ge=100, le=100_000)] = 2000
    seed: Seed = 0
    class_margin: Share = 0.05
    auto_accept_precision: Share = 0.95


class RegisterParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``image_size``: pixels of the long side that the ONNX file takes."""

    name: Annotated[str, msgspec.Meta(max_length=200)] = "model"
    image_size: ImageSize = 320


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dataset: DatasetParams
    train: TrainParams = TrainParams()
    evaluate: EvaluateParams = EvaluateParams()
    register: RegisterParams = RegisterParams()


def checked(values: Any) -> Params:
    """Raises Problem."""
    try:
        return msgspec.convert(values, Params, strict=False)
    except msgspec.ValidationError as error:
        raise Problem("bad_parameters", reason=error) from error


def read(path: Path) -> Params:
    """Raises Problem."""
    try:
        return checked(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise Problem("bad_parameters", reason=" ".join(str(error).split())) from error


def text(params: Params) -> str:
    """As YAML; every value is written as JSON, which YAML contains."""
    lines: list[str] = []
    for section, values in msgspec.to_builtins(params).items():
        lines.append(f"{section}:")
        lines += [f"  {name}: {json.dumps(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def absolute(folder: Path, path: str) -> Path:
    """Paths are relative to the folder of params.yaml."""
    return Path(os.path.normpath(folder / path))
