"""Images out of a video, decoded by a process that is limited and has nothing to lose (cut_video.py)."""

import contextlib
import hashlib
import json
import math
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from .. import pipes
from .refusals import Refused
from .sniff import is_video

PROGRAM = Path(__file__).with_name("cut_video.py")
SILENCE_S = 120.0
LONGEST_HEAD = 4096
SLOWEST, FASTEST = 0.01, 60.0  # images per second
# Only what lies in the file itself: no playlist, no other file, no network, whatever the file says it is.
FFMPEG_OPTIONS = "protocol_whitelist;file|format_whitelist;mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"

Wait = Callable[[], None]
"""Called now and then while the decoder works; may raise to stop it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many images: ``per_second`` of the video's time, or each ``every``-th. One of the two."""

    per_second: float = 1.0
    every: int | None = None

    @classmethod
    def parse(cls, per_second: str, every: str) -> "Rate":
        """From the fields of a form, both may be empty. Raises Refused."""
        with contextlib.suppress(ValueError):
            if every.strip():
                if 1 <= (number := int(every)) <= 1_000_000:
                    return cls(every=number)
            else:
                rate = float(per_second) if per_second.strip() else 1.0
                if math.isfinite(rate) and SLOWEST <= rate <= FASTEST:
                    return cls(per_second=rate)
        raise Refused("bad_rate", low=SLOWEST, high=int(FASTEST))


@dataclass(frozen=True, slots=True)
class VideoImage:
    """``number``: of the frame in the video, from 0. ``data``: a JPEG file, upright."""

    number: int
    data: bytes


class Cutting:
    """A running decoder. ``total`` is the expected number of images, 0 while unknown. Close it."""

    def __init__(self, path: Path, rate: Rate, wait: Wait) -> None:
        self.rate = rate
        self.wait = wait
        self.total = 0
        self.stopped_at_limit = False
        self.process = subprocess.Popen(  # noqa: S603  (our own program; the path is one JSON argument)
            [sys.executable, "-I", str(PROGRAM), json.dumps(order_for(path, rate))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=plain_environment(),
            bufsize=0,
            start_new_session=True,  # a signal that asks us to stop must not look like a broken video
        )

    def __enter__(self) -> "Cutting":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __iter__(self) -> Iterator[VideoImage]:
        """Raises Refused, and whatever ``wait`` raises."""
        while (message := self.message())["kind"] != "end":
            if message["kind"] == "error":
                raise Refused(message["code"], pixels=message.get("pixels", ""), limit=settings.MAX_PIXELS)
            if message["kind"] == "start":
                self.total = expected(int(message["frames"]), float(message["rate"]), self.rate)
                check_count(self.total)
            else:
                data = self.exactly(min(int(message["bytes"]), settings.MAX_IMAGE_BYTES))
                yield VideoImage(int(message["number"]), data)
        self.stopped_at_limit = bool(message["stopped"])

    def message(self) -> dict[str, Any]:
        (length,) = struct.unpack(">I", self.exactly(4))
        found: dict[str, Any] = json.loads(self.exactly(min(length, LONGEST_HEAD)))
        return found

    def exactly(self, size: int) -> bytes:
        """The next ``size`` bytes. Raises Refused when the decoder dies or is silent for too long."""
        if self.process.stdout is None:
            return b""
        try:
            return pipes.exactly(self.process.stdout, size, self.wait, silence_s=SILENCE_S)
        except pipes.Over:
            raise Refused(self.reason_of_death()) from None
        except pipes.Silent:
            raise Refused("video_limits") from None

    def reason_of_death(self) -> str:
        """A signal is the kernel's: time or memory. Else the decoder gave up by itself."""
        return "video_limits" if self.process.wait() < 0 else "video_damaged"


def order_for(path: Path, rate: Rate) -> dict[str, Any]:
    return {
        "path": str(path.resolve()),
        "per_second": rate.per_second,
        "every": rate.every,
        "most": settings.MAX_VIDEO_FRAMES,
        "pixels": settings.MAX_PIXELS,
        "cpu_seconds": settings.VIDEO_CPU_SECONDS,
        "memory_bytes": settings.VIDEO_MEMORY_BYTES,
    }


def plain_environment() -> dict[str, str]:
    """No password of ours may be within reach of a decoder that somebody else feeds."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return {**kept, "OPENCV_FFMPEG_CAPTURE_OPTIONS": FFMPEG_OPTIONS, "OPENCV_LOG_LEVEL": "SILENT"}


def expected(frames: int, frame_rate: float, rate: Rate) -> int:
    """How many images the header promises."""
    if rate.every:
        return math.ceil(frames / rate.every)
    return min(frames, math.ceil(frames / frame_rate * rate.per_second))


def check_count(count: int) -> None:
    """Raises Refused."""
    if count > settings.MAX_VIDEO_FRAMES:
        raise Refused("video_too_long", count=count, limit=settings.MAX_VIDEO_FRAMES)


def check_is_video(path: Path) -> None:
    """By its first bytes: playlists, which name other files and addresses, are none. Raises Refused."""
    with path.open("rb") as file:
        if not is_video(file.read(512)):
            raise Refused("not_a_video")


def md5_of_file(path: Path, wait: Wait) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            digest.update(chunk)
            wait()
    return digest.hexdigest()


def identity_of(video_md5: str, number: int) -> str:
    """What stands in for the md5 of the file of an image that came out of a video: the same image of the same
    video is never added twice, two like images of one video are both kept."""
    return hashlib.md5(f"{video_md5}#{number}".encode(), usedforsecurity=False).hexdigest()
