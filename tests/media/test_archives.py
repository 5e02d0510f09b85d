"""Zip archives, honest and hostile ones. A hostile archive is refused as a whole, before anything is unpacked."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from annotate.media.archives import Archive, Entry
from annotate.media.limits import ArchiveLimits, ImageLimits
from annotate.media.refusals import MESSAGES, Refused
from tests.media.conftest import files_below
from tests.media.pictures import archive, jpeg, numbered

LIMITS = ArchiveLimits(
    total_bytes=40_000_000, entries=100, ratio_from_bytes=1_000_000, directory_bytes=50_000
)
IMAGES = ImageLimits(file_bytes=5_000_000, pixels=1_000_000)


def entries_of(data: bytes, folder: Path, limits: ArchiveLimits = LIMITS) -> list[Entry]:
    path = folder / "upload"
    path.write_bytes(data)
    opened = Archive(path, limits, IMAGES)
    try:
        return list(opened)
    finally:
        opened.close()


def code_of(data: bytes, folder: Path, limits: ArchiveLimits = LIMITS) -> str:
    with pytest.raises(Refused) as raised:
        entries_of(data, folder, limits)
    assert "%(" not in raised.value.refusal.message
    return raised.value.refusal.code


def code_unopened(data: bytes, folder: Path) -> str:
    """The refusal of an archive that is refused by its list alone, before anything is unpacked."""
    path = folder / "upload"
    path.write_bytes(data)
    with pytest.raises(Refused) as raised:
        Archive(path, LIMITS, IMAGES)
    return raised.value.refusal.code


def special(name: str, mode: int, content: bytes = b"/etc/passwd") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        made.writestr("good.jpg", jpeg())
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        made.writestr(info, content)
    return data.getvalue()


def test_it_yields_images_in_order_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    files = {"b/2.jpg": jpeg(), "a/1.png": numbered(1), "notes.txt": b"x", "labels/1.xml": b"<a/>"}
    found = entries_of(archive(files), tmp_path)
    assert [entry.name for entry in found] == list(files)
    assert [entry.data is not None for entry in found] == [True, True, False, False]
    assert all(entry.refusal is None for entry in found)


def test_noise_of_operating_systems_does_not_count(tmp_path: Path) -> None:
    files = {
        "a.jpg": jpeg(),
        "__MACOSX/._a.jpg": b"x",
        ".DS_Store": b"x",
        "p/Thumbs.db": b"x",
        "p/._b.jpg": b"x",
    }
    assert [entry.name for entry in entries_of(archive(files), tmp_path)] == ["a.jpg"]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.jpg",
        "a/../../evil.jpg",
        "/etc/cron.d/evil.jpg",
        "..\\evil.jpg",
        "C:\\evil.jpg",
        "c:evil.jpg",
        "\\\\host\\share\\evil.jpg",
    ],
)
def test_u6_an_entry_that_leads_outside_refuses_the_whole_archive(name: str, tmp_path: Path) -> None:
    assert code_of(archive({"good.jpg": jpeg(), name: jpeg()}), tmp_path) == "archive_path"
    assert files_below(tmp_path) == ["upload"]


def test_u6_a_name_cut_by_a_zero_byte_is_judged_in_full(tmp_path: Path) -> None:
    data = archive({"good.jpgX/../../evil.jpg": jpeg()}).replace(b"good.jpgX/", b"good.jpg\0/")
    assert code_of(data, tmp_path) == "archive_path"


@pytest.mark.parametrize(
    "mode",
    [
        stat.S_IFLNK | 0o777,
        stat.S_IFCHR | 0o600,
        stat.S_IFBLK | 0o600,
        stat.S_IFIFO | 0o600,
        stat.S_IFSOCK | 0o600,
    ],
)
def test_u6_links_devices_and_pipes_refuse_the_whole_archive(mode: int, tmp_path: Path) -> None:
    assert code_of(special("evil.jpg", mode), tmp_path) == "archive_special"


def test_u7_a_bomb_of_ratio_is_refused_by_what_it_claims(tmp_path: Path) -> None:
    data = archive({"zeros.jpg": bytes(4_900_000), "more.jpg": bytes(4_900_000)})
    assert len(data) < 20_000
    assert code_unopened(data, tmp_path) == "archive_ratio"


def lying(content: bytes, claimed: int) -> bytes:
    """An archive whose list and headers claim another size than is packed."""
    data = bytearray(archive({"zeros.jpg": content}))
    struct.pack_into("<I", data, 22, claimed)  # local header: uncompressed size
    directory = data.find(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, claimed)
    return bytes(data)


def test_u7_a_bomb_that_lies_about_its_size_gives_no_more_than_it_claimed(tmp_path: Path) -> None:
    data = lying(bytes(4_000_000), 1000)
    path = tmp_path / "upload"
    path.write_bytes(data)
    opened = Archive(path, LIMITS, IMAGES)
    [entry] = opened
    opened.close()
    assert entry.refusal is not None and entry.refusal.code == "entry_damaged"
    assert opened.unpacked <= 1000


def test_u7_what_is_unpacked_is_counted_whatever_was_claimed(tmp_path: Path) -> None:
    files = {f"{number}.jpg": numbered(number, (400, 400)) for number in range(4)}
    unpacked = sum(map(len, files.values()))
    path = tmp_path / "upload"
    path.write_bytes(archive(files, zipfile.ZIP_STORED))
    opened = Archive(path, LIMITS, IMAGES)
    opened.limits = ArchiveLimits(total_bytes=unpacked - 1)
    with pytest.raises(Refused, match="archive_too_large"):
        list(opened)
    opened.close()
    assert opened.unpacked <= unpacked


def test_u7_more_bytes_than_allowed_are_refused(tmp_path: Path) -> None:
    files = {f"{number}.jpg": bytes(range(256)) * 4000 for number in range(41)}
    assert code_unopened(archive(files, zipfile.ZIP_STORED), tmp_path) == "archive_too_large"


def test_u7_more_files_than_allowed_are_refused(tmp_path: Path) -> None:
    limits = ArchiveLimits(total_bytes=40_000_000, entries=100)
    assert code_of(archive({f"{n}.jpg": b"x" for n in range(101)}), tmp_path, limits) == "archive_too_many"


def test_u7_a_list_of_files_that_is_itself_a_bomb_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = archive({"a" * 60_000: b"x"})
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("it was read"))
    assert code_of(data, tmp_path) == "archive_too_many"


def test_u7_a_second_end_record_does_not_hide_the_real_list(tmp_path: Path) -> None:
    """The comment holds an end record that claims a short list; zipfile reads the last one, and so do we."""
    data = bytearray(archive({"a" * 60_000: b"x"}))
    end = data.rfind(b"PK\x05\x06")
    decoy = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 10, 0, 0)
    struct.pack_into("<H", data, end + 20, len(decoy))
    with pytest.raises(Refused):
        entries_of(bytes(data) + decoy, tmp_path)


def test_u7_the_64_bit_size_of_the_list_counts(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(b"PK\x03\x04" + end64 + locator + end)
    with pytest.raises(Refused, match="archive_too_many"):
        Archive(path, LIMITS, IMAGES)


@pytest.mark.parametrize("kind", ["zip", "gz", "7z", "rar"])
def test_u7_an_archive_inside_is_not_opened(kind: str, tmp_path: Path) -> None:
    inner = {
        "zip": archive({"a.jpg": jpeg()}),
        "gz": b"\x1f\x8b\x08" + bytes(600),
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(600),
        "rar": b"Rar!\x1a\x07" + bytes(600),
    }[kind]
    found = entries_of(archive({"a.jpg": jpeg(), f"inner.{kind}": inner}), tmp_path)
    assert found[0].data == jpeg()
    assert (
        found[1].data is None and found[1].refusal is not None and found[1].refusal.code == "nested_archive"
    )


def test_a_file_over_the_limit_of_one_image_is_refused_and_the_rest_taken(tmp_path: Path) -> None:
    files = {"huge.jpg": bytes(range(256)) * 20_000, "good.jpg": jpeg()}
    found = entries_of(archive(files, zipfile.ZIP_STORED), tmp_path)
    assert found[0].refusal is not None and found[0].refusal.code == "file_too_large"
    assert found[1].data == jpeg()


def test_u15_a_damaged_entry_is_refused_and_the_rest_taken(tmp_path: Path) -> None:
    data = bytearray(archive({"bad.jpg": jpeg(size=(300, 300)), "good.jpg": jpeg()}, zipfile.ZIP_STORED))
    data[100] ^= 0xFF  # its checksum does not fit any more
    found = entries_of(bytes(data), tmp_path)
    assert found[0].refusal is not None and found[0].refusal.code == "entry_damaged"
    assert found[1].data == jpeg()


def test_a_password_is_refused(tmp_path: Path) -> None:
    data = bytearray(archive({"a.jpg": jpeg()}))
    directory = data.find(b"PK\x01\x02")
    data[6] |= 1
    data[directory + 8] |= 1
    assert code_of(bytes(data), tmp_path) == "archive_encrypted"


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"PK\x03\x04", b"PK\x05\x06" + bytes(10), b"PK\x03\x04" + bytes(2000), jpeg()]
)
def test_what_is_no_archive_is_refused(data: bytes, tmp_path: Path) -> None:
    assert code_of(data, tmp_path) == "archive_unreadable"


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_u15_part_of_an_archive_is_refused(share: float, tmp_path: Path) -> None:
    data = archive({f"{number}.png": numbered(number) for number in range(9)})
    assert code_of(data[: int(len(data) * share)], tmp_path) == "archive_unreadable"


def test_every_refusal_has_a_text() -> None:
    assert all(str(text).strip() for text in MESSAGES.values())
