"""Where YOLO's images, labels and splits are: by a data.yaml, by lists of images, or by the folders alone. No file
but data.yaml, the lists and the class names is opened here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import checks
from .checks import Bad
from .files import Files, cannot, shallowest
from .names import IMAGE_SUFFIXES, SPLITS, split_of, split_suffix
from .yaml_file import load

CLASS_FILES = ("classes.txt", "obj.names")
DARKNET = re.compile(r"^(data/)?obj_\w+_data/")
LISTS = {"train.txt", "val.txt", "test.txt", "readme.txt", "readme.dataset.txt", "readme.roboflow.txt"}
LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True)
class Place:
    """One image: its frame's name, its label file (which may be missing), its split."""

    name: str
    label_file: str
    split: str


@dataclass(frozen=True, slots=True)
class BadPlace:
    """A line of a list that leads elsewhere."""

    file: str
    where: str
    bad: Bad


class Layout:
    """Raises CannotRead."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.yaml = shallowest(files.called("data.yaml", "data.yml")) or shallowest(
            files.having(".yaml", ".yml")
        )
        self.classes = shallowest(files.called(*CLASS_FILES))
        self.source = self.yaml or self.classes
        if not self.source:
            raise cannot("", "", "nothing_found", wanted="data.yaml, classes.txt")
        self.content = load(files.small(self.yaml), self.yaml) if self.yaml else {}
        self.base = self.source.rpartition("/")[0]
        if not self.yaml and self.base.rpartition("/")[2] == "labels":
            self.base = self.base.rpartition("/")[0]
        self.base += "/" if self.base else ""

    def class_names(self) -> list[str]:
        """In the order of their numbers."""
        if not self.yaml:
            lines = (line.strip() for line in self.files.small(self.classes).splitlines())
            return [line for line in lines if line]
        names = self.content.get("names")
        if isinstance(names, dict):
            if set(names) != set(range(len(names))):
                raise cannot(self.yaml, "names", "classes_not_contiguous")
            names = [names[number] for number in range(len(names))]
        if not isinstance(names, list) or any(isinstance(name, dict | list) for name in names):
            raise cannot(self.yaml, "names", "no_classes")
        return [str(name) for name in names]

    def places(self) -> Iterator[Place | BadPlace]:
        """Each image once, in the order train, val, test and by path."""
        taken: set[str] = set()
        for entry, split in self._entries():
            found = self._of_list(entry, split) if entry.endswith(".txt") else self._of_folder(entry, split)
            for one in found:
                if isinstance(one, Place):
                    if one.label_file in taken:
                        continue
                    taken.add(one.label_file)
                yield one

    def _entries(self) -> list[tuple[str, str]]:
        """Folders and lists, as paths below the files' root, with the split each is for."""
        if not self.yaml:
            lists = [f"{self.base}{split}.txt" for split in SPLITS]
            found = [(one, split) for one, split in zip(lists, SPLITS, strict=True) if self.files.has(one)]
            return found or [(self.base, "")]
        keys: dict[str, list[str]] = {}
        for split in SPLITS:
            for value in as_list(self.content.get(split)):
                keys.setdefault(self._entry(value, split), []).append(split)
        if not keys:
            return [(self.base, "")]
        return [(entry, chosen_split(entry, splits, alone=len(keys) == 1)) for entry, splits in keys.items()]

    def _entry(self, value: Any, key: str) -> str:
        """A path of data.yaml. One leading "../" is dropped, as Ultralytics does."""
        if not isinstance(value, str) or len(value) > LONGEST_PATH:
            raise cannot(self.yaml, key, "bad_yaml")
        path = value.replace("\\", "/").removeprefix("../").rstrip("/")
        if path in {"", "."}:
            return self.base
        try:
            path = checks.frame_name(path)
        except Bad as bad:
            raise cannot(self.yaml, key, bad.code, **bad.values) from bad
        return self.base + (path if path.endswith(".txt") else f"{path}/")

    def _of_folder(self, folder: str, split: str) -> Iterator[Place]:
        """Its images, and the label files beside them that have no image."""
        known = set()
        for image in self.files.having(*IMAGE_SUFFIXES):
            if image.startswith(folder):
                label_file = label_of(image)
                known.add(label_file)
                yield Place(short_name(image, folder), label_file, split)
        labels = label_of(folder + "x").rpartition("/")[0]
        labels += "/" if labels else ""
        for text in self.files.having(".txt"):
            if text.startswith(labels) and text not in known and not self._is_list(text):
                yield Place(short_name(text[: -len(".txt")], labels), text, split)

    def _is_list(self, text: str) -> bool:
        """What lies beside label files without being one."""
        name = text.rpartition("/")[2].lower()
        return name in CLASS_FILES or (text.removeprefix(self.base).lower() == name and name in LISTS)

    def _of_list(self, text: str, split: str) -> Iterator[Place | BadPlace]:
        if not self.files.has(text):
            raise cannot(text, "", "missing_file", name=text)
        for number, line in enumerate(self.files.lines(text, LONGEST_PATH), 1):
            if not line.strip():
                continue
            try:
                path = checks.frame_name(line.strip("\r\n"))
            except Bad as bad:
                yield BadPlace(text, str(number), bad)
                continue
            if not self.files.has(self.base + label_of(path)) and path.startswith("data/"):
                path = path.removeprefix("data/")
            yield Place(listed_name(path), self.base + label_of(path), split)


def as_list(value: Any) -> list[Any]:
    if value in (None, ""):
        return []
    return value if isinstance(value, list) else [value]


def chosen_split(entry: str, splits: list[str], *, alone: bool) -> str:
    """A folder that data.yaml names twice: what it is called decides. The only folder, when it is called train or
    nothing in particular: there are no splits."""
    named = split_of(entry.rstrip("/").rpartition("/")[2].removesuffix(".txt"))
    if alone and len(splits) > 1 and named in {"", "train"}:
        return ""
    return named if named in splits else splits[0]


def label_of(image: str) -> str:
    """The last folder "images" becomes "labels", the suffix .txt: the rule of Ultralytics."""
    stem = split_suffix(image)[0]
    head, found, tail = f"/{stem}".rpartition("/images/")
    return f"{head}/labels/{tail}.txt"[1:] if found else f"{stem}.txt"


def short_name(path: str, folder: str) -> str:
    name = path.removeprefix(folder)
    return name.removeprefix("images/").removeprefix("labels/")


def listed_name(path: str) -> str:
    return DARKNET.sub("", f"/{path}".rpartition("/images/")[2].removeprefix("/"))
