"""Just enough of the Protocol Buffers wire format to look into an ONNX file before anything runs it.

https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIXED_LENGTHS = {FIXED64: 8, FIXED32: 4}

Value = int | memoryview


class Malformed(ValueError):
    """The bytes are no message."""


def fields(message: memoryview) -> Iterator[tuple[int, Value]]:
    """Number and value of each field, in order; nothing is copied. Raises Malformed."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        kind, number = key & 7, key >> 3
        if kind == VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == BYTES:
            length, at = _varint(message, at)
        elif kind in FIXED_LENGTHS:
            length = FIXED_LENGTHS[kind]
        else:
            raise Malformed(f"wire type {kind}")
        if length > end - at:
            raise Malformed("a field goes beyond the end")
        yield number, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise Malformed("cut off")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise Malformed("a number is too long")
