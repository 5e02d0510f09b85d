"""The files of one frame in a version: its name, its annotations (lossless) and its labels (YOLO). Pure.

``images/<name>.jpg``, ``annotations/<name>.json``, ``labels/<name>.txt``. The name ends with the number of the frame,
which makes it unique and the same in every version.
"""

import unicodedata
from collections.abc import Mapping

import msgspec

from .formats.records import BoxRecord, FrameRecord

SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
STEM_CHARACTERS = 80


def stem_of(name: str, frame_id: int) -> str:
    """Letters, digits and dashes of ASCII: harmless on every system, in a list of files and as an argument."""
    plain = unicodedata.normalize("NFKD", name.rpartition(".")[0] or name)
    kept = "".join(each if each.isascii() and (each.isalnum() or each == "_") else "-" for each in plain)
    words = "-".join(word for word in kept.split("-") if word)[:STEM_CHARACTERS].strip("-_")
    return f"{words or 'image'}-{frame_id}"


def frame_id_of(name: str) -> int:
    """From the name of any file of a frame. Raises ValueError."""
    return int(name.rpartition(".")[0].rpartition("-")[2])


def image_name(name: str, frame_id: int, media_type: str) -> str:
    return stem_of(name, frame_id) + SUFFIXES[media_type]


def annotation_file(record: FrameRecord) -> bytes:
    """Keys sorted, hence the same bytes for the same record."""
    return msgspec.json.encode(record, order="sorted")


def read_annotations(data: bytes) -> FrameRecord:
    """Raises msgspec.ValidationError."""
    return msgspec.json.decode(data, type=FrameRecord)


def label_file(record: FrameRecord, classes: Mapping[str, int]) -> bytes:
    """A line per accepted box: class, centre and size as shares of the image. Empty for a frame without boxes."""
    lines = [
        f"{classes[box.label]} {yolo_edges(box, record.width, record.height)}\n"
        for box in record.boxes
        if box.status == "accepted"
    ]
    return "".join(lines).encode()


def yolo_edges(box: BoxRecord, width: int, height: int) -> str:
    edges = box.edges
    values = (
        (edges.x1 + edges.x2) / 2 / width,
        (edges.y1 + edges.y2) / 2 / height,
        edges.width / width,
        edges.height / height,
    )
    return " ".join(f"{value:.8f}" for value in values)
