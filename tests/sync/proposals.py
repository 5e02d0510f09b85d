"""Proposals to judge: one box that a model has found, and what the keys of the audit send about it."""

from typing import Any
from uuid import UUID

from annotate.detection.plan import Candidate
from annotate.detection.propose import propose
from annotate.geometry import Edges
from annotate.models import Box, Frame, Proposal

from .test_ratings import look
from .world import Author, World

FOUND = Edges(10, 20, 110, 90)


def proposed(world: World, frame: Frame) -> UUID:
    """The box of a proposal, made at the next revision."""
    detection = look(world, frame)
    detection.frames.all().delete()
    propose(detection, frame.pk, [Candidate(FOUND, "car", 0.87)], labels=world.labels, dropped={}, timings={})
    return Proposal.objects.get(detection=detection).box_id


def verdicts(world: World) -> dict[str, tuple[str, dict[str, Any]]]:
    """By key or act: kind and fields of the command."""
    return {
        "A": ("set", {"status": "accepted", "feedback": "positive"}),
        "S": ("set", {"status": "rejected", "feedback": "negative"}),
        "D": ("set", {"status": "proposed", "feedback": "neutral"}),
        "J": ("set", {"status": "accepted"}),
        "K": ("set", {"status": "rejected"}),
        "Delete": ("delete", {}),
        "move": ("set", {"x1": 12.0, "status": "accepted"}),
        "relabel": ("set", {"label": world.labels["bus"], "status": "accepted"}),
    }


def judge(world: World, author: Author, box: UUID, act: str, *, seen: int | None = None, **rest: Any) -> Any:
    """As the browser does it. ``seen``: the version of status and rating that the person went by, None: the present."""
    kind, fields = verdicts(world)[act]
    versions = Box.objects.get(pk=box).versions
    base = {name: versions[name] if seen is None else seen for name in (*fields, "status", "feedback")}
    gesture = f"{author.client}.{author.counter}"
    return author.do(kind, box, base=base, **{"gesture": gesture, "ms": 1600, **rest}, **fields)


def standing(box: UUID) -> tuple[Any, ...]:
    """Outcome, rating, who, revision and milliseconds of the verdict that holds."""
    row = Proposal.objects.get(pk=box)
    return row.outcome, row.feedback, row.judged_by_id, row.judged_revision, row.ms
