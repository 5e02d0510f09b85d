"""Gives each event of the outbox its place: the run it belongs to, and its number there.

Placing is written down before anything is delivered. Whatever is sent later follows from runs and numbers alone, so
that delivering again, from anywhere, sends the same. One relay at a time places (``lease``), so what it has read still
holds when it writes. It reads and decides before its transaction: on SQLite everybody who edits waits for that.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..models import DetectionFrame, Label, TrackingEvent, TrackingRun, Training
from ..sync import statements
from .openings import opening_of_session
from .streams import outcome_of, stream_of, stream_of_promotion
from .visits import Visits

AT_ONCE = 200
ENDS = ("ended", "finished", "stopped", "versioned", "trained", "decided")


class RunRow(Struct):
    """The columns of TrackingRun that placing changes."""

    id: UUID
    sequenced: int
    is_open: bool


class PlaceRow(Struct):
    """The columns of TrackingEvent that placing writes."""

    id: int
    run_id: UUID
    seq: int
    payload: dict[str, Any]


class Placing:
    """``read``, then ``store`` inside a transaction of the relay."""

    def __init__(self) -> None:
        self.visits = Visits()
        self.runs: dict[UUID, TrackingRun] = {}
        self.opened: dict[UUID, TrackingRun] = {}
        self.placed: list[TrackingEvent] = []
        self.told: list[TrackingEvent] = []
        self.forgotten: list[int] = []

    def read(self) -> int:
        """Decides about the oldest events. How many there are; 0: all have their place."""
        events = list(TrackingEvent.objects.filter(run__isnull=True).order_by("pk")[:AT_ONCE])
        for event in events:
            self.take(event)
        return len(events)

    def take(self, event: TrackingEvent) -> None:
        """An event of what is gone (a deleted person, a deleted detection) is forgotten."""
        run = self.run_of(event)
        if run is None:
            self.forgotten.append(event.pk)
            return
        self.put(event, run)
        self.placed.append(event)
        created = event.payload.get("created", 0) if event.kind == "edits" else 0
        if created > 0:
            self.tell_missed(event)
        elif created < 0:
            self.take_back_missed(event, -created)
        elif event.kind == "asked" and run.kind != "detection":
            self.run_with(UUID(event.payload["detection"]), parent=run)
        elif event.kind == "status":
            event.payload = {**event.payload, "labels": label_names(run.project_id)}
        elif event.kind == "trained":
            event.payload = {**event.payload, **outcome_of(run.pk)}
        if event.kind in ENDS:  # a training whose model waits is decided about later
            run.is_open = event.payload.get("outcome") == Training.Outcome.CHALLENGER

    def put(self, event: TrackingEvent, run: TrackingRun) -> None:
        run.sequenced += 1
        event.run, event.seq = run, run.sequenced

    def run_of(self, event: TrackingEvent) -> TrackingRun | None:
        if event.kind == "signed_out":
            if event.user_id is not None:
                self.visits.sign_out(event.user_id, event.at)
            return None
        if event.kind == "promoted":
            event.stream, event.payload = stream_of_promotion(event.payload)
        if event.stream is not None:
            return self.run_with(event.stream, event.payload)
        if event.user_id is None or event.project_id is None:
            return None
        return self.session_run(event.user_id, event.project_id, event.at)

    def known(self, key: UUID) -> TrackingRun | None:
        run = self.runs.get(key) or TrackingRun.objects.filter(pk=key).first()
        if run is not None:
            self.runs[key] = run
        return run

    def session_run(self, user_id: int, project_id: int, at: datetime) -> TrackingRun:
        session = self.visits.session_at(user_id, project_id, at)
        return self.known(session.pk) or self.open(
            session.pk, "annotation_session", project_id, opening_of_session(session)
        )

    def run_with(
        self, key: UUID, payload: dict[str, Any] | None = None, parent: TrackingRun | None = None
    ) -> TrackingRun | None:
        """Any run that exists; else one of its own for what the key names. None where that is gone."""
        run = self.known(key)
        if run is not None:
            return run
        found = stream_of(key, payload or {})
        return self.open(key, *found, parent) if found is not None else None

    def open(
        self,
        key: UUID,
        kind: str,
        project_id: int,
        opening: dict[str, Any],
        parent: TrackingRun | None = None,
    ) -> TrackingRun:
        """``sequenced`` begins with 1: the opening is the first thing to deliver."""
        run = TrackingRun(
            pk=key, kind=kind, project_id=project_id, opening=opening, parent=parent, sequenced=1
        )
        self.runs[key] = self.opened[key] = run
        return run

    def tell_missed(self, event: TrackingEvent) -> None:
        """To the detection that had last looked at the frame before somebody drew there."""
        looked = DetectionFrame.objects.filter(
            frame=event.payload["frame"], is_silent=False, created_at__lte=event.at
        ).order_by("-pk")
        last = looked.values_list("detection", flat=True).first()
        run = self.run_with(last) if last is not None else None
        if run is not None:
            self.tell_of_missed(event, run, event.payload["created"])

    def take_back_missed(self, event: TrackingEvent, count: int) -> None:
        """An undo: of the detections that were told of boxes on this frame, the newest first. What was drawn before any
        had looked was told to none."""
        frame = event.payload["frame"]
        looked = DetectionFrame.objects.filter(frame=frame, is_silent=False, created_at__lte=event.at)
        for key in looked.order_by("-pk").values_list("detection", flat=True):
            run = self.known(key)
            taken = min(count, self.missed_of(run, frame)) if run is not None else 0
            if run is not None and taken > 0:
                self.tell_of_missed(event, run, -taken)
                count -= taken
            if count == 0:
                return

    def missed_of(self, run: TrackingRun, frame: int) -> int:
        """What the run was told of on this frame so far, what is still to be stored included."""
        stored = TrackingEvent.objects.filter(run=run.pk, kind="missed").values_list("payload", flat=True)
        fresh = (one.payload for one in self.told if one.run_id == run.pk)
        return sum(one["created"] for one in (*stored, *fresh) if one.get("frame") == frame)

    def tell_of_missed(self, event: TrackingEvent, run: TrackingRun, created: int) -> None:
        payload = {"created": created, "frame": event.payload["frame"]}
        told = TrackingEvent(project_id=event.project_id, kind="missed", payload=payload, at=event.at)
        self.put(told, run)
        self.told.append(told)

    def store(self) -> None:
        """Sessions, then runs, then the events that point to them."""
        self.visits.store()
        TrackingRun.objects.bulk_create(self.opened.values())  # a parent comes before what is under it
        changed = [
            RunRow(key, run.sequenced, run.is_open)
            for key, run in self.runs.items()
            if key not in self.opened
        ]
        statements.update(TrackingRun, changed, updated=("sequenced", "is_open"))
        TrackingEvent.objects.bulk_create(self.told)
        places = [
            PlaceRow(one.pk, one.run_id, one.seq or 0, one.payload) for one in self.placed if one.run_id
        ]
        statements.update(TrackingEvent, places, updated=("run_id", "seq", "payload"))
        if self.forgotten:
            TrackingEvent.objects.filter(pk__in=self.forgotten).delete()


def label_names(project_id: int) -> dict[str, list[str]]:
    """Name and colour by id, as they are now: they may change, and what was written must not."""
    rows = Label.objects.filter(project=project_id).order_by().values_list("pk", "name", "color")
    return {str(pk): [name, color] for pk, name, color in rows}
