"""Rewrites JPEG, PNG and WebP files without their metadata and without touching a pixel.

What stays is what decoding needs, and the colour profile. Gone are EXIF (with its place and its second, small
picture), XMP, comments, editors' data, and whatever follows the end of the image.
"""

import re
import struct

JPEG_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")  # not stuffing (FF00), not a restart (FFD0 to FFD7)
SOI, EOI, SOS, APP0, APP2, APP14, APP15, COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE2, 0xEE, 0xEF, 0xFE
JFIF_BYTES = 14  # of its header, up to the size of the thumbnail it may carry

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"pHYs"}

WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ICCP"}
WEBP_PROFILE_FLAG = 0x20


class Malformed(Exception):
    """The structure of the file ends too early or makes no sense."""


class TooManyScans(Exception):
    """A JPEG with more passes than allowed: each costs as much as the whole picture."""


def strip_jpeg(data: bytes, *, max_scans: int) -> bytes:
    """The same JPEG without metadata. Raises Malformed, TooManyScans."""
    if data[:2] != b"\xff\xd8":
        raise Malformed
    kept = [data[:2]]
    place, scans = 2, 0
    while True:
        marker, place = _next_marker(data, place)
        if marker == EOI:
            return b"".join([*kept, b"\xff\xd9"])
        end = _segment_end(data, place)
        kept.extend(_kept_segment(marker, data[place:end]))
        place = end
        if marker == SOS:
            scans += 1
            if scans > max_scans:
                raise TooManyScans
            following = JPEG_MARKER.search(data, place)
            if following is None:
                raise Malformed
            kept.append(data[place : following.start()])
            place = following.start()


def _next_marker(data: bytes, place: int) -> tuple[int, int]:
    """The marker at ``place`` (fill bytes FF allowed) and the place behind it."""
    found = JPEG_MARKER.match(data, place)
    if found is None:
        raise Malformed
    return found[1][0], found.end()


def _segment_end(data: bytes, place: int) -> int:
    if place + 2 > len(data):
        raise Malformed
    length = int.from_bytes(data[place : place + 2], "big")
    if length < 2 or place + length > len(data):
        raise Malformed
    return place + length


def _kept_segment(marker: int, body: bytes) -> list[bytes]:
    """What is written for a segment; ``body`` begins with its two bytes of length."""
    head = bytes([0xFF, marker])
    if marker == APP0 and body[2:7] == b"JFIF\0" and len(body) >= 2 + JFIF_BYTES:
        return [head, struct.pack(">H", 2 + JFIF_BYTES), body[2:JFIF_BYTES], b"\0\0"]
    is_profile = marker == APP2 and body[2:14] == b"ICC_PROFILE\0"
    is_adobe = marker == APP14 and body[2:7] == b"Adobe"
    if (APP0 <= marker <= APP15 or marker == COM) and not is_profile and not is_adobe:
        return []
    return [head, body]


def strip_png(data: bytes) -> bytes:
    """The same PNG with the chunks of PNG_KEPT alone. Raises Malformed."""
    if not data.startswith(PNG_SIGNATURE):
        raise Malformed
    kept, place = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while True:
        if place + 12 > len(data):
            raise Malformed
        length = int.from_bytes(data[place : place + 4], "big")
        kind, end = data[place + 4 : place + 8], place + 12 + length
        if end > len(data):
            raise Malformed
        if kind in PNG_KEPT:
            kept.append(data[place:end])
        if kind == b"IEND":
            return b"".join(kept)
        place = end


def strip_webp(data: bytes) -> bytes:
    """The same still, opaque WebP with the chunks of WEBP_KEPT alone. Raises Malformed."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Malformed
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise Malformed
    kept, place = [b"WEBP"], 12
    while place + 8 <= end:
        kind = data[place : place + 4]
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        behind = place + 8 + length
        if behind > end:
            raise Malformed
        if kind in WEBP_KEPT:
            body = data[place + 8 : behind]
            if kind == b"VP8X":
                body = bytes([body[0] & WEBP_PROFILE_FLAG]) + body[1:]
            kept.append(kind + struct.pack("<I", length) + body + b"\0" * (length % 2))
        place = behind + length % 2
    whole = b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(whole)) + whole
