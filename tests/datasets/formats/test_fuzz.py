"""Files with random damage only ever give frames, row errors or CannotRead, and every error has a text."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from annotate.datasets.formats.catalogue import FORMATS, sniff
from annotate.datasets.formats.messages import ERRORS, LOSSES
from annotate.datasets.formats.records import CannotRead, FrameRecord, RowError

from .sets import HEADER, FolderSink, sample, sizes_of

TOKENS = [
    *(
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1e999",
        b"-1",
        b"0",
        b"1e308",
        b"9" * 400,
        b"1_000",
        b"0x10",
        b"True",
    ),
    *(
        b"null",
        b"{}",
        b"[]",
        b'""',
        b"[[[[",
        b"}",
        b"]",
        b'"',
        b"'",
        b",",
        b":",
        b"\n",
        b"\r",
        b"\x00",
        b"\xff",
    ),
    *(
        b"\xed\xa0\x80",
        b"\\ud800",
        b"\\u0000",
        b"../../etc/passwd",
        b"/etc/passwd",
        b"C:\\x",
        b"&x;",
        b"<",
        b">",
    ),
    *(
        b"</image>",
        b"<box/>",
        b"<!DOCTYPE a>",
        b"*a",
        b"&a ",
        b"!!python/object:os.system",
        b"~",
        b"- ",
        b"   ",
    ),
    *(
        b"a" * 300,
        "é".encode(),
        "\u202e".encode(),
        b"=cmd|' /C calc'!A0",
        b"1,2,3",
        b"3 0.5 0.5 9 9",
        b"\xef\xbb\xbf",
    ),
]

VALUES = [
    *(
        b"null",
        b"true",
        b"{}",
        b"[]",
        b"[[1, {}]]",
        b'{"a": [1e999]}',
        b'"x"',
        b'""',
        b"1e999",
        b"-1e999",
        b"NaN",
    ),
    *(b"0", b"-0.0", b"-1", b"0.5", b"1e-300", b"1e308", b"9" * 400, b"9" * 5000, b"9007199254740993"),
    *(b"1000001", b"2", b"3", b'"\\ud800"', b'"\\u0000"', b'"../x"', b"&#0;", b"&#x1F;", b"&#xD800;"),
]
VALUE = re.compile(rb'-?\d+(?:\.\d+)?|"[^"]*"|[a-z_]+')

Change = tuple[str, float, float, int, bytes]
mutations = st.lists(
    st.tuples(
        st.sampled_from(["delete", "insert", "replace", "repeat", "cut", "flip", *["value"] * 6]),
        st.floats(0, 1, exclude_max=True),
        st.floats(0, 1, exclude_max=True),
        st.integers(1, 40),
        st.sampled_from(TOKENS + VALUES),
    ),
    min_size=1,
    max_size=4,
)


def damaged(data: bytes, how: str, at: int, length: int, token: bytes) -> bytes:
    if how == "value":  # the file stays well formed, mostly
        found = VALUE.search(data, at)
        return data[: found.start()] + token + data[found.end() :] if found else data
    head, middle, tail = data[:at], data[at : at + length], data[at + length :]
    if how == "delete":
        return head + tail
    if how == "insert":
        return head + token + middle + tail
    if how == "replace":
        return head + token + tail
    if how == "repeat":
        return head + middle * 3 + tail
    if how == "cut":
        return head
    return head + bytes(byte ^ 0x20 for byte in middle) + tail


def valid_files(key: str) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as place:
        writer = FORMATS[key].writer(FolderSink(Path(place)), HEADER, None)
        for frame in sample():
            writer.add(frame)
        writer.close()
        assert set(writer.loss.counts) <= set(LOSSES)
        root = Path(place)
        return {
            str(one.relative_to(root)): one.read_bytes() for one in sorted(root.rglob("*")) if one.is_file()
        }


VALID = {key: valid_files(key) for key in FORMATS}


def read_all(key: str, root: Path) -> tuple[list[FrameRecord], list[RowError]]:
    reader = FORMATS[key].reader(root, sizes_of(sample()).get)
    found: list[FrameRecord] = []
    errors = reader.errors
    try:
        reader.header()
        found += reader.frames()
    except CannotRead as refused:
        errors = [*reader.errors, refused.error]
    assert set(reader.loss.counts) <= set(LOSSES)
    return found, errors


@pytest.mark.parametrize("key", FORMATS)
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(changes=mutations)
@example(changes=[("insert", 0.0, 0.0, 1, b"\xef\xbb\xbf")])
def test_damage_is_reported_and_nothing_else_happens(
    key: str, changes: list[tuple[str, float, float, int, bytes]]
) -> None:
    files = dict(VALID[key])
    for how, which, at, length, token in changes:
        name = sorted(files)[int(which * len(files))]
        files[name] = damaged(files[name], how, int(at * len(files[name])), length, token)
    with tempfile.TemporaryDirectory() as place:
        for name, data in files.items():
            path = Path(place, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        sniff(Path(place))
        found, errors = read_all(key, Path(place))
    for error in errors:
        assert ERRORS[error.code] % error.values
    for frame in found:
        frame.name.encode()
        assert not frame.name.startswith("/") and ".." not in frame.name.split("/")
        for box in frame.boxes:
            assert 0 <= box.edges.x1 < box.edges.x2 <= frame.width
            assert 0 <= box.edges.y1 < box.edges.y2 <= frame.height


@pytest.mark.parametrize("key", FORMATS)
def test_what_is_not_damaged_reads_without_errors(key: str, tmp_path: Path) -> None:
    for name, data in VALID[key].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found, errors = read_all(key, tmp_path)
    assert (len(found), errors) == (3, [])
    assert sniff(tmp_path) == key
