"""What the readers and the writers of all formats share."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from . import checks
from .checks import Bad
from .extras import OF_BOX, OF_FRAME, codes_of
from .files import Files, cannot
from .names import SPLITS, FileNames, same_kind, split_suffix
from .records import BoxRecord, FrameRecord, Images, LabelRecord, Loss, RowError, SetRecord, Sink, Sizes
from .spill import SeenNames

MAX_ERRORS = 1000
"""Nobody reads more, and a hostile file may have millions."""
MAX_LABELS = 10_000


class RowReader:
    """Files in, errors collected. See records.Reader."""

    def __init__(self, path: Path, sizes: Sizes | None = None) -> None:
        self.files = Files(path)
        self.sizes = sizes
        self.errors: list[RowError] = []
        self.loss = Loss()
        self.seen = SeenNames()
        self.labels: dict[str, LabelRecord] = {}

    def fail(self, file: str, where: str, bad: Bad) -> None:
        """Raises CannotRead after too many."""
        self.errors.append(RowError(file, where, bad.code, bad.values))
        if len(self.errors) >= MAX_ERRORS:
            raise cannot(file, where, "too_many_errors", limit=MAX_ERRORS)

    def add_label(self, name: object, color: object = "", key: object = "") -> None:
        """The next class. Raises Bad when it is there already or is no name."""
        label = checks.label_name(name)
        if label in self.labels:
            raise Bad("duplicate_label", label=label)
        if len(self.labels) >= MAX_LABELS:
            raise Bad("too_many_labels", limit=MAX_LABELS)
        self.labels[label] = LabelRecord(label, color_of(color), key_of(key))

    def set_record(self, name: str = "", extra: Mapping[str, Any] | None = None) -> SetRecord:
        return SetRecord(tuple(self.labels.values()), name, extra or {})

    def known_label(self, name: object) -> str:
        """Raises Bad."""
        label = checks.label_name(name)
        if label not in self.labels:
            raise Bad("unknown_label", label=checks.shown(label))
        return label

    def new_name(self, name: object) -> str:
        """The name of a frame that did not come before. Raises Bad."""
        found = checks.frame_name(name)
        if not self.seen.add(found):
            raise Bad("duplicate_frame", name=checks.shown(found))
        return found

    def size_of(self, name: str, width: object = None, height: object = None) -> tuple[int, int]:
        """What the file says, otherwise what ``sizes`` says. Raises Bad."""
        if width not in (None, "") and height not in (None, ""):
            return checks.size(width, height)
        found = self.sizes(name) if self.sizes else None
        if found is None:
            raise Bad("size_unknown", name=checks.shown(name))
        return checks.size(*found)


def color_of(value: object) -> str:
    """#rrggbb in lower case, "" for anything else: a colour is no reason to refuse a file."""
    text = value.lower() if isinstance(value, str) else ""
    is_color = len(text) == 7 and text[0] == "#" and all(char in "0123456789abcdef" for char in text[1:])
    return text if is_color else ""


def key_of(value: object) -> str:
    return value if isinstance(value, str) and len(value) == 1 and value in "0123456789" else ""


BOX_DEFAULTS: Mapping[str, object] = {
    "id": "",
    "source": "human",
    "status": "accepted",
    "feedback": "",
    "confidence": None,
    "attributes": {},
    "z": 0.0,
    "track": None,
    "author": "",
}
"""``extra`` is apart: each kind of thing in it has a code of its own (extras.py)."""
FRAME_DEFAULTS: Mapping[str, object] = {
    "status": "",
    "split": "",
    "source": "",
    "index": 0,
    "md5": "",
}


