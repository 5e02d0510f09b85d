"""The only writer of Box, Operation and Feedback: one transaction takes a batch of commands on one frame.

Lock the frame, drop what was decided before, check rights and domain, apply, number, store. Everybody who
edits comes through here: people through sync.writer, and models, imports and the admin directly.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from annotate.models import Box, DetectionFrame, Frame, Label, Operation
from annotate.signals import feedback_given, operations_committed

from . import cursors, opinion_rows, rights, statements, verdicts
from .apply import apply, change_for
from .operations import (
    Accepted,
    BoxState,
    Change,
    Code,
    Command,
    FrameFacts,
    LoggedChange,
    Origin,
    Outcome,
    Refusal,
)
from .opinion_rows import Opinions, Said, Whose
from .opinions import NOTHING_SAID, OpinionChange, opinion_change_for, opinions_reversal
from .records import (
    UPDATED_COLUMNS,
    FrameRow,
    OperationRow,
    Recorded,
    asked_states,
    box_row,
    logged_change,
    logged_opinion,
    operation_row,
    recorded,
    recorded_opinion,
    states_for,
    states_in,
)
from .rewind import rewind_of
from .undo import Stack, StackEntry, reversal_of, stack_of

UNDO_DEPTH = 4000
"""How many of a person's newest operations on a frame the undo stack is folded from."""

REWIND_DEPTH = 20_000
"""How many operations one rewind may take back."""


@dataclass(frozen=True, slots=True)
class CommittedFrame:
    """The frame of a signal, after the commit that is about to happen."""

    id: int
    project_id: int
    revision: int


class FrameMissing(Exception):
    """There is no such frame (any more), or it was set aside."""


class FrameRestored(Exception):
    """The log was put back since these commands were made; their counters may mean other commands by now."""


@dataclass(frozen=True, slots=True)
class Submission:
    """Commands of one author, in the order of their counters.

    ``user_id`` None is a machine; only then, and for the admin and imports, rights are the caller's business.
    """

    client: UUID
    user_id: int | None
    commands: Sequence[Command]
    origin: Origin = "user"


@dataclass(frozen=True, slots=True)
class Result:
    """``outcomes[i]`` answers ``submissions[i]``, command by command. ``operations`` are revisions
    ``revision_before + 1`` to ``revision``."""

    outcomes: list[list[Outcome]]
    operations: list[OperationRow]
    revision_before: int
    revision: int
    epoch: UUID


def submit(frame_id: int, submissions: Sequence[Submission], *, epoch: UUID | None = None) -> Result:
    """Decide and commit all commands. Raises FrameMissing, or OperationalError when the outcome is unknown;
    sending the same again is then harmless (cursors). ``epoch``: of the log that the commands were made for; raises
    FrameRestored, and changes nothing, when it is another one by now."""
    try:
        with transaction.atomic():
            return _Batch(frame_id, epoch).run(submissions)
    except (IntegrityError, DataError):
        return _isolate(frame_id, submissions, epoch)


def _isolate(frame_id: int, submissions: Sequence[Submission], epoch: UUID | None) -> Result:
    """The database refused the batch: find the one command it cannot take, and let all others pass."""
    single = [
        Submission(submission.client, submission.user_id, [command], submission.origin)
        for submission in submissions
        for command in submission.commands
    ]
    if len(single) == 1:
        return _refuse(frame_id, single[0], epoch)
    outcomes: list[list[Outcome]] = [[] for _ in submissions]
    parts = [submit(frame_id, [one], epoch=epoch) for one in single]
    position = iter(parts)
    for index, submission in enumerate(submissions):
        outcomes[index] = [next(position).outcomes[0][0] for _ in submission.commands]
    operations = [operation for part in parts for operation in part.operations]
    return Result(outcomes, operations, parts[0].revision_before, parts[-1].revision, parts[-1].epoch)


def _refuse(frame_id: int, submission: Submission, epoch: UUID | None) -> Result:
    """Record a decided refusal for a command that the database cannot store."""
    with transaction.atomic():
        batch = _Batch(frame_id, epoch)
        batch.poisoned = True
        return batch.run([submission])


