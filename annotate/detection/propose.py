"""Writes what a model found on one frame: proposals by the one door for edits, and the record of what was done."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from msgspec import Struct

from ..geometry import Edges
from ..models import Detection, DetectionFrame, Frame, Project, Proposal
from ..queue.scoring import OVERTAKEN
from ..sync import statements
from ..sync.fanout import announce
from ..sync.operations import EDGES, Accepted, Command, Outcome
from ..sync.snapshot import snapshot_of
from ..sync.submit import FrameMissing, Submission, submit
from ..uuid7 import uuid7
from .accepting import promises_for
from .later import answered_later, looked_for_by
from .log import brought_back, gesture_of
from .plan import NOTHING_PROMISED, Candidate, NewProposal, Plan, plan_for, uncertainty_of

DIGITS = 2
"""Of an edge, in pixels: a hundredth is less than any person or model can mean, and half the bytes in the log."""


class ProposalRow(Struct):
    """The columns of Proposal, as they are before any person has judged."""

    box_id: uuid.UUID
    detection_id: uuid.UUID
    frame_id: int
    class_name: str
    label_id: int
    confidence: float
    x1: float
    y1: float
    x2: float
    y2: float
    outcome: str
    by_machine: bool
    iou: float | None
    judged_at: datetime | None
    judged_revision: int | None
    feedback: str = ""
    reversals: int = 0


class DetectedRow(Struct):
    """The columns of DetectionFrame."""

    detection_id: uuid.UUID
    frame_id: int
    revision: int
    left_out: dict[str, int]
    timings: dict[str, float]
    uncertainty: float | None
    created_at: datetime
    proposed: int = 0
    accepted: int = 0
    replaced: int = 0
    is_silent: bool = False
    found: list[dict[str, Any]] = []


class CountRow(Struct):
    id: int
    detections_revision: int


class LockedFrame(NamedTuple):
    id: int
    revision: int
    width: int
    height: int
    md5: str
    is_blind: bool
    detections_revision: int
    set_aside_at: datetime | None


def propose(
    detection: Detection,
    frame_id: int,
    candidates: Sequence[Candidate],
    *,
    labels: Mapping[str, int | None],
    dropped: Mapping[str, int],
    timings: Mapping[str, float],
) -> DetectedRow | None:
    """None when this detection has done this frame before, or the frame is gone; nothing is written then.

    One transaction: the frame is locked before its boxes are read, so what a person does meanwhile comes before or
    after, and is never overwritten.
    """
    with transaction.atomic():
        with statements.one_trip():
            locked = statements.read(Frame, LockedFrame._fields, by="id", values=[frame_id], lock=True)
            before = statements.read(DetectionFrame, ("detection_id",), by="frame_id", values=[frame_id])
            accepts = statements.read(Project, ("accepts_itself",), by="id", values=[detection.project_id])
        frame = next((LockedFrame(*row) for row in locked.rows()), None)
        looked = {key for (key,) in before.rows()}
        can_accept = (True,) in accepts.rows()
        if frame is None or frame.set_aside_at is not None or detection.pk in looked:
            return None
        try:
            row, proposals = _propose(
                detection,
                frame,
                [rounded(one) for one in candidates],
                labels,
                later=answered_later(detection, frame_id, looked),
                can_accept=can_accept,
            )
        except FrameMissing:
            return None
        left_out = Counter(row.left_out)
        left_out.update(dropped)
        row.left_out = dict(left_out)
        row.timings = {name: round(ms, 2) for name, ms in timings.items()}
        with statements.one_trip():
            statements.insert(Proposal, proposals)
            statements.insert(DetectionFrame, [row])
            count = CountRow(frame_id, frame.detections_revision + 1)
            statements.update(Frame, [count], updated=("detections_revision",))
        transaction.on_commit(partial(announce, frame_id))
    return row


def _propose(
    detection: Detection,
    frame: LockedFrame,
    candidates: Sequence[Candidate],
    labels: Mapping[str, int | None],
    *,
    later: Mapping[uuid.UUID, Collection[int]],
    can_accept: bool,
) -> tuple[DetectedRow, list[ProposalRow]]:
    """What is to be stored besides the boxes. ``can_accept``: without a person, if anything is promised."""
    known = [one.confidence for one in candidates if labels.get(one.class_name)]
    row = DetectedRow(detection.pk, frame.id, frame.revision, {}, {}, uncertainty_of(known), timezone.now())
    if frame.is_blind:
        row.is_silent = True
        row.found = [
            {**asdict(one.edges), "class": one.class_name, "confidence": one.confidence} for one in candidates
        ]
        return row, []
    boxes = snapshot_of(frame.id).boxes if frame.revision else ()
    promises = promises_for(detection, frame.md5) if candidates and can_accept else NOTHING_PROMISED
    plan = plan_for(
        candidates,
        boxes,
        labels=labels,
        looked_for=looked_for_by(detection),
        width=frame.width,
        height=frame.height,
        promises=promises,
        brought_back=brought_back(frame.id, boxes),
        later=later,
    )
    row.left_out = dict(plan.left_out)
    if is_overtaken(
        detection, labels, later
    ):  # told even of one that found nothing: it says nothing of the frame
        row.left_out.setdefault(OVERTAKEN, 0)
        row.uncertainty = None
    commands, made = commands_for(plan, detection)
    if not commands:
        return row, []
    client = uuid.uuid5(detection.pk, str(frame.id))
    result = submit(frame.id, [Submission(client, None, commands, origin="model")])
    row.revision = result.revision
    gone, new = result.outcomes[0][: len(plan.replaced)], result.outcomes[0][len(plan.replaced) :]
    row.replaced = sum(is_done(one) for one in gone)
    rows = rows_for(detection, frame.id, made, new)
    row.proposed, row.accepted = len(rows), sum(one.by_machine for one in rows)
    return row, rows


def is_overtaken(
    detection: Detection, labels: Mapping[str, int | None], later: Mapping[uuid.UUID, Collection[int]]
) -> bool:
    """Whether later requests have answered under all labels that this one could have answered with."""
    answerable = {labels.get(name) for name in looked_for_by(detection)} - {None}
    return bool(later) and answerable.issubset(label for answered in later.values() for label in answered)


def commands_for(plan: Plan, detection: Detection) -> tuple[list[Command], dict[uuid.UUID, NewProposal]]:
    """Deletions of what is replaced first, then creations, all of one gesture; and the new boxes by id."""
    gesture = gesture_of(detection.pk)
    made = {uuid7(): proposal for proposal in plan.proposals}
    commands = [
        Command(counter, "delete", box=box, gesture=gesture) for counter, box in enumerate(plan.replaced, 1)
    ]
    for counter, (box, proposal) in enumerate(made.items(), len(commands) + 1):
        commands.append(
            Command(
                counter,
                "create",
                box=box,
                fields={
                    **dict(zip(EDGES, edges_in_order(proposal.edges), strict=True)),
                    **{"label": proposal.label, "status": proposal.status},
                },
                gesture=gesture,
                source="model",
                confidence=proposal.confidence,
                detection=detection.pk,
            )
        )
    return commands, made


def rows_for(
    detection: Detection, frame_id: int, made: Mapping[uuid.UUID, NewProposal], outcomes: Sequence[Outcome]
) -> list[ProposalRow]:
    """``outcomes``: of the creations, in the order of ``made``. What was accepted without a person has the machine's
    verdict from the start, and nobody's name."""
    now = timezone.now()
    rows = []
    for (box, one), outcome in zip(made.items(), outcomes, strict=True):
        if not isinstance(outcome, Accepted) or outcome.first is None:
            continue
        verdict = (
            (Proposal.Outcome.ACCEPTED.value, True, 1.0, now, outcome.first)
            if one.is_accepted
            else (Proposal.Outcome.OPEN.value, False, None, None, None)
        )
        edges = edges_in_order(one.edges)
        known = (box, detection.pk, frame_id, one.class_name, one.label, one.confidence, *edges)
        rows.append(ProposalRow(*known, *verdict))
    return rows


def edges_in_order(edges: Edges) -> tuple[float, float, float, float]:
    return edges.x1, edges.y1, edges.x2, edges.y2


def is_done(outcome: Outcome) -> bool:
    return isinstance(outcome, Accepted) and outcome.first is not None


def rounded(candidate: Candidate) -> Candidate:
    edges = candidate.edges
    return Candidate(
        Edges(*(round(edge, DIGITS) for edge in edges_in_order(edges))),
        candidate.class_name,
        round(candidate.confidence, 4),
    )
