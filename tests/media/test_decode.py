"""What may come in, and how it is stored: bytes in, bytes out."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from annotate.media import thumbnails
from annotate.media.decode import FORMATS, Picture, decode
from annotate.media.limits import ImageLimits
from annotate.media.refusals import MESSAGES, Refused
from tests.media import pictures
from tests.media.pictures import BLUE, GREEN, RED, YELLOW, corners, file_of, is_near, jpeg, pixels

LIMITS = ImageLimits(file_bytes=8_000_000, pixels=4_000_000)


def take(data: bytes, limits: ImageLimits = LIMITS) -> Picture:
    return decode(data, limits)


def code_of(data: bytes, limits: ImageLimits = LIMITS) -> str:
    """The refusal; its text has to be complete."""
    with pytest.raises(Refused) as raised:
        take(data, limits)
    refusal = raised.value.refusal
    assert refusal.code in MESSAGES and "%(" not in refusal.message
    return refusal.code


SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
FOREIGN = {
    "SVG": SVG,
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n" + b" " * 500,
    "PSD": b"8BPS\0\1" + bytes(600),
    "PDF": b"%PDF-1.7\n" + bytes(600),
    "FITS": b"SIMPLE  =                    T" + b" " * 2850,
    "DDS": b"DDS " + bytes(600),
    "HTML": b"<!doctype html><script>alert(1)</script>" + b" " * 500,
    "HEIC": b"\0\0\0\x18ftypheic" + bytes(600),
    "ICO": b"\0\0\x01\0\x01\0" + bytes(600),
    "GZIP": b"\x1f\x8b\x08" + bytes(600),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_u2_u10_what_is_no_photograph_is_refused_whatever_its_name_says(kind: str) -> None:
    assert code_of(FOREIGN[kind]) == "kind_not_accepted"


def test_u10_only_the_decoders_of_the_list_are_ever_tried() -> None:
    assert set(FORMATS) == {"JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"}
    for kind in ("PPM", "TGA", "PCX", "ICO", "JPEG2000"):
        assert code_of(file_of(corners(), kind)) in {"not_an_image", "kind_not_accepted"}


def test_u10_whoever_replaces_the_function_of_pillow_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ultralytics does: what cannot be read is tried with a decoder that it loads, or another error is raised."""

    def loads_a_decoder(*_args: object, **_options: object) -> None:
        raise ModuleNotFoundError("pi_heif")

    monkeypatch.setattr(Image, "open", loads_a_decoder)
    assert code_of(b"\xff") == "not_an_image"
    assert take(file_of(corners(), "PNG")).media_type == "image/png"


@pytest.mark.parametrize("kind", FORMATS)
def test_u1_the_type_is_decided_by_decoding(kind: str) -> None:
    picture = take(file_of(corners(), kind))
    assert (picture.width, picture.height) == (48, 32)
    with Image.open(io.BytesIO(picture.data)) as stored:
        assert Image.MIME[stored.format or ""] == picture.media_type
        assert stored.mode in {"L", "RGB"}
    assert is_near(pixels(picture.data), corners(), 25 if kind == "GIF" else 8)


def test_u1_what_follows_the_image_is_not_kept() -> None:
    """A file that is an image and a script or an archive at once is only the image afterwards."""
    tail = b"PK\x03\x04<script>alert(1)</script>" + pictures.archive({"a.exe": b"MZ"})
    for kind in ("JPEG", "PNG", "WEBP"):
        assert b"script" not in take(file_of(corners(), kind) + tail).data


def test_u8_the_pixels_are_counted_before_they_are_decoded() -> None:
    assert code_of(pictures.pixel_flood()) == "too_many_pixels"
    assert code_of(jpeg(size=(2100, 2000))) == "too_many_pixels"
    assert code_of(pictures.pixel_flood(31_000, 100)) == "side_too_long"


def test_u8_a_jpeg_of_too_many_passes_is_refused_undecoded() -> None:
    data = file_of(corners(640, 480), "JPEG", progressive=True)
    assert take(data).width == 640
    assert code_of(data, ImageLimits(file_bytes=8_000_000, pixels=4_000_000, scans=3)) == "too_many_scans"


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_u9_u14_of_an_animation_the_first_picture_is_taken(kind: str) -> None:
    picture = take(pictures.animated(kind))
    with Image.open(io.BytesIO(picture.data)) as stored:
        assert getattr(stored, "n_frames", 1) == 1
    assert is_near(pixels(picture.data), Image.new("RGB", (40, 30), RED))


def test_u9_of_a_tiff_with_many_pages_only_the_first_is_read() -> None:
    pages = [Image.new("RGB", (40, 30), color) for color in (BLUE, RED)]
    picture = take(file_of(pages[0], "TIFF", save_all=True, append_images=pages[1:] * 200))
    assert is_near(pixels(picture.data), pages[0])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("value", range(1, 9))