class RowWriter:
    """Frames out, losses counted. See records.Writer.

    ``holds``: what the format keeps, as "label.color", "frame.split", "box.id", ...; the rest is counted as lost
    under the same words with "_" ("box_id") wherever it is not the default.
    """

    holds: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, sink: Sink, header: SetRecord, images: Images | None = None) -> None:
        self.sink = sink
        self.header = header
        self.images = images
        self.loss = Loss()
        self.numbers = {label.name: number for number, label in enumerate(header.labels)}
        self.names = FileNames()
        self.lost_of_frames = _lost("frame", FRAME_DEFAULTS, self.holds)
        self.lost_of_boxes = _lost("box", BOX_DEFAULTS, self.holds)
        self._count_header()

    def _count_header(self) -> None:
        for what in ("color", "key"):
            if f"label.{what}" not in self.holds:
                self.loss.add(f"label_{what}", sum(bool(getattr(one, what)) for one in self.header.labels))
        if "set.name" not in self.holds:
            self.loss.add("set_name", int(bool(self.header.name)))
        if "set.extra" not in self.holds:
            self.loss.add("set_extra", sum(bool(value) for value in self.header.extra.values()))

    def count_losses(self, frame: FrameRecord) -> None:
        for name, code, default in self.lost_of_frames:
            if getattr(frame, name) != default:
                self.loss.add(code)
        for code in codes_of(frame.extra, OF_FRAME, "frame_extra"):
            self.loss.add(code)
        for box in frame.boxes:
            for name, code, default in self.lost_of_boxes:
                if getattr(box, name) != default:
                    self.loss.add(code)
            for code in self.lost_history(box):
                self.loss.add(code)

    def lost_history(self, box: BoxRecord) -> Iterable[str]:
        """Codes of what its ``extra`` holds and the format does not."""
        return codes_of(box.extra, OF_BOX, "box_extra")

    def split_of(self, frame: FrameRecord, default: str = "") -> str:
        """train, val, test or ``default``: it becomes a part of a path."""
        if frame.split and frame.split not in SPLITS:
            self.loss.add("frame_split")
        return frame.split if frame.split in SPLITS else default

    def number_of(self, box: BoxRecord) -> int:
        """The class, from 0. Raises ValueError for a label that the header lacks."""
        if box.label not in self.numbers:
            raise ValueError(f"label {box.label!r} is not in the header")
        return self.numbers[box.label]

    def file_of(self, frame: FrameRecord, folder: str) -> str:
        """Writes the image, if there are images, below ``folder`` ("images/"); gives its name there.

        Without images: the name of the frame, made safe. Whoever cannot say another name counts it as lost.
        """
        stem = self.names.stem_for(frame.name)
        suffix = split_suffix(frame.name)[1]
        if self.images:
            stored = self.images.suffix_for(frame)
            suffix = suffix if same_kind(suffix, stored) else stored
            self.sink.file(folder + stem + suffix, self.images.path_for(frame))
        return stem + suffix

    def renamed(self, frame: FrameRecord, name: str) -> str:
        """``name``, counted when it is not that of the frame."""
        self.loss.add("frame_name", int(name != frame.name))
        return name

    def name_of(self, frame: FrameRecord, folder: str) -> str:
        """As ``file_of``, for formats that can say any name: without images it stays, if a reader would take it."""
        if self.images:
            return self.renamed(frame, self.file_of(frame, folder))
        return self.said_name(frame)

    def said_name(self, frame: FrameRecord) -> str:
        """Its name; made safe, and put into a folder of its own, where no reader would take it."""
        try:
            name = checks.frame_name(frame.name)
        except Bad:
            name = f"_/{self.names.stem_for(frame.name)}{split_suffix(frame.name)[1]}"
        return self.renamed(frame, name)


def _lost(kind: str, defaults: Mapping[str, object], holds: frozenset[str]) -> list[tuple[str, str, object]]:
    return [
        (name, f"{kind}_{name}", default)
        for name, default in defaults.items()
        if f"{kind}.{name}" not in holds
    ]


def ordered_splits(found: Iterable[str]) -> Iterator[str]:
    """train, val, test, then others."""
    rank = {"train": 0, "val": 1, "test": 2}
    yield from sorted(found, key=lambda split: (rank.get(split, 3), split))
