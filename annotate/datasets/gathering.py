"""From the database to the files of a version: what changed is read and written, the rest is taken from the state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..media import store
from ..models import Project
from .cache import Cache, ImageGone, Incoming
from .changed import ID, SOURCE, FrameRow, Moment, RawRow
from .dvc_files import LISTING_SUFFIX, Listing, listing_of, pointer_of
from .formats.records import FrameRecord
from .frame_files import annotation_file, label_file
from .manifest import Tally, data_yaml
from .split import SPLITS
from .state import FORMAT, Entry, Place, State, fingerprint


class CannotSnapshot(Exception):
    """No version was made and nothing was changed. ``code``: why, for programs."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Steps(Protocol):
    """Who watches. Both may raise, and the version is then not made."""

    def expect(self, total: int) -> None:
        """So many frames will be read."""

    def did(self, frames: int) -> None:
        """So many more of them are; 0 while something is waited for."""


@dataclass(slots=True)
class Draft:
    """All of a version but its number. ``files``: what git keeps, without the manifest. ``read``: frames that were
    read with their boxes. The files of frames and the listings wait in Incoming."""

    moment: Moment
    state: State
    tally: Tally
    files: dict[str, bytes]
    digest: str
    read: int


def gather(
    project: Project,
    alias: str,
    statuses: Sequence[str],
    *,
    state: State | None,
    cache: Cache,
    incoming: Incoming,
    steps: Steps,
) -> Draft:
    """Raises CannotSnapshot, ImageGone, OSError, and what ``steps`` raises."""
    moment = Moment(project, alias)
    raw = moment.frames(statuses)
    if not raw:
        raise CannotSnapshot("no_frames")
    classes = {label.id: (number, label.name) for number, label in enumerate(moment.labels)}
    known = unchanged(raw, state, classes, moment.places)
    facts = {row[ID]: fingerprint(row) for row in raw if row[ID] not in known}
    changed = [moment.row_of(row) for row in raw if row[ID] in facts]
    steps.expect(len(changed))
    cache.relink(images_not_in(state, changed))
    for row, record in moment.records(changed):
        known[row.id] = written(row, record, classes, incoming, facts[row.id])
        steps.did(1)
    entries = [known[values[ID]] for values in raw]
    listings = listings_of(entries, incoming)
    return Draft(
        moment=moment,
        state=State(FORMAT, "", classes, moment.places, {row[ID]: known[row[ID]] for row in raw}),
        tally=tally_of(entries, moment.places),
        files={
            **{f"{folder}.dvc": pointer_of(listing, folder).encode() for folder, listing in listings.items()},
            **split_files(entries),
            "data.yaml": data_yaml(label.name for label in moment.labels),
        },
        digest=listings["annotations"].md5,
        read=moment.read,
    )


def unchanged(
    rows: Iterable[RawRow],
    state: State | None,
    classes: Mapping[int, tuple[int, str]],
    places: Mapping[int, Place],
) -> dict[int, Entry]:
    """The entries that still hold: same facts, the source is what it was, and no label of theirs has another name or
    number."""
    if state is None:
        return {}
    moved = {label for label, was in state.classes.items() if classes.get(label) != was}
    found: dict[int, Entry] = {}
    for row in rows:
        entry = state.frames.get(row[ID])
        if (
            entry is not None
            and entry.facts == fingerprint(row)
            and places[row[SOURCE]] == state.places.get(row[SOURCE])
            and moved.isdisjoint(entry.labels)
        ):
            found[row[ID]] = entry
    return found


def images_not_in(state: State | None, rows: Sequence[FrameRow]) -> set[str]:
    had = {entry.image for entry in state.frames.values()} if state else set()
    return {row.md5 for row in rows} - had


def written(
    row: FrameRow,
    record: FrameRecord,
    classes: Mapping[int, tuple[int, str]],
    incoming: Incoming,
    facts: bytes,
) -> Entry:
    """The two files of a frame into ``incoming``, and its entry. Raises ImageGone, OSError."""
    annotation = annotation_file(record)
    label = label_file(record, {name: number for number, name in classes.values()})
    boxes: dict[int, int] = {}
    accepted = [box for box in record.boxes if box.status == "accepted"]
    for box in accepted:
        boxes[box.extra["label_id"]] = boxes.get(box.extra["label_id"], 0) + 1
    try:
        size = store.path_for(row.md5).stat().st_size
    except FileNotFoundError as error:
        raise ImageGone(row.md5) from error
    return Entry(
        facts=facts,
        source=row.source_id,
        split=row.split,
        name=row.image,
        annotation=incoming.put(annotation),
        annotation_size=len(annotation),
        label=incoming.put(label),
        label_size=len(label),
        image=row.md5,
        image_size=size,
        labels=sorted({box.extra["label_id"] for box in record.boxes}),
        boxes=boxes,
        of_models=sum(box.source == "model" for box in accepted),
    )


def listings_of(entries: Sequence[Entry], incoming: Incoming) -> dict[str, Listing]:
    """Of the three folders, each put into ``incoming``."""
    stems = [entry.name.rpartition(".")[0] for entry in entries]
    listings = {
        "images": listing_of(
            ((entry.name, entry.image) for entry in entries), sum(entry.image_size for entry in entries)
        ),
        "labels": listing_of(
            ((f"{stem}.txt", entry.label) for stem, entry in zip(stems, entries, strict=True)),
            sum(entry.label_size for entry in entries),
        ),
        "annotations": listing_of(
            ((f"{stem}.json", entry.annotation) for stem, entry in zip(stems, entries, strict=True)),
            sum(entry.annotation_size for entry in entries),
        ),
    }
    for listing in listings.values():
        incoming.put(listing.data, LISTING_SUFFIX)
    return listings


def split_files(entries: Iterable[Entry]) -> dict[str, bytes]:
    """train.txt, val.txt, test.txt: an image per line, as Ultralytics reads them."""
    lines: dict[str, list[str]] = {split: [] for split in SPLITS}
    for entry in entries:
        lines[entry.split].append(f"./images/{entry.name}\n")
    return {f"{split}.txt": "".join(sorted(names)).encode() for split, names in lines.items()}


def tally_of(entries: Iterable[Entry], places: Mapping[int, Place]) -> Tally:
    tally = Tally()
    for entry in entries:
        tally.add(entry.split, places[entry.source].name, entry.boxes, entry.of_models)
    return tally
