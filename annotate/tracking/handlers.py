"""The receivers of the domain signals. Each writes rows into the outbox, and does nothing else."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import Signal
from django.utils import timezone

from .. import signals
from ..models import (
    AnnotationSession,
    DatasetVersion,
    Detection,
    Frame,
    Promotion,
    Training,
    User,
)
from .counting import events_of
from .dataset_tags import key_of
from .outbox import EventRow, record

WORD = re.compile(r"[a-z_]{1,40}")

if TYPE_CHECKING:
    from ..jobs.progress import Sample
    from ..sync.operations import BoxState, Opinion
    from ..sync.opinion_rows import Whose
    from ..sync.records import OperationRow
    from ..sync.submit import CommittedFrame
    from ..sync.verdicts import ProposalRow


def connect() -> None:
    if not settings.TRACKING:
        return
    receivers: dict[Signal, Callable[..., None]] = {
        signals.operations_committed: on_operations,
        signals.detection_asked: on_detection_asked,
        signals.detection_finished: on_detection_finished,
        signals.feedback_given: on_feedback,
        signals.status_changed: on_status,
        signals.session_ended: on_session_ended,
        signals.dataset_versioned: on_dataset_versioned,
        signals.machine_measured: on_machine_measured,
        signals.training_finished: on_training_finished,
        signals.model_promoted: on_model_promoted,
        user_logged_out: on_signed_out,
    }
    for signal, receiver in receivers.items():
        signal.connect(receiver, dispatch_uid=f"annotate.tracking.{receiver.__name__}")


def on_operations(
    frame: "CommittedFrame",
    operations: "Sequence[OperationRow]",
    boxes: "Mapping[UUID, BoxState]",
    judged: "Sequence[ProposalRow]",
    **_: Any,
) -> None:
    record(events_of(frame, operations, boxes, judged))


def on_detection_asked(detection: Detection, **_: Any) -> None:
    """Only what a person asks for in the editor belongs to their session; all else stands alone."""
    payload = {
        "detection": detection.pk.hex,
        "prompts": detection.prompts,
        "model": str(detection.model_version),
    }
    is_visit = detection.trigger == Detection.Trigger.EDITOR and detection.created_by is not None
    asker, stream = (detection.created_by, None) if is_visit else (None, detection.pk)
    row = EventRow(
        "asked", detection.project_id, asker.pk if asker else None, detection.created_at, payload, stream
    )
    record([row])


def on_detection_finished(detection: Detection, **_: Any) -> None:
    at = detection.finished_at or timezone.now()
    record([EventRow("finished", detection.project_id, None, at, {}, detection.pk)])


def on_feedback(frame: "CommittedFrame", whose: "Whose", opinion: "Opinion", **_: Any) -> None:
    """The note stays in the product: what people write freely may name anybody."""
    now, project = timezone.now(), frame.project_id
    detection, user = whose
    payload = {"frame": frame.id, "detection": detection.hex, "user": user, "verdict": opinion.feedback}
    record(
        [
            EventRow("rated", project, user, now, payload),
            EventRow("rated", project, None, now, payload, detection),
        ]
    )


def on_status(frame: Frame, user: User | None, at: datetime, is_import: bool, **_: Any) -> None:
    if user is not None and not is_import:
        payload = {"frame": frame.pk, "revision": frame.revision, "status": frame.status}
        record([EventRow("status", frame.project_id, user.pk, at, payload)])


def on_session_ended(session: AnnotationSession, **_: Any) -> None:
    if session.ended_at is not None:
        payload = {"end": session.end}
        record([EventRow("ended", session.project_id, None, session.ended_at, payload, session.pk)])


def on_signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        record([EventRow("signed_out", None, user.pk, timezone.now(), {})])


def on_dataset_versioned(version: DatasetVersion, **_: Any) -> None:
    payload = {"version": version.pk}
    record([EventRow("versioned", version.project_id, None, version.created_at, payload, key_of(version))])


def on_machine_measured(training: Training, samples: "Sequence[Sample]", **_: Any) -> None:
    payload = {"samples": [{"at": one.at.isoformat(), "system": one.system} for one in samples]}
    record([EventRow("machine", training.project_id, None, samples[-1].at, payload, training.pk)])


def on_training_finished(training: Training, **_: Any) -> None:
    at = training.finished_at or timezone.now()
    record([EventRow("trained", training.project_id, None, at, decision_of(training), training.pk)])


def decision_of(training: Training) -> dict[str, Any]:
    """The reason only where it is one of our words: a sentence may name a file or a person."""
    reason = training.reason if WORD.fullmatch(training.reason) else ""
    return {"outcome": str(training.outcome), "reason": reason}


def on_model_promoted(promotion: Promotion, **_: Any) -> None:
    """The relay finds the training that it belongs to."""
    payload = {
        "promotion": str(promotion.kind),
        "version": promotion.model_version_id,
        "previous": promotion.previous_id,
    }
    record([EventRow("promoted", promotion.project_id, None, promotion.created_at, payload)])
