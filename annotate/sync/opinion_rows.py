"""Opinions between the log and its tables: what everybody said at a revision, and the rows of Feedback that follow."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from annotate.models import Feedback, Operation

from .operations import Opinion
from .opinions import FIELD, OpinionState
from .records import opinion_in


class Whose(NamedTuple):
    """``user`` on ``detection``."""

    detection: UUID
    user: int


Opinions = dict[Whose, OpinionState]


class Said(NamedTuple):
    """A change of an opinion that this transaction made. ``ms``: how long the person was at it."""

    whose: Whose
    opinion: Opinion
    revision: int
    ms: int | None


def opinions_at(frame_id: int, revision: int) -> Opinions:
    """Exactly those of ``revision``, whatever is committed meanwhile: the log is read last, and what is in it stays.
    Rows of Feedback that no operation wrote are older than the log."""
    rows = Feedback.objects.filter(frame=frame_id, detection__isnull=False, user__isnull=False).order_by()
    found: Opinions = {
        Whose(detection, user): OpinionState(Opinion(verdict, note))
        for detection, user, verdict, note in rows.values_list("detection", "user", "verdict", "note")
    }
    logged: set[Whose] = set()
    for user, at, fields, before, authored in _logged(frame_id):
        whose = Whose(UUID(fields["detection"]), user)
        if at <= revision:
            found[whose] = OpinionState(opinion_in(fields), at, authored.get(FIELD, at))
        elif whose not in logged:
            found[whose] = OpinionState(opinion_in(before))
        logged.add(whose)
    return {whose: state for whose, state in found.items() if state.version or state.opinion.feedback}


def _logged(frame_id: int) -> list[tuple[int, int, dict[str, str], dict[str, str], dict[str, int]]]:
    columns = ("user_id", "revision", "fields", "before", "authored")
    rows = Operation.objects.filter(frame=frame_id, kind=Operation.Kind.RATE, user__isnull=False)
    return list(rows.order_by("revision").values_list(*columns))


def store(frame_id: int, said: list[Said], at: datetime) -> None:
    """What holds after all of them. With the frame locked."""
    last: Mapping[Whose, Said] = {one.whose: one for one in said}
    for (detection, user), (_, opinion, revision, ms) in last.items():
        mine = Feedback.objects.filter(frame=frame_id, detection=detection, user=user)
        if not opinion.feedback:
            mine.delete()
            continue
        values = {"verdict": opinion.feedback, "note": opinion.note, "revision": revision, "ms": ms}
        if not mine.update(**values, created_at=at):
            Feedback.objects.create(frame_id=frame_id, detection_id=detection, user_id=user, **values)
