"""Who is on a frame, in all processes. Soft state: repeated every few seconds, forgotten when silent."""

import time
import uuid
from typing import Any

REPEAT_S = 5.0
FORGET_AFTER_S = 12.0

Person = dict[str, Any]


class Presence:
    def __init__(self) -> None:
        self._remote: dict[str, tuple[float, list[Person]]] = {}

    @staticmethod
    def new_id() -> str:
        """A session's name on the frame; made by the server, so nobody can speak for another."""
        return uuid.uuid4().hex[:12]

    def everybody(self, local: list[Person]) -> list[Person]:
        people = [*local, *(person for _, remote in self._remote.values() for person in remote)]
        return sorted(people, key=lambda person: (person["name"], person["who"]))

    def knows(self, process: str) -> bool:
        return process in self._remote

    def update(self, process: str, people: list[Person]) -> bool:
        """What another process said. True when that changes the list."""
        _, before = self._remote.pop(process, (0.0, []))
        if people:
            self._remote[process] = time.monotonic(), people
        return before != people

    def forget_silent(self) -> bool:
        """Drop processes that stopped repeating themselves. True when that changes the list."""
        deadline = time.monotonic() - FORGET_AFTER_S
        silent = [process for process, (heard, _) in self._remote.items() if heard < deadline]
        for process in silent:
            del self._remote[process]
        return bool(silent)
