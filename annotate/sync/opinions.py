"""What people say of a detection of the frame as a whole. The word of each person on each detection is a register of
its own, which nobody else writes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from .operations import Code, Command, Opinion, Refusal

FIELD = "feedback"
"""The name of the register in ``base``, ``versions`` and ``authored``."""


@dataclass(frozen=True, slots=True)
class OpinionState:
    """``version``: the revision that wrote it, 0 before the log. ``authored``: the one that it comes from, which is an
    earlier one where an undo or redo gave it back."""

    opinion: Opinion = Opinion()
    version: int = 0
    authored: int = 0


NOTHING_SAID = OpinionState()


@dataclass(frozen=True, slots=True)
class OpinionChange:
    """One operation to record. ``authored``: of an undo or redo, where the value that it gives back comes from."""

    detection: UUID
    opinion: Opinion
    before: Opinion
    authored_before: int
    authored: int | None = None

    def after(self, revision: int) -> OpinionState:
        authored = revision if self.authored is None else self.authored
        return OpinionState(self.opinion, revision, authored)


@dataclass(frozen=True, slots=True)
class LoggedOpinion:
    """A recorded change. ``authored``: the revision that the written value comes from."""

    detection: UUID
    before: Opinion
    authored_before: int
    authored: int


def opinion_change_for(command: Command, present: OpinionState) -> OpinionChange | None:
    """None when there is nothing to do. Raises Refusal."""
    if command.detection is None or command.opinion is None:
        raise Refusal(Code.INVALID, "detection and opinion are needed")
    if "\0" in command.opinion.note:
        raise Refusal(Code.INVALID, "the note contains a NUL character")
    if command.offline:
        _check_base(command, present)
    opinion = command.opinion if command.opinion.feedback else Opinion()
    if opinion == present.opinion:
        return None
    return OpinionChange(command.detection, opinion, present.opinion, present.authored)


def _check_base(command: Command, present: OpinionState) -> None:
    """What the person said elsewhere meanwhile is newer than what they knew when they said this."""
    if FIELD not in command.base:
        raise Refusal(Code.INVALID, f"base is needed for {FIELD}")
    if present.version > command.base[FIELD]:
        raise Refusal(
            Code.STALE,
            "said otherwise meanwhile",
            current=as_fields(present.opinion),
            versions={FIELD: present.version},
        )


def opinions_reversal(
    logged: Iterable[LoggedOpinion], present: Mapping[UUID, OpinionState]
) -> list[OpinionChange]:
    """The changes that take back ``logged``, one gesture of one person, oldest first. ``present``: that person's word,
    by detection. What was said anew since stays."""
    by_detection: dict[UUID, list[LoggedOpinion]] = {}
    for one in logged:
        by_detection.setdefault(one.detection, []).append(one)
    changes = []
    for detection, ones in by_detection.items():
        now, first = present.get(detection, NOTHING_SAID), ones[0]
        if now.authored in {one.authored for one in ones} and now.opinion != first.before:
            changes.append(
                OpinionChange(detection, first.before, now.opinion, now.authored, first.authored_before)
            )
    return changes


def as_fields(opinion: Opinion) -> dict[str, str]:
    return {"feedback": opinion.feedback, "note": opinion.note}
