"""Sets to write and read again: a sink into a folder, and strategies for frames and boxes."""

import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from annotate.datasets.formats.names import safe_stem
from annotate.datasets.formats.records import BoxRecord, FrameRecord, LabelRecord, SetRecord
from annotate.geometry import Edges

LABELS = (
    LabelRecord("RBC", "#d55e00", "1"),
    LabelRecord("globule blanc, é", "#0072b2", "2"),
    LabelRecord("=SUM(A1)", "#009e73"),
    LabelRecord("a:b;<c> & 'd' \"e\""),
)
HEADER = SetRecord(LABELS, "Set of the tests", {"project": 7})


class FolderSink:
    """Writes into a folder; ``texts`` counts the files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.written: list[str] = []

    def place(self, name: str) -> Path:
        path = self.root / name
        assert path.resolve().is_relative_to(self.root.resolve())
        assert name not in self.written
        self.written.append(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def text(self, name: str, lines: Iterator[str]) -> None:
        with self.place(name).open("w", encoding="utf-8", newline="") as file:
            for line in lines:
                file.write(line)

    def file(self, name: str, path: Path) -> None:
        self.place(name).write_bytes(path.read_bytes())


class OneImage:
    """Every frame has the same stored file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def suffix_for(self, frame: FrameRecord) -> str:
        return self.path.suffix

    def path_for(self, frame: FrameRecord) -> Path:
        return self.path


def write(
    format_module: Any, folder: Path, frames: list[FrameRecord], images: Any = None, **changes: Any
) -> Any:
    """The writer, closed."""
    writer = format_module.Writer(FolderSink(folder), replace(HEADER, **changes), images)
    for frame in frames:
        writer.add(frame)
    writer.close()
    return writer


def read(format_module: Any, path: Path, sizes: dict[str, tuple[int, int]] | None = None) -> Any:
    """The reader, its header, its frames, read to the end."""
    reader = format_module.Reader(path, sizes.get if sizes else None)
    header = reader.header()
    return reader, header, list(reader.frames())


def sizes_of(frames: list[FrameRecord]) -> dict[str, tuple[int, int]]:
    return {frame.name: (frame.width, frame.height) for frame in frames}


texts = st.text(string.printable.strip() + " éÉ漢🙂'\"", max_size=12)
json_values = st.one_of(
    st.booleans(), st.integers(-1000, 1000), texts, st.none(), st.lists(texts, max_size=2)
)
words = st.text(string.ascii_letters + string.digits + "_-. éà漢", min_size=1, max_size=8)


@st.composite
def names(draw: st.DrawFn) -> str:
    """Such as an export keeps; those that it has to change are named in test_round_trips.py."""
    parts = [part.strip(" .") or "x" for part in draw(st.lists(words, min_size=1, max_size=3))]
    parts = [part if safe_stem(part) == part else "x" for part in parts]
    return "/".join(parts) + draw(st.sampled_from([".jpg", ".JPG", ".jpeg", ".png", ".bmp", ""]))


@st.composite
def boxes(draw: st.DrawFn, width: int, height: int) -> BoxRecord:
    def axis(limit: int) -> tuple[float, float]:
        low = draw(st.floats(0, limit - 1, allow_nan=False))
        return low + 0.0, min(max(draw(st.floats(low + 1, limit)), low + 1), float(limit))

    (x1, x2), (y1, y2) = axis(width), axis(height)
    return BoxRecord(
        label=draw(st.sampled_from(LABELS)).name,
        edges=Edges(x1, y1, x2, y2),
        id=str(UUID(int=draw(st.integers(1, 2**128 - 1)))),
        source=draw(st.sampled_from(["human", "model"])),
        status=draw(st.sampled_from(["accepted", "proposed", "rejected"])),
        feedback=draw(st.sampled_from(["", "positive", "negative", "neutral"])),
        confidence=draw(st.none() | st.floats(0, 1)),
        attributes=draw(st.dictionaries(words.map(str.strip).filter(bool), json_values, max_size=2)),
        z=draw(st.sampled_from([0.0, 1.0, -2.0, 0.5])),
        track=draw(st.none() | st.sampled_from(["1", "2", "car 7"])),
        author=draw(texts),
        extra=draw(st.dictionaries(words, json_values, max_size=2)),
    )


@st.composite
def frames(draw: st.DrawFn, max_frames: int = 3) -> list[FrameRecord]:
    """Of different names, also where case and suffix make no difference (tests of collisions are apart)."""
    found = []
    for index, name in enumerate(draw(st.lists(names(), max_size=max_frames, unique_by=plain))):
        width, height = draw(st.integers(1, 5000)), draw(st.integers(1, 5000))
        found.append(
            FrameRecord(
                name=name,
                width=width,
                height=height,
                boxes=tuple(draw(st.lists(boxes(width, height), max_size=3, unique_by=lambda box: box.id))),
                status=draw(st.sampled_from(["", "to_annotate", "complete"])),
                split=draw(st.sampled_from(["", "train", "val", "test"])),
                source=draw(texts),
                index=index,
                md5=draw(st.sampled_from(["", "d41d8cd98f00b204e9800998ecf8427e"])),
                extra=draw(st.dictionaries(words, json_values, max_size=2)),
            )
        )
    return found


def plain(name: str) -> str:
    return name.rpartition(".")[0].casefold() if "." in name else name.casefold()


def by_name(found: list[FrameRecord]) -> dict[str, FrameRecord]:
    return {frame.name: frame for frame in found}


def sample() -> list[FrameRecord]:
    """A few frames with a bit of everything."""
    first = BoxRecord(
        "RBC",
        Edges(10.5, 20.25, 110.75, 220.0),
        id="00000000-0000-0000-0000-000000000001",
        confidence=0.75,
        attributes={"occluded": True, "note": "=1+1"},
        track="1",
        author="ada",
    )
    second = replace(
        first, label=LABELS[1].name, edges=Edges(0, 0, 640, 480), id=str(UUID(int=2)), track="2", z=3.0
    )
    third = replace(first, id=str(UUID(int=3)), status="proposed", source="model", track=None)
    return [
        FrameRecord("a.jpg", 640, 480, (first, second), status="complete", split="train", index=0),
        FrameRecord("folder/b c.png", 640, 480, (), split="train", index=1),
        FrameRecord(
            "é.jpg", 640, 480, (third, replace(first, edges=Edges(1, 2, 3, 4))), split="val", index=2
        ),
    ]
