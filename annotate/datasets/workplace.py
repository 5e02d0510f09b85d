"""The folder of one import, in SCRATCH_DIR: what was sent, what was in it, and what the check found.

upload        as it was sent
files/        unpacked, under the names of the archive
pictures/     new images, decoded and upright, by the place of their frame in the file
placed/       an empty file per image that this import put into the store (pictures.py)
rows          what would be written, frame by frame (import_rows.py)
"""

import re
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from ..media import store

FOLDER = "imports"
KEY = re.compile(r"[0-9a-f]{32}")


class Workplace:
    """``key``: 32 hexadecimal digits, made by the server. Raises ValueError for anything else."""

    def __init__(self, key: str) -> None:
        if not KEY.fullmatch(key):
            raise ValueError("not the key of an import")
        self.key = key
        self.folder = store.scratch_folder(FOLDER) / key

    @classmethod
    def new(cls) -> "Workplace":
        made = cls(uuid.uuid4().hex)
        store.make_folder(made.folder)
        return made

    @property
    def upload(self) -> Path:
        return self.folder / "upload"

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @property
    def pictures(self) -> Path:
        return self.folder / "pictures"

    @property
    def placed(self) -> Path:
        return self.folder / "placed"

    @property
    def rows(self) -> Path:
        return self.folder / "rows"

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def workplaces(*, older_than_s: float = 0) -> Iterator[Workplace]:
    """Those there are, by the age of what was last added to them."""
    for folder in store.scratch_folder(FOLDER).iterdir():
        if KEY.fullmatch(folder.name) and time.time() - folder.stat().st_mtime >= older_than_s:
            yield Workplace(folder.name)
