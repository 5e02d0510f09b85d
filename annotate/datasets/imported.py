"""How an import ends: what it did, or why it could not."""

from dataclasses import dataclass

from .merging import Plan


class ImportChanged(Exception):
    """The project is no longer what it was when the file was checked. Nothing was written. ``template`` is translated
    and filled with ``values`` where somebody reads it."""

    def __init__(self, template: str, **values: str) -> None:
        super().__init__(template % values)
        self.template = template
        self.values = values


@dataclass(slots=True)
class Imported:
    """What was done. Boxes, but for ``frames`` (how many were changed), ``new_frames``, ``new_labels`` and ``blind``:
    frames of the blind sample that got no proposals."""

    project: int = 0
    frames: int = 0
    new_frames: int = 0
    new_labels: int = 0
    added: int = 0
    present: int = 0
    changed: int = 0
    removed: int = 0
    kept_deleted: int = 0
    skipped: int = 0
    left_out: int = 0
    blind: int = 0

    def count(self, plan: Plan) -> None:
        for name in ("added", "present", "changed", "removed", "kept_deleted", "skipped"):
            setattr(self, name, getattr(self, name) + getattr(plan, name))