def test_u11_exif_orientation_is_applied_once(value: int, kind: str) -> None:
    picture = take(pictures.with_orientation(value, kind))
    assert (picture.width, picture.height) == (48, 32)
    assert is_near(pixels(picture.data), corners()), value
    with Image.open(io.BytesIO(picture.data)) as stored:
        assert stored.getexif().get(pictures.ORIENTATION) is None, "a browser would turn it once more"
        assert is_near(pixels(thumbnails.small(stored)), corners(), 12)


@pytest.mark.parametrize("value", [0, 9, 65_535])
def test_u11_an_orientation_that_does_not_exist_turns_nothing(value: int) -> None:
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = value
    assert is_near(pixels(take(file_of(corners(), "JPEG", exif=exif)).data), corners())


def test_u12_cmyk_becomes_rgb_of_the_same_colours() -> None:
    picture = take(file_of(corners(mode="CMYK"), "JPEG", quality=95))
    with Image.open(io.BytesIO(picture.data)) as stored:
        assert stored.mode == "RGB"
    assert is_near(pixels(picture.data), corners(), 14)


def test_u12_the_cmyk_of_photoshop_is_not_turned_inside_out() -> None:
    """Adobe writes CMYK inverted, with a marker; YCCK has another value in the same marker."""
    data = file_of(corners(mode="CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data
    colours = pixels(take(data).data)
    for place, wanted in {(2, 2): RED, (2, 45): GREEN, (29, 2): BLUE, (29, 45): YELLOW}.items():
        assert np.abs(colours[place] - np.array(wanted)).max() < 40


class TestDepthAndTransparency:
    @pytest.mark.parametrize("brightest", [255, 1023, 4095, 16_383, 65_535])
    def test_u13_deep_gray_is_scaled_by_its_depth_and_never_black(self, brightest: int) -> None:
        ramp = np.linspace(0, brightest, 64).reshape(8, 8)
        stored = pixels(take(pictures.deep(ramp)).data)[..., 0]
        assert stored[0, 0] <= 2 and stored[-1, -1] >= 250
        assert (np.diff(stored.ravel()) >= 0).all()

    def test_u13_a_flat_deep_image_is_not_black(self) -> None:
        assert pixels(take(pictures.deep(np.full((8, 8), 900))).data).min() > 100

    @pytest.mark.parametrize("mode", ["I", "F"])
    def test_u13_numbers_of_any_size_are_stretched(self, mode: str) -> None:
        values = np.linspace(-1000, 90_000, 64).reshape(8, 8)
        image = Image.fromarray(values.astype(np.int32 if mode == "I" else np.float32))
        stored = pixels(take(file_of(image, "TIFF")).data)[..., 0]
        assert stored.min() == 0 and stored.max() == 255

    def test_u13_not_a_number_does_not_spoil_the_rest(self) -> None:
        values = np.linspace(0, 1, 64).reshape(8, 8).astype(np.float32)
        values[0, 0], values[0, 1] = np.nan, np.inf
        stored = pixels(take(file_of(Image.fromarray(values), "TIFF")).data)[..., 0]
        assert stored[-1, -1] == 255 and stored[4, 0] > 100

    def test_u13_bilevel_keeps_black_and_white(self) -> None:
        image = Image.new("1", (16, 8), 0)
        image.paste(1, (8, 0, 16, 8))
        stored = pixels(take(file_of(image, "PNG")).data)
        assert stored[0, 0].tolist() == [0, 0, 0] and stored[0, 15].tolist() == [255, 255, 255]

    @pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF"])
    def test_u13_a_palette_is_resolved(self, kind: str) -> None:
        assert is_near(pixels(take(file_of(corners().quantize(8), kind)).data), corners())

    @pytest.mark.parametrize(
        ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "LA"), ("WEBP", "RGBA"), ("TIFF", "RGBA")]
    )
    def test_u13_transparent_parts_lie_on_white(self, kind: str, mode: str) -> None:
        image = corners(mode=mode)
        image.putalpha(Image.new("L", image.size, 0))
        stored = pixels(take(file_of(image, kind)).data)
        assert stored.min() >= 250

    def test_u13_a_transparent_colour_of_a_palette_lies_on_white(self) -> None:
        image = corners().quantize(4)
        stored = pixels(take(file_of(image, "PNG", transparency=image.getpixel((2, 2)))).data)
        assert stored[2, 2].tolist() == [255, 255, 255] and stored[2, 45].tolist() != [255, 255, 255]

    def test_u13_gray_stays_gray(self) -> None:
        with Image.open(io.BytesIO(take(file_of(corners(mode="L"), "JPEG")).data)) as stored:
            assert stored.mode == "L"

    @pytest.mark.parametrize("mode", ["LAB", "YCbCr"])
    def test_u13_other_colour_spaces_become_rgb(self, mode: str) -> None:
        source = corners()
        if mode == "LAB":
            profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
            image = ImageCms.profileToProfile(source, *profiles, outputMode="LAB")
            assert image is not None
        else:
            image = source.convert(mode)
        assert is_near(pixels(take(file_of(image, "TIFF")).data), source, 25)

    def test_u13_a_colour_profile_stays(self) -> None:
        for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
            picture = take(file_of(corners(), kind, icc_profile=pictures.srgb_profile()))
            with Image.open(io.BytesIO(picture.data)) as stored:
                assert stored.info.get("icc_profile"), kind

    def test_u13_a_profile_for_other_colours_goes(self) -> None:
        gray = file_of(corners(mode="L"), "TIFF", icc_profile=pictures.srgb_profile())
        with Image.open(io.BytesIO(take(gray).data)) as stored:
            assert not stored.info.get("icc_profile")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.9])