class _Batch:
    """The work of one transaction."""

    def __init__(self, frame_id: int, epoch: UUID | None) -> None:
        self.frame_id = frame_id
        self.made_for = epoch
        self.poisoned = False
        self.now: datetime = timezone.now()
        self.boxes: dict[UUID, BoxState] = {}
        self.foreign: set[UUID] = set()
        self.created: set[UUID] = set()  # not in the database yet
        self.dirty: set[UUID] = set()
        self.opinions: Opinions | None = None  # read where somebody rates
        self.said: list[Said] = []
        self.operations: list[OperationRow] = []
        self.judging: list[verdicts.Step] = []
        self.stored = 0

    def run(self, submissions: Sequence[Submission]) -> Result:
        book = self._read(submissions)
        outcomes = [[self._decide(s, command, book) for command in s.commands] for s in submissions]
        judged = verdicts.proposals_for(self.judging)
        opinion_rows.store(self.frame_id, self.said, self.now)
        with statements.one_trip():
            self._store()
            verdicts.store(judged)
            book.close()
            self._tell(judged)  # receivers only write
        return Result(outcomes, self.operations, self.revision_before, self.revision, self.epoch)

    def _tell(self, judged: list[verdicts.ProposalRow]) -> None:
        if not self.operations:
            return
        frame = CommittedFrame(self.frame_id, self.project_id, self.revision)
        operations_committed.send(
            submit, frame=frame, operations=self.operations, boxes=self.boxes, judged=judged
        )
        for one in self.said:
            feedback_given.send(submit, frame=frame, whose=one.whose, opinion=one.opinion)

    def _read(self, submissions: Sequence[Submission]) -> cursors.Book:
        """Lock the frame; all else is asked for behind that, and therefore seen as the last batch left it."""
        users = {s.user_id for s in submissions if s.user_id is not None}
        box_ids = {c.box for s in submissions for c in s.commands if c.box is not None}
        with statements.one_trip():
            frame = self._ask_for_frame()
            book = cursors.open_book(self.frame_id, submissions)
            roles = rights.asked_roles(self.frame_id, users)
            boxes = asked_states(box_ids)
            labels = self._ask_for_labels(submissions)
        self._take_frame(frame)
        book.read()
        self.roles = rights.roles_in(roles)
        known = frozenset(pk for (pk,) in labels.rows()) if labels else frozenset()
        self.facts = FrameFacts(self.width, self.height, known)
        self._take_boxes(states_in(boxes))
        return book

    def _ask_for_frame(self) -> statements.Reading:
        columns = ("epoch", "revision", "width", "height", "project_id", "status", "set_aside_at")
        return statements.read(Frame, columns, by="id", values=[self.frame_id], lock=True)

    def _take_frame(self, reading: statements.Reading) -> None:
        rows = reading.rows()
        if not rows or rows[0][-1] is not None:
            raise FrameMissing(self.frame_id)
        self.epoch, self.revision_before, self.width, self.height, self.project_id, self.status, _ = rows[0]
        self.revision: int = self.revision_before
        if self.made_for is not None and self.epoch != self.made_for:
            raise FrameRestored(self.frame_id)

    def _ask_for_labels(self, submissions: Sequence[Submission]) -> statements.Reading | None:
        """Ids of those that boxes of the project may get, where any command names one."""
        if not any("label" in command.fields for s in submissions for command in s.commands):
            return None
        return statements.ask(
            "SELECT label.id FROM annotate_label AS label"
            " JOIN annotate_frame AS frame ON frame.project_id = label.project_id"
            " WHERE frame.id = %s AND label.is_active",
            [self.frame_id],
        )

    def _load_boxes(self, box_ids: Collection[UUID]) -> None:
        wanted = set(box_ids) - self.boxes.keys()
        if wanted:
            self._take_boxes(states_for(wanted))

    def _take_boxes(self, states: Mapping[UUID, tuple[int, BoxState]]) -> None:
        for box_id, (frame_id, state) in states.items():
            if frame_id == self.frame_id:
                self.boxes[box_id] = state
            else:
                self.foreign.add(box_id)

    def _decide(self, submission: Submission, command: Command, book: cursors.Book) -> Outcome:
        known = book.known_outcome(submission, command.counter)
        if known is not None:
            return known
        outcome: Outcome
        try:
            self._check_rights(submission)
            if command.kind in ("undo", "redo"):
                outcome = self._revert(submission, command)
            elif command.kind == "rewind":
                outcome = self._rewind(submission, command)
            elif command.kind == "rate":
                outcome = self._rate(submission, command)
            else:
                outcome = self._edit(submission, command)
            if outcome.first is None:
                outcome = replace(outcome, at=self.revision)
        except Refusal as refusal:
            outcome = replace(refusal.for_counter(command.counter), by=self._first(refusal))
        book.record(submission, outcome)
        return outcome

    def _first(self, refusal: Refusal) -> int | None:
        """Who wrote what a command was too late for: the verdict, if that is a part of it."""
        if not refusal.versions:
            return None
        revision = refusal.versions.get("status") or max(refusal.versions.values())
        place: int = revision - self.revision_before
        if place > 0:
            return self.operations[place - 1].user_id
        written = Operation.objects.filter(frame_id=self.frame_id, revision=revision).order_by()
        by: int | None = written.values_list("user_id", flat=True).first()
        return by

    def _check_rights(self, submission: Submission) -> None:
        if self.poisoned:
            raise Refusal(Code.INVALID, "the database cannot store this")
        if submission.origin != "user":
            return
        if submission.user_id is None or not rights.can_edit(self.roles.get(submission.user_id)):
            raise Refusal(Code.FORBIDDEN, "your role in this project does not allow editing")

    def _edit(self, submission: Submission, command: Command) -> Accepted:
        if command.box is None:
            raise Refusal(Code.INVALID, "box is needed")
        if command.kind == "create" and command.box in self.foreign:
            raise Refusal(Code.EXISTS, "a box with this id exists")
        change = change_for(command, self.boxes.get(command.box), self.facts)
        if change is None:
            return Accepted(command.counter, None, None)
        revision = self._record(submission, command, change, origin=submission.origin)
        return Accepted(command.counter, revision, revision)

    def _rate(self, submission: Submission, command: Command) -> Accepted:
        """What a person says of a detection of this frame as a whole."""
        if submission.user_id is None:
            raise Refusal(Code.INVALID, "only people rate")
        if command.detection is None:
            raise Refusal(Code.INVALID, "detection is needed")
        looked = DetectionFrame.objects.filter(frame_id=self.frame_id, detection_id=command.detection)
        if not looked.exists():
            raise Refusal(Code.INVALID, "no such detection on this frame")
        present = self._opinions().get(Whose(command.detection, submission.user_id), NOTHING_SAID)
        change = opinion_change_for(command, present)
        if change is None:
            return Accepted(command.counter, None, None)
        revision = self._record_opinion(submission, command, change, origin=submission.origin)
        return Accepted(command.counter, revision, revision)

    def _opinions(self) -> Opinions:
        """As they are now, this batch included."""
        if self.opinions is None:
            self.opinions = opinion_rows.opinions_at(self.frame_id, self.revision)
        return self.opinions

    def _revert(self, submission: Submission, command: Command) -> Accepted:
        if submission.user_id is None:
            raise Refusal(Code.INVALID, "only people have an undo stack")
        self._store_operations()  # the stack is read from the log, this batch included
        stack = self._stack(submission.user_id, submission.origin)
        if command.gesture in stack.done or command.gesture in stack.undone:
            raise Refusal(Code.INVALID, "this gesture has been used")
        candidates = stack.done if command.kind == "undo" else stack.undone
        if command.target:
            candidates = tuple(g for g in candidates if g == command.target)
        for gesture in reversed(candidates):
            accepted = self._revert_gesture(submission, submission.user_id, command, gesture)
            # With no target, a gesture of which nothing is left to take back is passed over.
            if accepted.first is not None or command.target:
                return accepted
        raise Refusal(Code.NOTHING, f"nothing left to {command.kind}")

    def _rewind(self, submission: Submission, command: Command) -> Accepted:
        """Back to an earlier revision, by new operations of one gesture that can itself be undone. What people say of
        detections is not taken out of their mouths."""
        if command.to is None or command.to > self.revision:
            raise Refusal(Code.INVALID, "to: the revision to go back to")
        self._store_operations()  # the log is read, this batch included
        since = Operation.objects.filter(frame_id=self.frame_id, revision__gt=command.to, box__isnull=False)
        if since.count() > REWIND_DEPTH:
            raise Refusal(Code.INVALID, f"at most {REWIND_DEPTH} operations can be taken back at once")
        logged = [logged_change(operation) for operation in since.order_by("-revision")]
        self._load_boxes({change.box for change in logged})
        revisions = [
            self._record(submission, command, change, origin=submission.origin, part=part)
            for part, change in enumerate(
                rewind_of(logged, self.boxes, to=command.to, lost_labels=_lost_labels(logged))
            )
        ]
        first, last = (revisions[0], revisions[-1]) if revisions else (None, None)
        return Accepted(command.counter, first, last)

    def _stack(self, user_id: int, origin: Origin) -> Stack:
        """What the person did by this way in: what they did in bulk is taken back in bulk, and never by Ctrl+Z."""
        rows = (
            Operation.objects.filter(
                frame_id=self.frame_id,
                user_id=user_id,
                origin__in=[origin, "undo", "redo"],
            )
            .order_by("-revision")
            .values_list("gesture", "origin", "reverts")[:UNDO_DEPTH]
        )
        return stack_of(
            StackEntry(gesture, "user" if way == origin else way, reverts)  # type: ignore[arg-type]  # choices
            for gesture, way, reverts in reversed(rows)
        )

    def _revert_gesture(
        self, submission: Submission, user_id: int, command: Command, gesture: str
    ) -> Accepted:
        rows = Operation.objects.filter(frame_id=self.frame_id, user_id=user_id, gesture=gesture)
        operations = list(rows.order_by("revision"))
        logged = [logged_change(one) for one in operations if one.box_id is not None]
        self._load_boxes({change.box for change in logged})
        created = {change.box: change.revision for change in logged if change.kind == "create"}
        reversal = reversal_of(
            logged,
            self.boxes,
            touched_by_others=self._touched_by_others(user_id, created),
            lost_labels=_lost_labels(logged),
        )
        revisions = [
            self._record(submission, command, change, origin=command.kind, reverts=gesture, part=part)
            for part, change in enumerate(reversal.changes)
        ]
        said = self._opinions_reversal([one for one in operations if one.box_id is None], user_id)
        revisions += [
            self._record_opinion(submission, command, change, origin=command.kind, reverts=gesture, part=part)
            for part, change in enumerate(said, len(revisions))
        ]
        return Accepted(
            command.counter,
            revisions[0] if revisions else None,
            revisions[-1] if revisions else None,
            reversal.skipped,
        )

    def _opinions_reversal(self, operations: list[Operation], user_id: int) -> list[OpinionChange]:
        if not operations:
            return []
        mine = {whose.detection: now for whose, now in self._opinions().items() if whose.user == user_id}
        return opinions_reversal([logged_opinion(one) for one in operations], mine)

    def _touched_by_others(self, user_id: int, created: dict[UUID, int]) -> frozenset[UUID]:
        if not created:
            return frozenset()
        others = Operation.objects.filter(
            frame_id=self.frame_id, box_id__in=created, revision__gt=min(created.values())
        ).exclude(user_id=user_id)
        return frozenset(others.order_by().values_list("box_id", flat=True))

    def _record(
        self,
        submission: Submission,
        command: Command,
        change: Change,
        *,
        origin: str,
        reverts: str = "",
        part: int = 0,
    ) -> int:
        self.revision += 1
        if change.kind == "create":
            self.created.add(change.box)
        box = apply(
            change,
            self.boxes,
            revision=self.revision,
            user=submission.user_id,
            source=command.source,
            confidence=command.confidence,
            detection=command.detection,
        )
        self.dirty.add(change.box)
        self._log(submission, command, recorded(change, box), origin=origin, reverts=reverts, part=part)
        if box.source == "model" and change.kind != "create":
            self.judging.append(verdicts.Step(self.operations[-1], replace(box)))
        return self.revision

    def _record_opinion(
        self,
        submission: Submission,
        command: Command,
        change: OpinionChange,
        *,
        origin: str,
        reverts: str = "",
        part: int = 0,
    ) -> int:
        assert submission.user_id is not None  # noqa: S101  (only people rate)
        self.revision += 1
        whose = Whose(change.detection, submission.user_id)
        self._opinions()[whose] = change.after(self.revision)
        self.said.append(Said(whose, change.opinion, self.revision, command.ms))
        self._log(submission, command, recorded_opinion(change), origin=origin, reverts=reverts, part=part)
        return self.revision

    def _log(
        self,
        submission: Submission,
        command: Command,
        what: Recorded,
        *,
        origin: str,
        reverts: str,
        part: int,
    ) -> None:
        """As operation ``self.revision``."""
        self.operations.append(
            operation_row(
                what,
                frame_id=self.frame_id,
                revision=self.revision,
                client=submission.client,
                counter=command.counter,
                part=part,
                user_id=submission.user_id,
                origin=origin,
                gesture=command.gesture or f"{submission.client}:{command.counter}",
                reverts=reverts,
                offline=command.offline,
                ms=command.ms,
                at=self.now,
            )
        )

    def _store(self) -> None:
        if not self.operations:
            return
        self._store_operations()
        is_begun = any(one.origin != "model" and one.box_id is not None for one in self.operations)
        is_first = is_begun and self.status == Frame.Status.TO_ANNOTATE
        status = Frame.Status.IN_PROGRESS if is_first else self.status
        statements.update(
            Frame, [FrameRow(self.frame_id, self.revision, status)], updated=("revision", "status")
        )

    def _store_operations(self) -> None:
        """Add the operations that are not in the log yet, and before them the boxes they point to."""
        fresh = self.operations[self.stored :]
        if not fresh:
            return
        # A new box is inserted, never upserted: an id taken on another frame meanwhile must fail, not win.
        statements.insert(Box, [box_row(self.frame_id, self.boxes[box_id]) for box_id in self.created])
        changed = [box_row(self.frame_id, self.boxes[box_id]) for box_id in self.dirty - self.created]
        statements.update(Box, changed, updated=UPDATED_COLUMNS)
        statements.insert(Operation, fresh)
        self.stored = len(self.operations)
        self.created.clear()
        self.dirty.clear()


def _lost_labels(logged: Iterable[LoggedChange]) -> frozenset[int]:
    """Labels that were replaced by these operations and have been deleted since."""
    named = {change.before["label"] for change in logged if "label" in change.before}
    if not named:
        return frozenset()
    return frozenset(named - set(Label.objects.filter(pk__in=named).values_list("pk", flat=True)))
