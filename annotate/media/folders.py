"""The files of a folder on the server. Links are followed only to what lies inside of it."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from .archives import COMPANIONS, ending_of, is_noise
from .refusals import Refused


@dataclass(frozen=True, slots=True)
class FolderFile:
    """``name``: the path below ``root``, with slashes."""

    root: Path
    name: str

    @property
    def is_companion(self) -> bool:
        """What stands beside images in data sets; left out without a word."""
        return is_noise(self.name) or ending_of(self.name) in COMPANIONS

    def read(self, limit: int) -> bytes:
        """The bytes of the file. Raises Refused."""
        real = Path(os.path.realpath(self.root / self.name))
        if not real.is_relative_to(self.root):
            raise Refused("link_outside")
        try:
            # Not a link any more, unless somebody swapped it just now; and no waiting for a pipe.
            descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise Refused("unreadable_file") from error
        with open(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Refused("not_a_file")
            if status.st_size > limit:
                raise Refused("file_too_large", bytes=status.st_size, limit=limit)
            return file.read(limit + 1)


def files_of(folder: Path) -> list[FolderFile]:
    """All files below, sorted by path; hidden folders and linked folders are not entered."""
    root = Path(os.path.realpath(folder))
    found: list[FolderFile] = []
    for place, folders, names in os.walk(root):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        below = Path(place).relative_to(root)
        found.extend(FolderFile(root, (below / name).as_posix()) for name in sorted(names))
    return found