def test_u15_part_of_a_file_is_refused(kind: str, share: float) -> None:
    """Of a picture of noise, so that half of the file is half of the picture."""
    noise = np.random.default_rng(7).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    data = file_of(Image.fromarray(noise), kind)
    assert code_of(data[: int(len(data) * share)]) in {"empty", "truncated", "damaged", "not_an_image"}


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"BM"]
)
def test_u15_hardly_any_file_is_refused(data: bytes) -> None:
    assert code_of(data) in {"empty", "truncated", "damaged", "not_an_image"}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_u15_damage_in_the_middle_never_escapes_as_an_error() -> None:
    """Seeded: every byte string gives a picture or a refusal, nothing else."""
    random = np.random.default_rng(20_261)
    samples = [file_of(corners(), kind) for kind in FORMATS]
    outcomes: set[str] = set()
    for number in range(600):
        data = bytearray(samples[number % len(samples)])
        for _ in range(int(random.integers(1, 12))):
            data[int(random.integers(0, len(data)))] = int(random.integers(0, 256))
        try:
            outcomes.add(take(bytes(data)).media_type)
        except Refused as refused:
            outcomes.add(refused.refusal.code)
    assert {"image/png", "damaged"} <= outcomes


@pytest.mark.parametrize("size", [(20_000, 1), (1, 20_000), (1, 1)])
def test_u16_extreme_shapes_are_taken_and_have_a_thumbnail(size: tuple[int, int]) -> None:
    picture = take(file_of(Image.new("RGB", size, GREEN), "PNG"))
    assert (picture.width, picture.height) == size
    with (
        Image.open(io.BytesIO(picture.data)) as stored,
        Image.open(io.BytesIO(thumbnails.small(stored))) as small,
    ):
        assert min(small.size) >= 1 and max(small.size) <= thumbnails.LONG_SIDE_PX


def test_u17_the_largest_legal_image_is_taken() -> None:
    limits = ImageLimits(file_bytes=100_000_000, pixels=25_000_000)
    picture = take(jpeg(size=(5000, 5000)), limits)
    assert (picture.width, picture.height) == (5000, 5000)
    assert code_of(jpeg(size=(5001, 5000)), limits) == "too_many_pixels"


SECRETS = (b"Secret", b"GPS", b"Exif", b"xmpmeta", b"Photoshop")


def test_u19_a_jpeg_loses_all_that_is_not_picture_and_no_pixel() -> None:
    data = pictures.with_place()
    assert all(word in data for word in (b"SecretCamera", b"SecretComment", b"SecretXmp"))
    stored = take(data).data
    assert not any(word in stored for word in SECRETS)
    assert (pixels(stored) == pixels(data)).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "GIF"])
def test_u19_other_kinds_lose_it_too(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    options: dict[str, Any] = {"comment": b"SecretComment"} if kind == "GIF" else {"exif": exif}
    data = file_of(corners(), kind, **options)
    assert b"Secret" in data
    assert b"Secret" not in take(data).data


def test_u19_the_preview_that_cameras_hide_in_a_jpeg_goes() -> None:
    hidden = jpeg(RED, (160, 120))
    header = b"Exif\0\0" + hidden
    data = jpeg()
    segment = b"\xff\xe1" + struct.pack(">H", len(header) + 2) + header
    stored = take(data[:2] + segment + data[2:]).data
    assert stored.count(b"\xff\xd8\xff") == 1


def test_u19_thumbnails_carry_nothing() -> None:
    with Image.open(io.BytesIO(pictures.with_place())) as image:
        small = thumbnails.small(image)
    assert not any(word in small for word in SECRETS)


def test_the_same_picture_sent_twice_is_stored_under_one_name() -> None:
    assert take(jpeg()).md5 == take(jpeg()).md5
    assert take(jpeg()).md5 != take(jpeg(RED)).md5
