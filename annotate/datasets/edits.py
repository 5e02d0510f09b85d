"""What becomes of the files of all frames when some frames change: nothing is looked at but those.

Every frame that is gone or other than it was is told with ``gone`` as it was, then every one that is new or other with
``came`` as it is; then listings, splits and counts follow from those of the version before.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy

from .cache import Incoming
from .dvc_files import EMPTY_LISTING, LISTING_SUFFIX, Listing, edited_listing
from .manifest import Tally
from .split import SPLITS
from .state import Entry, Place, State
from .versions import FOLDERS

NOTHING = Listing("", 0, 0)


class Edits:
    """``state``: of the version before; None for a first one."""

    def __init__(self, state: State | None) -> None:
        self.before = state.listings if state else {}
        self.blobs = state.splits if state else {}
        self.tally = deepcopy(state.tally) if state else Tally()
        self.was: dict[str, dict[str, str]] = defaultdict(dict)
        self.now: dict[str, dict[str, str]] = defaultdict(dict)
        self.bytes: dict[str, int] = defaultdict(int)
        self.left: dict[str, set[str]] = defaultdict(set)
        self.joined: dict[str, set[str]] = defaultdict(set)

    def gone(self, entry: Entry, places: Mapping[int, Place]) -> None:
        self._count(entry, places, self.was, times=-1)
        self.left[entry.split].add(entry.name)

    def came(self, entry: Entry, places: Mapping[int, Place]) -> None:
        self._count(entry, places, self.now, times=1)
        self.joined[entry.split].add(entry.name)

    def _count(
        self, entry: Entry, places: Mapping[int, Place], names: dict[str, dict[str, str]], *, times: int
    ) -> None:
        self.tally.add(entry.split, places[entry.source].name, entry.boxes, entry.of_models, times=times)
        for folder, name, md5, size in files_of(entry):
            names[folder][name] = md5
            self.bytes[folder] += times * size

    def listings(self, read: Callable[[str], bytes], incoming: Incoming) -> dict[str, Listing]:
        """Of the three folders; those that change are put into ``incoming``. ``read``: one of the version before, by
        its name."""
        return {folder: self._listing(folder, read, incoming) for folder in FOLDERS}

    def _listing(self, folder: str, read: Callable[[str], bytes], incoming: Incoming) -> Listing:
        known, was, now = self.before.get(folder, NOTHING), self.was[folder], self.now[folder]
        changes = {name: now.get(name) for name in was.keys() | now.keys() if was.get(name) != now.get(name)}
        if known.md5 and not changes:
            return known
        data = edited_listing(read(known.md5) if known.md5 else EMPTY_LISTING, changes)
        files = known.files + len(now) - len(was)
        return Listing(incoming.put(data, LISTING_SUFFIX), files, known.size + self.bytes[folder])

    def split_files(self, read: Callable[[str], bytes]) -> Iterator[tuple[str, bytes]]:
        """Name and text of train.txt, val.txt, test.txt, where it changes: an image per line, as Ultralytics reads
        them. ``read``: one of the version before."""
        for split in SPLITS:
            file, left, joined = f"{split}.txt", self.left[split], self.joined[split]
            if file not in self.blobs:
                yield file, text_of(joined)
            elif left != joined:
                before = {line.removeprefix("./images/") for line in read(file).decode().splitlines()}
                yield file, text_of(before - left | joined)


def files_of(entry: Entry) -> tuple[tuple[str, str, str, int], ...]:
    """Folder, name, md5 and size of each file of a frame."""
    stem = entry.name.rpartition(".")[0]
    return (
        ("images", entry.name, entry.image, entry.image_size),
        ("labels", f"{stem}.txt", entry.label, entry.label_size),
        ("annotations", f"{stem}.json", entry.annotation, entry.annotation_size),
    )


def text_of(names: set[str]) -> bytes:
    return "".join(f"./images/{name}\n" for name in sorted(names)).encode()
