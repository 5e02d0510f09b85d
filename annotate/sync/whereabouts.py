"""Who is on which frame of a project, in all processes: for the filmstrip. Soft state, like presence."""

import time
from typing import Any

from .presence import FORGET_AFTER_S

Places = dict[str, list[dict[str, Any]]]
"""Per frame id (as text: it goes out as JSON) the people on it: ``user`` and ``name``, each once."""


class Whereabouts:
    def __init__(self) -> None:
        self._remote: dict[int, dict[str, tuple[float, Places]]] = {}

    def everywhere(self, project_id: int, local: Places) -> Places:
        """All frames of the project that somebody is on."""
        merged: dict[str, dict[int, dict[str, Any]]] = {}
        for places in [local, *(places for _, places in self._remote.get(project_id, {}).values())]:
            for frame, people in places.items():
                merged.setdefault(frame, {}).update({person["user"]: person for person in people})
        return {
            frame: sorted(people.values(), key=lambda person: (person["name"], person["user"]))
            for frame, people in sorted(merged.items())
        }

    def update(self, project_id: int, process: str, places: Places) -> bool:
        """What another process said. True when that changes anything."""
        known = self._remote.setdefault(project_id, {})
        _, before = known.pop(process, (0.0, {}))
        if places:
            known[process] = time.monotonic(), places
        return before != places

    def forget_silent(self) -> set[int]:
        """Drop processes that stopped repeating themselves. The projects that this changes."""
        deadline = time.monotonic() - FORGET_AFTER_S
        changed = set()
        for project_id, known in self._remote.items():
            for process in [process for process, (heard, _) in known.items() if heard < deadline]:
                del known[process]
                changed.add(project_id)
        return changed

    def forget(self, project_id: int) -> None:
        self._remote.pop(project_id, None)
