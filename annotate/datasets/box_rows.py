"""Boxes of the database as records, for exports and for versions alike. ``alias``: of the connection that reads."""

from collections.abc import Sequence
from typing import Any

from ..geometry import Edges
from ..models import Label, ModelVersion, Project, User
from .formats.records import BoxRecord

TRACK = "track"
"""The attribute that says which boxes are the same object."""

COLUMNS = (
    *(
        "frame_id",
        "id",
        "x1",
        "y1",
        "x2",
        "y2",
        "label_id",
        "attributes",
        "z",
        "source",
        "status",
        "feedback",
    ),
    *("confidence", "created_by_id", "detection_id", "created_revision"),
)
VERDICT_COLUMNS = (
    *("proposal__outcome", "proposal__iou", "proposal__judged_by_id", "proposal__judged_at"),
    *("proposal__class_name", "proposal__detection__model_version_id", "proposal__by_machine"),
)


class BoxRows:
    """Makes records of rows of ``columns``."""

    columns = COLUMNS + VERDICT_COLUMNS

    def __init__(self, project: Project, alias: str) -> None:
        self.alias = alias
        self.names = dict(Label.objects.using(alias).filter(project=project).values_list("pk", "name"))
        self._people: dict[int, str] = {}
        self._models: dict[int, str] = {}

    def record(self, row: Sequence[Any]) -> BoxRecord:
        _frame, pk, x1, y1, x2, y2, label, attributes, z, source, status, feedback, *rest = row
        confidence, by, detection, revision, *verdict = rest
        attributes = dict(attributes)
        track = attributes.pop(TRACK, None)
        extra = {"created_revision": revision, **self._origin(detection), **self._verdict(verdict)}
        return BoxRecord(
            label=self.names[label],
            edges=Edges(x1, y1, x2, y2),
            id=str(pk),
            source=source,
            status=status,
            feedback=feedback,
            confidence=confidence,
            attributes=attributes,
            z=z,
            track=None if track is None else str(track),
            author=self._person(by),
            extra=extra,
        )

    def _origin(self, detection: Any) -> dict[str, Any]:
        return {} if detection is None else {"detection": str(detection)}

    def _verdict(self, row: Sequence[Any]) -> dict[str, Any]:
        """What a model had proposed, and what a person made of it. ``iou``: between the two. ``by_machine``: accepted
        without a person, where it was."""
        outcome, iou, by, at, class_name, model, by_machine = row
        if outcome is None:
            return {}
        verdict = {"outcome": outcome, "iou": iou, "class": class_name, "by": self._person(by)}
        verdict["at"] = at.isoformat() if at else None
        verdict |= {"by_machine": True} if by_machine else {}
        return {"verdict": verdict, "model": self._model(model)}

    def _person(self, pk: int | None) -> str:
        if pk is not None and pk not in self._people:
            name = User.objects.using(self.alias).filter(pk=pk).values_list("username", flat=True).first()
            self._people[pk] = name or ""
        return self._people[pk] if pk is not None else ""

    def _model(self, pk: int | None) -> str:
        if pk is not None and pk not in self._models:
            self._models[pk] = str(ModelVersion.objects.using(self.alias).filter(pk=pk).first() or "")
        return self._models[pk] if pk is not None else ""
