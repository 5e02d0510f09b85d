"""Image, archive and video files for the tests, good and bad ones."""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 40), (30, 40, 220), (230, 220, 40)
ORIENTATION = 0x0112


def corners(width: int = 48, height: int = 32, mode: str = "RGB") -> Image.Image:
    """Red top left, green top right, blue bottom left, yellow bottom right: every turn can be told."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(YELLOW, (width // 2, height // 2, width, height))
    return image.convert(mode)


def file_of(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def jpeg(color: tuple[int, int, int] = GREEN, size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    return file_of(Image.new("RGB", size, color), "JPEG", **options)


def numbered(number: int, size: tuple[int, int] = (40, 30)) -> bytes:
    """A PNG unlike that of every other number."""
    return file_of(Image.new("RGB", size, (number % 256, number // 256 % 256, 77)), "PNG")


def with_orientation(value: int, kind: str = "JPEG") -> bytes:
    """Stored so that it is ``corners()`` once turned as EXIF says."""
    exif = Image.Exif()
    exif[ORIENTATION] = value
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = corners()
    stored = upright.transpose(undo[value]) if value in undo else upright
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    return file_of(stored, kind, exif=exif, **options)


def with_place() -> bytes:
    """A JPEG that says where it was taken, in EXIF, XMP and a comment, and carries a thumbnail of its own."""
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 30.0)
    return file_of(
        corners(), "JPEG", exif=exif, comment=b"SecretComment", xmp=b"<x:xmpmeta>SecretXmp</x:xmpmeta>"
    )


def pixel_flood(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few bytes whose header promises 3.6 gigapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def deep(values: NDArray[Any]) -> bytes:
    """A 16-bit gray PNG."""
    return file_of(Image.fromarray(values.astype(np.uint16)), "PNG")


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (40, 30), color) for color in (RED, GREEN, BLUE)]
    return file_of(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return data.getvalue()


def video(path: Path, frames: int = 50, rate: float = 25.0, size: tuple[int, int] = (160, 120)) -> Path:
    """A small real video; its frame number n is of brightness 4 * n + 20."""
    import cv2

    fourcc = cv2.VideoWriter.fourcc(*("MJPG" if path.suffix == ".avi" else "mp4v"))
    writer = cv2.VideoWriter(str(path), fourcc, rate, size)
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.full((size[1], size[0], 3), 4 * number + 20, np.uint8))
    writer.release()
    return path


def pixels(data: bytes) -> NDArray[Any]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def is_near(found: NDArray[Any], wanted: Image.Image, tolerance: float = 8) -> bool:
    """Whether two pictures are alike, apart from what JPEG loses at edges."""
    other = np.asarray(wanted.convert("RGB")).astype(int)
    return found.shape == other.shape and float(np.abs(found - other).mean()) < tolerance
