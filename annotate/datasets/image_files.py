"""The images of an archive that was unpacked: found by the name that a file of annotations gives them."""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from PIL import ExifTags, Image

from ..media.decode import FORMATS, open_image
from .formats.names import split_suffix

TURNED = {5, 6, 7, 8}
"""Values of EXIF's orientation that swap width and height."""


class ImageFiles:
    """``folder``: of workplace.files. A name may be a whole path in the archive, the end of one, or lack its ending,
    as in files of labels. Two that fit alike: none is found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.by_stem: dict[str, list[str]] = defaultdict(list)
        for name in _images(folder):
            self.by_stem[_stem(name)].append(name)

    def __bool__(self) -> bool:
        return bool(self.by_stem)

    def find(self, name: str) -> Path | None:
        stem, suffix = split_suffix(name)
        fitting = [one for one in self.by_stem.get(_stem(name), ()) if _fits(one, stem, suffix)]
        if len(fitting) > 1:
            fitting = [one for one in fitting if one == name] or [
                one for one in fitting if one == f"images/{name}"
            ]
        return self.folder / fitting[0] if len(fitting) == 1 else None

    def size_of(self, name: str) -> tuple[int, int] | None:
        """Upright width and height by the header alone; None where there is no such image, or no size in it."""
        path = self.find(name)
        if path is None:
            return None
        try:
            with open_image(path, formats=FORMATS) as image:
                width, height = image.size
                turned = image.getexif().get(ExifTags.Base.Orientation) in TURNED
        except (OSError, SyntaxError, ValueError, TypeError, Image.DecompressionBombError):
            return None
        return (height, width) if turned else (width, height)


def _images(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        below = Path(place).relative_to(folder)
        for name in sorted(names):
            if split_suffix(name)[1]:
                yield (below / name).as_posix()


def _stem(name: str) -> str:
    return split_suffix(name.rsplit("/", 1)[-1])[0].casefold()


def _fits(path: str, stem: str, suffix: str) -> bool:
    """Whether ``path`` ends with the wanted one, part by part."""
    own_stem, own_suffix = split_suffix(path)
    if suffix and suffix.lower() != own_suffix.lower():
        return False
    wanted, own = stem.split("/"), own_stem.split("/")
    shared = min(len(wanted), len(own))
    return wanted[-shared:] == own[-shared:]
