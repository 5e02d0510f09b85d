"""Small pictures for lists: WebP, at most 320 px, no metadata, made once and named by the image's content."""

import io
from pathlib import Path

from PIL import Image

from . import store
from .convert import by_profile

LONG_SIDE_PX = 320
QUALITY = 80
MEDIA_TYPE = "image/webp"


def path_if_made(md5: str) -> Path | None:
    path = store.thumbnail_path(md5)
    return path if path.is_file() else None


def make(md5: str) -> bool:
    """Makes the thumbnail of a stored image if it is missing; whether it did.

    Several at once do no harm: each writes a whole file, the last rename wins with the same content. Raises
    FileNotFoundError when the image is not in the store, OSError when it cannot be read.
    """
    if path_if_made(md5) is not None:
        return False
    with Image.open(store.path_for(md5), formats=["JPEG", "PNG", "WEBP"]) as image:
        data = small(image)
    path = store.thumbnail_path(md5)
    store.write_file(path, data, mode=0o440)
    if not store.exists(md5):  # deleted meanwhile
        path.unlink(missing_ok=True)
    return True


def small(image: Image.Image) -> bytes:
    """The WebP file; colours in sRGB, so that it needs no profile."""
    image.draft(None, (LONG_SIDE_PX * 2, LONG_SIDE_PX * 2))  # JPEG: decodes at half, quarter or eighth size
    profile = image.info.get("icc_profile")
    image.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX), Image.Resampling.LANCZOS)
    if profile:
        image.info["icc_profile"] = profile
    converted = by_profile(image) or image.convert("RGB")
    file = io.BytesIO()
    converted.save(file, "WEBP", quality=QUALITY, method=4, icc_profile=b"", exif=b"", xmp=b"")
    return file.getvalue()
