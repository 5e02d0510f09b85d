"""From any file to an upright, 8-bit, metadata-free image, or a refusal. The type is decided by decoding.

Imports no models: bytes in, bytes out. docs/images.md says what is accepted and how each kind is stored.
"""

import hashlib
import io
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from .convert import PLAIN_MODES, TRANSPARENT_MODES, to_plain
from .limits import ImageLimits, image_limits
from .refusals import Refused
from .sniff import kind_of
from .strip import Malformed, TooManyScans, strip_jpeg, strip_png, strip_webp

open_image = Image.open
"""Kept: in a process that uses it, Ultralytics puts another one there, which loads a decoder of its own."""

FORMATS = ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"]
JPEG_QUALITY = 95
PNG_LEVEL = 6
DECODERS = threading.BoundedSemaphore(2)  # of 120 megapixels each: memory, and a core for live editing
DECODE_ERRORS = (OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError, ArithmeticError)
"""What Pillow is known to raise on files that are damaged on purpose."""

# Pillow's own guard refuses twice as much as this while it reads the header; check_size refuses the rest.
Image.MAX_IMAGE_PIXELS = image_limits().pixels
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module=r"PIL\.")  # about odd metadata, which is thrown away


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as it is stored. ``width`` and ``height`` in pixels, upright; ``media_type`` image/*."""

    data: bytes
    md5: str
    width: int
    height: int
    media_type: str


def md5_of(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def decode(data: bytes, limits: ImageLimits) -> Picture:
    """The image in the file ``data``, ready to be stored. Raises Refused."""
    if not data:
        raise Refused("empty")
    if len(data) > limits.file_bytes:
        raise Refused("file_too_large", bytes=len(data), limit=limits.file_bytes)
    with DECODERS, opened(data, limits) as image:
        check_size(image.size, limits)
        if image.format in {"JPEG", "MPO"}:
            return decode_jpeg(image, data, limits)
        load(image)
        return picture_of(image, data)


@contextmanager
def opened(data: bytes, limits: ImageLimits) -> Iterator[Image.Image]:
    """The image with its header read and its first picture selected, nothing decoded. Raises Refused."""
    try:
        image = open_image(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        raise Refused("too_many_pixels", pixels=pixels[0] if pixels else "", limit=limits.pixels) from error
    except UnidentifiedImageError as error:
        raise unreadable(data) from error
    except DECODE_ERRORS as error:
        raise Refused("damaged") from error
    with image:
        yield image


def unreadable(data: bytes) -> Refused:
    """The best word for a file that none of the decoders knows."""
    kind = kind_of(data)
    if kind is None:
        return Refused("not_an_image")
    return Refused("truncated") if kind in FORMATS else Refused("kind_not_accepted", kind=kind)


def check_size(size: tuple[int, int], limits: ImageLimits) -> None:
    """Raises Refused for more than may be decoded; the size is that of the header."""
    width, height = size
    if width < 1 or height < 1:
        raise Refused("damaged")
    if width * height > limits.pixels:
        raise Refused("too_many_pixels", pixels=width * height, limit=limits.pixels)
    if max(size) > limits.side:
        raise Refused("side_too_long", side=max(size), limit=limits.side)


def load(image: Image.Image) -> None:
    """Decodes all of it. Raises Refused for a file that ends early or makes no sense."""
    try:
        image.load()
    except MemoryError as error:
        raise Refused("damaged") from error
    except DECODE_ERRORS as error:
        raise Refused("truncated" if "truncated" in str(error).lower() else "damaged") from error


def decode_jpeg(image: Image.Image, data: bytes, limits: ImageLimits) -> Picture:
    """A JPEG that is upright keeps its compressed data. Its passes are counted before they are decoded."""
    try:
        stripped = strip_jpeg(data, max_scans=limits.scans)
    except Malformed as error:
        raise Refused("truncated") from error
    except TooManyScans as error:
        raise Refused("too_many_scans") from error
    load(image)
    if image.mode in PLAIN_MODES and orientation_of(image) == 1:
        return Picture(stripped, md5_of(stripped), *image.size, "image/jpeg")
    return encoded(upright(image), "JPEG")


def picture_of(image: Image.Image, data: bytes) -> Picture:
    """Of a loaded image that is no JPEG: its own bytes where they say all, else as PNG without loss."""
    keeps = {"PNG": keeps_png, "WEBP": keeps_webp}.get(image.format or "")
    if keeps is not None and keeps(image, data):
        try:
            stripped = strip_png(data) if image.format == "PNG" else strip_webp(data)
        except Malformed as error:
            raise Refused("truncated") from error
        media_type = "image/png" if image.format == "PNG" else "image/webp"
        return Picture(stripped, md5_of(stripped), *image.size, media_type)
    return encoded(upright(image), "PNG")


def keeps_png(image: Image.Image, data: bytes) -> bool:
    """8-bit gray or RGB, opaque and upright. Without its metadata an animated one is its first picture."""
    has_header_first = data[12:16] == b"IHDR"
    depth, color_type = data[24], data[25]
    is_plain = depth == 8 and color_type in {0, 2} and "transparency" not in image.info
    return has_header_first and is_plain and orientation_of(image) == 1


def keeps_webp(image: Image.Image, data: bytes) -> bool:
    is_still = not getattr(image, "is_animated", False)
    return is_still and image.mode not in TRANSPARENT_MODES and orientation_of(image) == 1


def orientation_of(image: Image.Image) -> int:
    """1 to 8 as in EXIF; 1 also where the file says nothing or nonsense."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except DECODE_ERRORS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(image: Image.Image) -> Image.Image:
    """Turned as EXIF says, 8-bit gray or RGB; the colour profile stays where it still fits."""
    profile = image.info.get("icc_profile") or b""
    turned = ImageOps.exif_transpose(image) if orientation_of(image) != 1 else image
    plain = to_plain(turned)
    clean = Image.frombytes(plain.mode, plain.size, plain.tobytes())  # no info, no exif, no text
    if profile[16:20] == {"L": b"GRAY", "RGB": b"RGB "}[plain.mode]:  # the space it describes: ICC.1, 7.2.6
        clean.info["icc_profile"] = profile
    return clean


def encoded(image: Image.Image, kind: str) -> Picture:
    """``kind`` JPEG or PNG. The file carries nothing but pixels and perhaps a colour profile."""
    file = io.BytesIO()
    profile = image.info.get("icc_profile")
    if kind == "JPEG":
        image.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0, icc_profile=profile)
    else:
        image.save(file, "PNG", compress_level=PNG_LEVEL, icc_profile=profile)
    data = file.getvalue()
    return Picture(data, md5_of(data), *image.size, f"image/{kind.lower()}")
