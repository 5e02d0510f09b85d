"""What was sent becomes a folder of files: a zip archive is unpacked, anything else is a folder of one file.

The list of files is judged before anything is unpacked (media.archives): one name that leads elsewhere, one link or
device refuses the whole archive, and so do the files by which git and DVC are told to run something. Bytes are
counted while they come out.
"""

import os
import shutil
import zipfile
from pathlib import Path
from typing import IO

from django.conf import settings

from ..media.archives import CHUNK, ENTRY_ERRORS, check_directory_size, check_totals, checked_entries
from ..media.ingest import check_room, clean_name
from ..media.limits import ArchiveLimits
from ..media.refusals import Refused
from ..media.sniff import is_archive, kind_of
from .exporting import MANIFEST, Steps

HEAD_BYTES = 512
ENTRIES = 400_000
"""An image and a file of labels for each of 200,000 frames."""
DIRECTORY_BYTES = 64 * 1024 * 1024
DEEPEST, LONGEST = 20, 1000
"""Folders in one another, and characters of a path; a part of it has 255 bytes at most, as disks have it."""
HOSTILE = {".git", ".dvc", ".gitattributes", ".gitmodules", ".dvcignore", "dvc.yaml", "dvc.lock"}
MODE = 0o640


def limits() -> ArchiveLimits:
    return ArchiveLimits(settings.MAX_ARCHIVE_BYTES, entries=ENTRIES, directory_bytes=DIRECTORY_BYTES)


def unpack(upload: Path, name: str, folder: Path, steps: Steps) -> None:
    """``name``: as the sender calls it. ``folder`` is emptied first. Raises Refused, and whatever the steps raise."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o750)
    with upload.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise Refused("empty")
    if not is_archive(head):
        os.link(upload, folder / clean_name(name).lstrip("."))
        return
    kind = kind_of(head)
    if kind != "ZIP":
        raise Refused("archive_kind", kind=kind)
    _unpack_zip(upload, folder, steps)


def _unpack_zip(upload: Path, folder: Path, steps: Steps) -> None:
    packed = upload.stat().st_size
    with upload.open("rb") as file:
        check_directory_size(file, packed, limits())
    try:
        archive = zipfile.ZipFile(upload)
    except (*ENTRY_ERRORS, UnicodeDecodeError) as error:
        raise Refused("archive_unreadable") from error
    with archive:
        entries = checked_entries(archive.infolist(), packed, limits())
        for info in entries:
            check_name(info.filename)
        check_room(sum(info.file_size for info in entries))
        unpacked = 0
        for info in entries:
            if info.filename != MANIFEST:
                unpacked = _take(archive, info, folder, unpacked, packed)
            steps.advance(0)


def check_name(name: str) -> None:
    """Raises Refused for the whole archive."""
    parts = name.replace("\\", "/").split("/")
    hostile = next((part for part in parts if part.lower() in HOSTILE or part.lower().endswith(".dvc")), None)
    if hostile is not None:
        raise Refused("archive_repository", name=hostile[:80])
    is_long = len(name) > LONGEST or len(parts) > DEEPEST
    if is_long or any(len(part.encode(errors="replace")) > 255 for part in parts):
        raise Refused("archive_path")


def _take(archive: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path, unpacked: int, packed: int) -> int:
    """Unpacks one file; how many bytes have come out by now."""
    path = folder / info.filename.replace("\\", "/")
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, MODE)
    except (FileExistsError, NotADirectoryError) as error:
        raise Refused("archive_twice", name=info.filename[:80]) from error
    with open(descriptor, "wb") as target:
        try:
            source = archive.open(info)
        except ENTRY_ERRORS as error:
            raise Refused("archive_unreadable") from error
        with source:
            while chunk := _read(source):
                unpacked += len(chunk)
                check_totals(unpacked, packed, limits())
                target.write(chunk)
    return unpacked


def _read(source: IO[bytes]) -> bytes:
    try:
        return source.read(CHUNK)
    except ENTRY_ERRORS as error:
        raise Refused("archive_unreadable") from error
