"""Images out of a zip archive, one at a time and never onto the disk by their name.

The list of files is judged before anything is unpacked: one file that would land elsewhere, one link, device
or password refuses the whole archive. Sizes are counted again while unpacking, whatever the archive claims.
"""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .limits import ArchiveLimits, ImageLimits
from .refusals import Refusal, Refused
from .sniff import is_archive

END_SIZE, LONGEST_COMMENT = 22, 65_535
LOCATOR_SIZE, END64_SIZE = 20, 56
ENCRYPTED_FLAG = 0x1
CHUNK = 1 << 16
NOISE = {".ds_store", "thumbs.db", "desktop.ini"}
COMPANIONS = {
    "txt",
    "json",
    "xml",
    "csv",
    "yaml",
    "yml",
    "md",
    "cfg",
    "names",
    "data",
    "cache",
    "html",
    "log",
}
"""Endings of what stands beside images in data sets; left out without a word for each."""
ENTRY_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its bytes, or why it is not taken, or neither for what is left out silently."""

    name: str
    data: bytes | None = None
    refusal: Refusal | None = None


class Archive:
    """A checked archive. ``total`` counts what iterating yields. Raises Refused when made or iterated."""

    def __init__(self, path: Path, limits: ArchiveLimits, image_limits: ImageLimits) -> None:
        self.limits = limits
        self.image_limits = image_limits
        self.packed_bytes = path.stat().st_size
        self.unpacked = 0
        with path.open("rb") as file:
            check_directory_size(file, self.packed_bytes, limits)
        try:
            self.zip = zipfile.ZipFile(path)
        except (*ENTRY_ERRORS, struct.error, UnicodeDecodeError) as error:
            raise Refused("archive_unreadable") from error
        try:
            self.entries = checked_entries(self.zip.infolist(), self.packed_bytes, limits)
        except BaseException:
            self.close()
            raise
        self.total = len(self.entries)

    def close(self) -> None:
        self.zip.close()

    def __iter__(self) -> Iterator[Entry]:
        for info in self.entries:
            yield self.read(info)

    def read(self, info: zipfile.ZipInfo) -> Entry:
        """Raises Refused when the archive as a whole gives more than allowed."""
        name = info.filename
        if info.file_size > self.image_limits.file_bytes:
            limit = self.image_limits.file_bytes
            values = {"bytes": str(info.file_size), "limit": str(limit)}
            return Entry(name, refusal=Refusal("file_too_large", values))
        if ending_of(name) in COMPANIONS:
            return Entry(name)
        parts = []
        try:
            with self.zip.open(info) as file:
                while chunk := file.read(CHUNK):
                    self.count(len(chunk))
                    parts.append(chunk)
        except ENTRY_ERRORS:
            return Entry(name, refusal=Refusal("entry_damaged"))
        data = b"".join(parts)
        if is_archive(data[:512]):
            return Entry(name, refusal=Refusal("nested_archive"))
        return Entry(name, data=data)

    def count(self, size: int) -> None:
        self.unpacked += size
        check_totals(self.unpacked, self.packed_bytes, self.limits)


def check_totals(unpacked: int, packed: int, limits: ArchiveLimits) -> None:
    if unpacked > limits.total_bytes:
        raise Refused("archive_too_large", limit=limits.total_bytes)
    if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
        raise Refused("archive_ratio")


def checked_entries(
    infos: list[zipfile.ZipInfo], packed: int, limits: ArchiveLimits
) -> list[zipfile.ZipInfo]:
    """The files to take; ``packed`` is the size of the archive. Raises Refused for the whole archive."""
    if len(infos) > limits.entries:
        raise Refused("archive_too_many", limit=limits.entries)
    for info in infos:
        check_path(info.orig_filename)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise Refused("archive_special")
        if info.flag_bits & ENCRYPTED_FLAG:
            raise Refused("archive_encrypted")
    check_totals(sum(info.file_size for info in infos), packed, limits)
    return [info for info in infos if not info.is_dir() and not is_noise(info.filename)]


def check_path(name: str) -> None:
    """Raises Refused for a name that leads out of the archive on any system."""
    path = name.replace("\\", "/")
    has_drive = len(path) > 1 and path[1] == ":"
    if path.startswith("/") or has_drive or "\0" in path or ".." in path.split("/"):
        raise Refused("archive_path")


def is_noise(name: str) -> bool:
    """What operating systems add on their own."""
    parts = name.split("/")
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1].lower() in NOISE


def ending_of(name: str) -> str:
    return name.rsplit(".", 1)[-1].lower() if "." in name else ""


def check_directory_size(file: IO[bytes], size: int, limits: ArchiveLimits) -> None:
    """Raises Refused for a list of files that is itself a bomb: zipfile reads all of it into memory.

    Looks for the end record in the order in which zipfile does, so that both see the same list.
    """
    tail_size = min(size, END_SIZE + LONGEST_COMMENT + LOCATOR_SIZE + END64_SIZE)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    place = len(tail) - END_SIZE
    if place < 0:
        raise Refused("archive_unreadable")
    if not (tail[place:].startswith(b"PK\x05\x06") and tail.endswith(b"\0\0")):
        place = tail.rfind(b"PK\x05\x06")
    if place < 0 or place + END_SIZE > len(tail):
        raise Refused("archive_unreadable")
    (listed,) = struct.unpack_from("<L", tail, place + 12)
    locator = place - LOCATOR_SIZE
    if locator >= END64_SIZE and tail.startswith(b"PK\x06\x07", locator):
        (listed,) = struct.unpack_from("<Q", tail, locator - END64_SIZE + 40)
    if listed > limits.directory_bytes:
        raise Refused("archive_too_many", limit=limits.entries)
