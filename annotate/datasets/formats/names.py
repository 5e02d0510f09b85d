"""Names of files in an export: made from the names of the frames, safe on every system, none twice."""

import re

from .spill import SeenNames

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif", ".heic")
SPLITS = ("train", "val", "test")
SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}
"""What folders and files of other tools are called, and the split that it means."""

LONGEST_PART = 150
UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff<>:"|?*]')
DEVICES = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))}
TAKEN = {"images", "labels", "__macosx"}
"""Folders that mean something to YOLO's tools wherever they are in a path, or to archives."""


def split_suffix(name: str) -> tuple[str, str]:
    """("a/b", ".JPG") of "a/b.JPG"; no suffix where it is none of an image ("clip 1.2")."""
    stem, dot, suffix = name.rpartition(".")
    if dot and stem and not stem.endswith("/") and f".{suffix.lower()}" in IMAGE_SUFFIXES:
        return stem, f".{suffix}"
    return name, ""


def same_kind(one: str, other: str) -> bool:
    """Two suffixes that mean the same kind of image."""
    return one.lower().replace("jpeg", "jpg") == other.lower().replace("jpeg", "jpg")


def safe_stem(stem: str) -> str:
    """Relative, "/" between folders, without what any system treats specially; unchanged for usual names."""
    parts = [_safe_part(part) for part in stem.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    return "/".join(parts) or "_"


def _safe_part(part: str) -> str:
    part = UNSAFE.sub("_", part)
    while len(part.encode()) > LONGEST_PART:
        part = part[: len(part) - 1]
    if part != part.strip(" .") or not part:
        part = re.sub(r"^[ .]|[ .]$", "_", part) or "_"
    if part.split(".")[0].lower() in DEVICES or part.lower() in TAKEN:
        part = f"_{part}"
    return part


def split_of(word: str) -> str:
    """The split that a folder or file of other tools is named after, or "": "instances_val2017" gives val."""
    found = re.split(r"[^a-z]+", word.lower())
    return next((SPLIT_WORDS[part] for part in found if part in SPLIT_WORDS), "")


class FileNames:
    """Gives each frame of an export a stem that no other frame has, also where case makes no difference."""

    def __init__(self) -> None:
        self.seen = SeenNames()

    def stem_for(self, name: str) -> str:
        stem = safe_stem(split_suffix(name)[0])
        chosen, copy = stem, 1
        while not self.seen.add(chosen.casefold()):
            copy += 1
            chosen = f"{stem}~{copy}"
        return chosen
