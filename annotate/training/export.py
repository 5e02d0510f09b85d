"""First stage: a dataset version, checked file by file, becomes ``data/dataset``. Images are linked, not copied."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from . import dataset, files, params
from .dataset import Description, Frame
from .problems import Problem
from .repository import Member, Version
from .stage import Run, main

SPLITS = ("train", "val", "test")
HELD_OUT = ("val", "test")
FEWEST_TRAIN_FRAMES = 5
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def export(run: Run) -> None:
    """Raises Problem, OSError."""
    wanted = run.params.dataset
    version = Version(params.absolute(run.folder, wanted.repository), wanted.version)
    manifest = version.manifest()
    classes = [label.name for label in manifest.labels]
    if not classes or len(set(classes)) != len(classes):
        raise Problem("no_classes")
    images = {member.relpath: member for member in version.members("images")}
    splits = split_of(version, images)
    check_counts(list(splits.values()))
    labels = {member.relpath: member for member in version.members("labels")}
    folder = files.emptied(run.dataset)
    (folder / "images").mkdir()
    (folder / "labels").mkdir()
    frames: list[Frame] = []
    for index, name in enumerate(sorted(splits)):
        label = labels.get(label_name(name))
        if label is None:
            raise Problem("data_damaged", name=label_name(name))
        frame = Frame(f"{index:06d}{suffix_of(name)}", name, splits[name], 0)
        frames.append(placed(version, folder, frame, images[name], label, len(classes)))
        run.progress.murmur(done=index + 1, total=len(splits))
    if not any(frame.boxes for frame in frames if frame.split == "train"):
        raise Problem("no_boxes")
    dataset.write(folder, Description(manifest.number, manifest.digest, classes, frames))


def split_of(version: Version, images: dict[str, Member]) -> dict[str, str]:
    """The split of each image that has one; an image in two would be learnt by heart. Raises Problem."""
    found: dict[str, str] = {}
    for split in SPLITS:
        for name in version.names_in(split):
            if name not in images or name in found:
                raise Problem("data_damaged", name=f"{split}.txt")
            found[name] = split
    return found


def check_counts(splits: Sequence[str]) -> None:
    """Raises Problem."""
    count = splits.count("train")
    if count < FEWEST_TRAIN_FRAMES:
        raise Problem("too_few_frames", count=count, needed=FEWEST_TRAIN_FRAMES)
    if not any(split in HELD_OUT for split in splits):
        raise Problem("no_held_out")


def placed(
    version: Version, folder: Path, frame: Frame, image: Member, label: Member, class_count: int
) -> Frame:
    """The frame with the number of its boxes; its two files are there. Raises Problem, OSError."""
    text = version.read(label.md5, label.relpath)
    try:
        rows = dataset.parsed(text.decode(), class_count, label.relpath)
    except UnicodeDecodeError as error:
        raise Problem("data_damaged", name=label.relpath) from error
    files.link(version.checked(image.md5, image.relpath), folder / "images" / frame.file)
    (folder / "labels" / frame.label_file).write_bytes(text)
    return Frame(frame.file, frame.name, frame.split, len(rows))


def label_name(image: str) -> str:
    return str(PurePosixPath(image).with_suffix(".txt"))


def suffix_of(name: str) -> str:
    """Raises Problem for what is no image."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Problem("data_damaged", name=name)
    return suffix


if __name__ == "__main__":
    main("export", export)
