"""Ids that sort by the time they were made (RFC 9562, version 7), as browsers make them: kind to an index."""

import secrets
import time
from uuid import UUID

VERSION, VARIANT = 0x7, 0b10


def uuid7() -> UUID:
    milliseconds = time.time_ns() // 1_000_000
    random_a, random_b = secrets.randbits(12), secrets.randbits(62)
    return UUID(int=milliseconds << 80 | VERSION << 76 | random_a << 64 | VARIANT << 62 | random_b)
