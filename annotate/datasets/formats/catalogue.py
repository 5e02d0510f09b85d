"""All formats: what each is called, what it holds, how it is read and written, and which one a file probably is."""

import codecs
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from . import coco, csv_file, cvat_images, cvat_video, label_studio, lossless, mot, voc, yolo
from .base import RowReader, RowWriter
from .files import Files
from .records import Images, Reader, SetRecord, Sink, Sizes, Writer

HEAD_BYTES = 1 << 16
MOST_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Format:
    """``title``: the name of the format, the same in every language. ``suffixes``: of the files with annotations.

    ``holds``: "label.color", "frame.split", "box.id", ...: all else is counted as lost where it is there.
    ``needs_sizes``: its files do not say how large an image is. ``one_file``: the annotations are a single file.
    """

    key: str
    title: str
    suffixes: tuple[str, ...]
    reader: Callable[[Path, Sizes | None], Reader]
    writer: Callable[[Sink, SetRecord, Images | None], Writer]
    holds: frozenset[str]
    has_images: bool = True
    needs_sizes: bool = False
    one_file: bool = False


def _format(
    key: str,
    title: str,
    suffixes: tuple[str, ...],
    reader: type[RowReader],
    writer: type[RowWriter],
    **more: bool,
) -> Format:
    return Format(key, title, suffixes, reader, writer, writer.holds, **more)  # type: ignore[arg-type]


_ALL = (
    _format("hitl", "HITL JSONL", (".jsonl",), lossless.Reader, lossless.Writer, one_file=True),
    _format(
        "yolo", "Ultralytics YOLO", (".yaml", ".yml", ".txt"), yolo.Reader, yolo.Writer, needs_sizes=True
    ),
    _format("coco", "COCO", (".json",), coco.Reader, coco.Writer),
    _format("voc", "Pascal VOC", (".xml",), voc.Reader, voc.Writer),
    _format("cvat", "CVAT for images 1.1", (".xml",), cvat_images.Reader, cvat_images.Writer, one_file=True),
    _format(
        "cvat_video", "CVAT for video 1.1", (".xml",), cvat_video.Reader, cvat_video.Writer, one_file=True
    ),
    _format(
        "label_studio", "Label Studio", (".json",), label_studio.Reader, label_studio.Writer, one_file=True
    ),
    _format("mot", "MOT Challenge", (".txt", ".ini"), mot.Reader, mot.Writer),
    _format("csv", "CSV", (".csv",), csv_file.Reader, csv_file.Writer, one_file=True),
)
FORMATS: dict[str, Format] = {one.key: one for one in _ALL}

_LINES = re.compile(rb'^\s*\{[^\n]*"format"\s*:\s*"hitl"')
_ROOT = re.compile(rb"<(annotations?)[\s>]")
_TASKS = re.compile(rb"^\s*\[\s*(\{|\])")
_COCO = re.compile(rb'"(images|annotations|categories)"\s*:\s*\[')


def sniff(path: Path) -> str:
    """The key of the format that a folder or a file is probably in, "" when none is known. Raises CannotRead."""
    files = Files(path)
    for found in (_by_lines(files), _by_names(files), _by_xml(files), _by_json(files)):
        if found:
            return found
    if files.having(".csv"):
        return "csv"
    return "yolo" if files.having(".yaml", ".yml") else ""


def _by_lines(files: Files) -> str:
    return "hitl" if any(_LINES.match(head) for head in _heads(files, ".jsonl")) else ""


def _by_names(files: Files) -> str:
    if files.called("data.yaml", "data.yml", "obj.names", "classes.txt"):
        return "yolo"
    return "mot" if files.called("gt.txt", "det.txt", "seqinfo.ini") else ""


def _by_xml(files: Files) -> str:
    for head in _heads(files, ".xml"):
        root = _ROOT.search(head)
        if root and root[1] == b"annotation":
            return "voc"
        if root:
            return "cvat_video" if b"<track" in head or b"<mode>interpolation" in head else "cvat"
    return ""


def _by_json(files: Files) -> str:
    for head in _heads(files, ".json"):
        if _TASKS.match(head):
            return "label_studio"
        if _COCO.search(head):
            return "coco"
    return ""


def _heads(files: Files, suffix: str) -> Iterable[bytes]:
    """The starts of the first files, those nearest to the top before others, without the mark that editors set."""
    names = sorted(files.having(suffix), key=lambda name: (name.count("/"), name))
    for name in names[:MOST_LOOKED_AT]:
        with files.open(name) as file:
            yield file.read(HEAD_BYTES).removeprefix(codecs.BOM_UTF8)
