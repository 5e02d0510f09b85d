"""Any decoded picture as 8-bit gray or RGB, opaque: what browsers, models and exports agree on."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Values = NDArray[Any]
WHITE = (255, 255, 255)
MIDDLE_GRAY = 128
PLAIN_MODES = {"L", "RGB"}
DEEP_MODES = {"I;16", "I;16L", "I;16B", "I;16N", "I", "F"}
TRANSPARENT_MODES = {"RGBA", "LA", "PA", "RGBa", "La"}


def to_plain(image: Image.Image) -> Image.Image:
    """8-bit "L" or "RGB": transparency laid on white, deep gray scaled, print colours made screen colours."""
    if image.mode in DEEP_MODES:
        return Image.fromarray(scaled_to_8_bits(np.asarray(image)))
    if image.mode in TRANSPARENT_MODES or "transparency" in image.info:
        return on_white(image.convert("RGBA"))
    if image.mode == "CMYK":
        return cmyk_to_rgb(image)
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in PLAIN_MODES else image.convert("RGB")


def on_white(image: Image.Image) -> Image.Image:
    """``image`` is RGBA."""
    ground = Image.new("RGBA", image.size, (*WHITE, 255))
    return Image.alpha_composite(ground, image).convert("RGB")


def scaled_to_8_bits(values: Values) -> Values:
    """Gray values (height, width) of any depth as uint8, never all black unless they are all equal to 0.

    Whole numbers from 0 to 65535 keep their proportions: the depth is taken to be the smallest of 8, 10, 12,
    14 and 16 bits that holds the brightest pixel (cameras store 12 bits in 16). Everything else, negative or
    fractional, is stretched from its least to its greatest finite value; a constant picture becomes gray.
    """
    if values.dtype.kind in "iu" and values.min() >= 0 and values.max() <= 0xFFFF:
        bits = next(bits for bits in (8, 10, 12, 14, 16) if int(values.max()) < 1 << bits)
        shares: Values = values.astype(np.uint32) * 255 // ((1 << bits) - 1)
        small: Values = shares.astype(np.uint8)
        return small
    numbers = values.astype(np.float32)
    finite = np.isfinite(numbers)
    if not finite.any():
        return np.full(values.shape, MIDDLE_GRAY, np.uint8)
    low, high = float(numbers[finite].min()), float(numbers[finite].max())
    if low == high:
        return np.full(values.shape, MIDDLE_GRAY, np.uint8)
    numbers = np.nan_to_num(numbers, nan=low, posinf=high, neginf=low)
    stretched: Values = np.clip((numbers - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    return stretched


def cmyk_to_rgb(image: Image.Image) -> Image.Image:
    """By the profile that the file carries, else by the plain formula."""
    return by_profile(image) or image.convert("RGB")


def by_profile(image: Image.Image) -> Image.Image | None:
    """The picture in sRGB, or None where it carries no profile that can be used."""
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):  # a profile that is broken or for another colour space
        return None
