"""The Node process that hosts the browsers (clients.mjs): one line out, one line back."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

SCRIPT = Path(__file__).with_name("clients.mjs")
Event = list[Any]


class NodeBrowsers:
    """``due``: when the first timer of any tab rings, in seconds of the test's clock."""

    def __init__(self, sources: Path | None = None) -> None:
        """``sources``: another copy of frontend/src to run (the mutation checks patch one)."""
        program = shutil.which("node")
        assert program is not None
        changed = {"HITL_FUZZ_SOURCES": sources.as_uri() + "/"} if sources else {}
        self._process = subprocess.Popen(
            [program, str(SCRIPT)],
            env={**os.environ, **changed},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.due: float | None = None
        self.faults: list[str] = []
        self._events: list[Event] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, now: float, *calls: list[Any]) -> list[Any]:
        """Let time pass to ``now``, then do ``calls`` one after the other. Returns what each returned."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"now": now * 1000, "do": calls}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the Node process ended; its message is above"
        answer = json.loads(line)
        self.due = None if answer["due"] is None else answer["due"] / 1000
        self._events += answer["out"]
        self.faults += answer["faults"]
        results: list[Any] = answer["results"]
        return results

    def take_events(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()
