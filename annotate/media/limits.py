"""How much is taken at a time. Values come from the settings of the same name (docs/images.md)."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Of one image: its file in bytes, its area and its longer side in pixels, its passes (JPEG)."""

    file_bytes: int
    pixels: int
    side: int = 30_000
    scans: int = 100


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Of one archive: files listed, bytes unpacked in all, unpacked bytes per packed byte."""

    total_bytes: int
    entries: int = 20_000
    ratio: int = 200
    ratio_from_bytes: int = 16 * 1024 * 1024  # below, any ratio is harmless: a blank page packs 1000 : 1
    directory_bytes: int = 16 * 1024 * 1024


def image_limits() -> ImageLimits:
    return ImageLimits(file_bytes=settings.MAX_IMAGE_BYTES, pixels=settings.MAX_PIXELS)


def archive_limits() -> ArchiveLimits:
    return ArchiveLimits(total_bytes=settings.MAX_ARCHIVE_BYTES)
