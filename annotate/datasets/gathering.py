"""From the database to the files of a version: what changed is read and written, the rest stays as the version before
has it. Frames that may have changed are found by parts (state.py): the database says of each part in which a frame was
marked (marks.py) whether it is as it was, and only the rows of those that are not are looked at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from ..media import store
from ..models import Project
from .cache import Cache, ImageGone, Incoming
from .changed import ID, FrameRow, Moment
from .dvc_files import pointer_of
from .edits import Edits
from .fingerprints import part_of
from .formats.records import FrameRecord
from .frame_files import annotation_file, label_file
from .git import GitFailed, blob_name
from .manifest import data_yaml
from .repository import Repository
from .state import FORMAT, PART, Entries, Entry, Frames, Part, State, StateLost, fingerprint, part_file

Classes = dict[int, tuple[int, str]]


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


@dataclass(frozen=True, slots=True)
class Before:
    """The version before, and what was written for it. Everything raises StateLost where it is gone."""

    repository: Repository
    number: int
    state: State

    def part(self, number: int) -> Entries:
        part = self.state.parts.get(number)
        return Frames(self.repository.temporary).part(part.file) if part else {}

    def listing(self, name: str) -> bytes:
        try:
            return self.repository.cache.read(name)
        except FileNotFoundError as error:
            raise StateLost(name) from error

    def file(self, name: str) -> bytes:
        """One that git has."""
        try:
            return self.repository.read(self.number, name)
        except GitFailed as error:
            raise StateLost(name) from error


@dataclass(slots=True)
class Draft:
    """All of a version but its number. ``files``: what git gets, without the manifest; ``kept``: by git's own name,
    files that it has. ``parts``: new ones of the state. ``read``: frames that were read with their boxes. The files of
    frames and the listings wait in Incoming."""

    moment: Moment
    state: State
    parts: dict[str, bytes]
    files: dict[str, bytes]
    kept: dict[str, str]
    digest: str
    read: int


def gather(
    project: Project,
    alias: str,
    statuses: Sequence[str],
    *,
    before: Before | None,
    cache: Cache,
    incoming: Incoming,
    steps: Steps,
) -> Draft:
    """Raises CannotSnapshot, ImageGone, StateLost, OSError, and what ``steps`` raises."""
    moment = Moment(project, alias)
    facts = facts_of(moment, statuses, before.state if before else None)
    if not facts:
        raise CannotSnapshot("no_frames")
    work = _Gathering(moment, before, cache, incoming, steps)
    parts, written_parts = work.parts(facts, statuses)
    edits = work.edits
    listings = edits.listings(before.listing if before else no_file, incoming)
    link_again([listing.md5 for listing in listings.values() if listing.md5 not in incoming.waiting], cache)
    splits = dict(edits.split_files(before.file if before else no_file))
    kept = {name: blob for name, blob in edits.blobs.items() if name not in splits}
    return Draft(
        moment=moment,
        state=State(
            format=FORMAT,
            commit="",
            classes=work.classes,
            places=moment.places,
            parts=parts,
            tally=edits.tally,
            listings=listings,
            splits=kept | {name: blob_name(text) for name, text in splits.items()},
            statuses=[*statuses],
            part=PART,
        ),
        parts=written_parts,
        files={
            **{f"{folder}.dvc": pointer_of(listing, folder).encode() for folder, listing in listings.items()},
            **splits,
            "data.yaml": data_yaml(label.name for label in moment.labels),
        },
        kept=kept,
        digest=listings["annotations"].md5,
        read=moment.read,
    )


def facts_of(moment: Moment, statuses: Sequence[str], state: State | None) -> dict[int, str]:
    """The fingerprint of every part. Where the database has marked what may have changed since the version before, that
    alone is looked at."""
    if state is None or (state.statuses, state.part) != ([*statuses], PART):
        return moment.fingerprints(statuses)
    marked = moment.marked_parts(state.commit)
    if marked is None:
        return moment.fingerprints(statuses)
    same = {number: part.facts for number, part in state.parts.items() if number not in marked}
    return same | moment.fingerprints(statuses, marked)


def link_again(listings: Iterable[str], cache: Cache) -> None:
    """Of the version before, where ``dvc gc`` took them from the cache. Raises StateLost."""
    try:
        cache.relink(listings)
    except ImageGone as error:
        raise StateLost(str(error)) from error


def no_file(name: str) -> bytes:
    raise StateLost(name)


class _Gathering:
    """The work of one attempt. ``edits``: what came of it."""

    def __init__(
        self, moment: Moment, before: Before | None, cache: Cache, incoming: Incoming, steps: Steps
    ) -> None:
        self.moment, self.cache, self.incoming, self.steps = moment, cache, incoming, steps
        self.before = before
        self.state = before.state if before else None
        self.classes: Classes = {label.id: (number, label.name) for number, label in enumerate(moment.labels)}
        self.edits = Edits(self.state)

    def parts(
        self, facts: Mapping[int, str], statuses: Sequence[str]
    ) -> tuple[dict[int, Part], dict[str, bytes]]:
        """The parts of the new version, and the files of those that are other than they were. ``facts``: of each part,
        as it is."""
        had = self.state.parts if self.state else {}
        suspects = self.suspects(facts)
        entries = self.entries(suspects, statuses)
        files = {number: part_file(found) for number, found in entries.items() if found}
        made = {number: Part(facts[number], name) for number, (name, _) in files.items()}
        same = {number: had[number] for number in facts if number not in made}
        return same | made, dict(files.values())

    def suspects(self, facts: Mapping[int, str]) -> list[int]:
        """Parts of which a frame may be other than it was. All of them, where a source or a label is: what they are
        called stands in the files of frames whose rows are the same."""
        if self.state is None:
            return sorted(facts)
        had = self.state.parts
        if self.moved_labels() or self.moved_places():
            return sorted(facts.keys() | had.keys())
        same = {number for number, part in had.items() if facts.get(number) == part.facts}
        return sorted((facts.keys() | had.keys()) - same)

    def moved_labels(self) -> set[int]:
        """That have another name or number, or are gone."""
        before = self.state.classes if self.state else {}
        return {label for label, was in before.items() if self.classes.get(label) != was}

    def moved_places(self) -> set[int]:
        before = self.state.places if self.state else {}
        return {source for source, was in before.items() if self.moment.places.get(source) != was}

    def entries(self, parts: Sequence[int], statuses: Sequence[str]) -> dict[int, Entries]:
        """What these parts hold now. Every frame that is not what it was is read and written, and told to ``edits``."""
        found: dict[int, Entries] = {number: {} for number in parts}
        had = {number: self.before.part(number) if self.before else {} for number in parts}
        labels, places = self.moved_labels(), self.moved_places()
        changed: list[FrameRow] = []
        facts: dict[int, str] = {}
        for first, last in stretches(parts):
            for raw in self.moment.frames(statuses, first * PART, (last + 1) * PART):
                pk = raw[ID]
                number, said = part_of(pk), fingerprint(raw)
                known = had[number].get(pk)
                if (
                    known
                    and known.facts == said
                    and known.source not in places
                    and labels.isdisjoint(known.labels)
                ):
                    found[number][pk] = had[number].pop(pk)
                else:
                    facts[pk] = said
                    changed.append(self.moment.row_of(raw))
        old = {pk: entry for part in had.values() for pk, entry in part.items()}
        self.take_away(old)
        self.write(changed, facts, old, found)
        return found

    def take_away(self, old: Mapping[int, Entry]) -> None:
        for entry in old.values():
            assert self.state is not None  # noqa: S101  (entries come from it)
            self.edits.gone(entry, self.state.places)

    def write(
        self,
        changed: Sequence[FrameRow],
        facts: Mapping[int, str],
        old: Mapping[int, Entry],
        found: Mapping[int, Entries],
    ) -> None:
        self.steps.expect(len(changed))
        self.cache.relink({row.md5 for row in changed if row.id not in old or old[row.id].image != row.md5})
        for row, record in self.moment.records(changed):
            entry = written(row, record, self.classes, self.incoming, facts[row.id])
            found[part_of(row.id)][row.id] = entry
            self.edits.came(entry, self.moment.places)
            self.steps.did(1)


def stretches(numbers: Iterable[int]) -> Iterable[tuple[int, int]]:
    """The first and the last of numbers that follow one another. ``numbers``: in order."""
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        found = [number for _, number in group]
        yield found[0], found[-1]


def written(
    row: FrameRow,
    record: FrameRecord,
    classes: Mapping[int, tuple[int, str]],
    incoming: Incoming,
    facts: str,
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
