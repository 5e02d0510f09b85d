"""How far a run is: ``progress.jsonl``, a JSON object per line, for whoever watches the training."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE_NAME = "progress.jsonl"
MAX_READ_BYTES = 1_000_000
SECONDS_BETWEEN = 1.0


class Progress:
    """Of one stage. Nobody has to watch: a line that cannot be written is left out."""

    def __init__(self, folder: Path, stage: str) -> None:
        self._path = folder / FILE_NAME
        self._stage = stage
        self._spoken_at = 0.0

    def say(self, **values: Any) -> None:
        """``values`` are JSON; the stage and the time are added."""
        line = {"stage": self._stage, **values, "at": datetime.now(UTC).isoformat(timespec="milliseconds")}
        self._spoken_at = time.monotonic()
        try:
            with self._path.open("ab") as file:
                file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        except OSError:
            return

    def murmur(self, **values: Any) -> None:
        """As ``say``, but at most once a second."""
        if time.monotonic() - self._spoken_at >= SECONDS_BETWEEN:
            self.say(**values)


def read_progress(folder: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The whole lines from a byte offset on, and where to go on reading. Lines that are no objects are skipped."""
    try:
        with (folder / FILE_NAME).open("rb") as file:
            file.seek(offset)
            data = file.read(MAX_READ_BYTES)
    except OSError:
        return [], offset
    whole = data[: data.rfind(b"\n") + 1]
    return [line for line in map(_parsed, whole.splitlines()) if line is not None], offset + len(whole)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
