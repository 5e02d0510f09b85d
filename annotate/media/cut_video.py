"""``python -I cut_video.py <JSON>``: decodes a video and writes its images to standard output.

A program of its own, alone with the file: it imports nothing of ours, gets no secrets in its environment, and
limits its own processor time, memory and files before a decoder sees the first byte. Messages on standard
output: 4 bytes big-endian length, that much JSON, then, for an image, ``bytes`` bytes of JPEG.

    {"kind": "start", "frames": 300, "width": 1920, "height": 1080, "rate": 30.0}
    {"kind": "image", "number": 15, "bytes": 81234}
    {"kind": "end", "frames": 300}        {"kind": "error", "code": "not_a_video"}
"""

import contextlib
import json
import math
import os
import resource
import struct
import sys
from typing import Any, BinaryIO

JPEG_QUALITY = 95
USUAL_RATE = 25.0  # for a video that does not say


def limit_ourselves(cpu_seconds: int, memory_bytes: int) -> None:
    wanted = {
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, limit in wanted.items():
        with contextlib.suppress(ValueError, OSError):  # macOS knows RLIMIT_AS but refuses to set it
            resource.setrlimit(what, (limit, limit))


def send(out: BinaryIO, message: dict[str, Any], data: bytes = b"") -> None:
    head = json.dumps(message).encode()
    out.write(struct.pack(">I", len(head)) + head + data)
    out.flush()


def main() -> None:
    order = json.loads(sys.argv[1])
    limit_ourselves(order["cpu_seconds"], order["memory_bytes"])
    import cv2  # after the limits: its decoders are what they are for

    out = sys.stdout.buffer
    video = cv2.VideoCapture(order["path"], cv2.CAP_FFMPEG)
    width = int(video.get(cv2.CAP_PROP_FRAME_WIDTH))
    height = int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
    if not video.isOpened() or width < 1 or height < 1:
        return send(out, {"kind": "error", "code": "not_a_video"})
    if width * height > order["pixels"]:
        return send(out, {"kind": "error", "code": "too_many_pixels", "pixels": width * height})
    video.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    cut(cv2, video, order, out)


def cut(cv2: Any, video: Any, order: dict[str, Any], out: BinaryIO) -> None:
    rate = video.get(cv2.CAP_PROP_FPS)
    rate = rate if math.isfinite(rate) and 0 < rate <= 1000 else USUAL_RATE
    frames = video.get(cv2.CAP_PROP_FRAME_COUNT)
    frames = int(frames) if math.isfinite(frames) and 0 < frames < 1e9 else 0
    send(out, {"kind": "start", "frames": frames, "rate": rate})
    number = sent = 0
    parent = os.getppid()
    choose = EveryNth(order["every"]) if order.get("every") else PerSecond(order["per_second"], rate)
    while sent < order["most"] and os.getppid() == parent and video.grab():
        if choose.wants(number, video.get(cv2.CAP_PROP_POS_MSEC) / 1000):
            sent += send_image(cv2, video, number, out)
        number += 1
    send(out, {"kind": "end", "frames": number, "stopped": sent >= order["most"]})


def send_image(cv2: Any, video: Any, number: int, out: BinaryIO) -> int:
    ok, pixels = video.retrieve()
    if not ok:
        return 0
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    colours = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    ok, encoded = cv2.imencode(".jpg", pixels, quality + colours)
    if not ok:
        return 0
    data = encoded.tobytes()
    send(out, {"kind": "image", "number": number, "bytes": len(data)}, data)
    return 1


class EveryNth:
    def __init__(self, step: int) -> None:
        self.step = step

    def wants(self, number: int, seconds: float) -> bool:
        return number % self.step == 0


class PerSecond:
    """At 2 per second the images nearest after 0, 0.5, 1 ... s, by the clock of the video where it has one."""

    def __init__(self, per_second: float, rate: float) -> None:
        self.per_second = per_second
        self.rate = rate
        self.taken = 0
        self.now = -1.0

    def wants(self, number: int, seconds: float) -> bool:
        follows = math.isfinite(seconds) and self.now < seconds < self.now + 60
        self.now = seconds if follows else max(self.now, 0.0) + 1 / self.rate * (number > 0)
        if self.now + 0.5 / self.rate / 10 < self.taken / self.per_second:
            return False
        self.taken = max(self.taken + 1, math.ceil(self.now * self.per_second + 1e-6))
        return True


if __name__ == "__main__":
    main()
