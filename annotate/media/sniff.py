"""What a file is by its first bytes: only for a good word in a refusal, and to tell videos from the rest."""

VIDEO_KINDS = {"MP4", "AVI", "MKV"}

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"8BPS", "PSD"),
    (b"%PDF", "PDF"),
    (b"%!PS", "EPS"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"SIMPLE  =", "FITS"),
    (b"DDS ", "DDS"),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\x1f\x8b", "GZIP"),
    (b"BZh", "BZIP2"),
    (b"\xfd7zXZ\0", "XZ"),
    (b"7z\xbc\xaf\x27\x1c", "7Z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x1a\x45\xdf\xa3", "MKV"),
    (b"#EXTM3U", "M3U8"),
    (b"\0\0\x01\0", "ICO"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
)  # fmt: skip
_STILL_BRANDS = {
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"mif1": "HEIC",
    b"msf1": "HEIC",
    b"avif": "AVIF",
    b"avis": "AVIF",
}
_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}
_ARCHIVES = {"ZIP", "GZIP", "BZIP2", "XZ", "7Z", "RAR", "TAR"}


def kind_of(head: bytes) -> str | None:
    """The name of what the file seems to be, or None. ``head`` needs at least its first 512 bytes."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": "WEBP", b"AVI ": "AVI"}.get(head[8:12])
    if head[4:8] in _BOXES:
        return _STILL_BRANDS.get(head[8:12], "MP4") if head[4:8] == b"ftyp" else "MP4"
    if head[257:262] == b"ustar":
        return "TAR"
    return _text_kind(head)


def _text_kind(head: bytes) -> str | None:
    text = head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<svg") or (
        text.startswith((b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in head.lower()
    ):
        return "SVG"
    if text.startswith((b"<!doctype html", b"<html", b"<script")):
        return "HTML"
    return None


def is_archive(head: bytes) -> bool:
    return kind_of(head) in _ARCHIVES


def is_video(head: bytes) -> bool:
    return kind_of(head) in VIDEO_KINDS
