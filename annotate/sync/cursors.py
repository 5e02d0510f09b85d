"""What makes a resend harmless: per client, how far its commands are decided, and what was said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db.models import Max, Min
from django.utils import timezone
from msgspec import Struct

from annotate.models import ClientCursor, Frame, Operation

from . import statements
from .operations import Accepted, Code, Outcome, Refused, Skipped

if TYPE_CHECKING:
    from .submit import Submission

KEPT_OUTCOMES = 256
"""Answers remembered per client. More than a client may have undecided, so every resend finds its own."""

OWNED = ("frame_id", "user_id", "last_counter")
NEWEST = """
SELECT origin FROM annotate_operation WHERE frame_id = %s AND user_id = %s AND origin IN ('user', 'undo', 'redo')
ORDER BY revision DESC LIMIT 1
"""
"""Of what a person can take back, and of having done so."""


class ForeignClient(Exception):
    """The client id belongs to another user or another frame."""


class CursorRow(Struct):
    """The columns of ClientCursor."""

    client: UUID
    frame_id: int
    user_id: int | None
    last_counter: int
    outcomes: dict[str, Any]
    seen_at: datetime


class Standing(NamedTuple):
    """How far a client's commands are decided, and how far the frame was afterwards: what they did is in it.
    ``mine``: what the person's newest operation there is, user, undo or redo; empty without one."""

    last: int
    epoch: UUID | None
    revision: int
    mine: str


def standing_of(client: UUID, *, frame_id: int, user_id: int) -> Standing:
    """Of a new client nothing is decided. Raises ForeignClient."""
    with statements.one_trip():
        kept = statements.read(ClientCursor, OWNED, by="client", values=[client])
        asked_frame = statements.read(Frame, ("epoch", "revision"), by="id", values=[frame_id])
        newest = statements.ask(NEWEST, [frame_id, user_id])
    *owner, last = next(iter(kept.rows()), (frame_id, user_id, 0))
    if owner != [frame_id, user_id]:
        raise ForeignClient(str(client))
    epoch, revision = next(iter(asked_frame.rows()), (None, 0))
    mine = next((origin for (origin,) in newest.rows()), "")
    return Standing(last, epoch, revision, mine)


def open_book(frame_id: int, submissions: Sequence[Submission]) -> Book:
    """Ask for the cursors of all people in the batch. With the frame locked: that orders all their writers."""
    clients = {s.client: s.user_id for s in submissions if s.origin == "user" and s.user_id is not None}
    return Book(frame_id, clients)


class Book:
    """The cursors of one transaction: asked for at once, to be read before the first command is decided."""

    def __init__(self, frame_id: int, clients: dict[UUID, int]) -> None:
        self.frame_id = frame_id
        self.now = timezone.now()
        self.cursors = {
            client: CursorRow(client, frame_id, user_id, 0, {}, self.now)
            for client, user_id in clients.items()
        }
        self._kept = statements.read(ClientCursor, CursorRow.__struct_fields__, by="client", values=clients)
        self.touched: set[UUID] = set()
        self.decided: dict[tuple[UUID, int], Outcome] = {}  # in this transaction, not in the log yet

    def read(self) -> None:
        self.cursors |= {row[0]: CursorRow(*row) for row in self._kept.rows()}

    def known_outcome(self, submission: Submission, counter: int) -> Outcome | None:
        """The earlier answer to a command that was decided before, a refusal for a hole, else None."""
        cursor = self.cursors.get(submission.client)
        if cursor is None:
            return None
        if (cursor.frame_id, cursor.user_id) != (self.frame_id, submission.user_id):
            return Refused(counter, Code.FORBIDDEN, "this client id belongs to somebody else")
        if counter > cursor.last_counter + 1:
            return Refused(counter, Code.HOLE, f"expected {cursor.last_counter + 1}")
        if counter <= cursor.last_counter:
            return self.decided.get((cursor.client, counter)) or _repeated(cursor, counter)
        return None

    def record(self, submission: Submission, outcome: Outcome) -> None:
        cursor = self.cursors.get(submission.client)
        if cursor is None:
            return
        cursor.last_counter = outcome.counter
        self.decided[cursor.client, outcome.counter] = outcome
        self.touched.add(cursor.client)
        if isinstance(outcome, Refused) or outcome.first is None or outcome.skipped:
            cursor.outcomes[str(outcome.counter)] = _to_json(outcome)
            for key in [k for k in cursor.outcomes if int(k) <= outcome.counter - KEPT_OUTCOMES]:
                del cursor.outcomes[key]

    def close(self) -> None:
        """Write the cursors that moved."""
        rows = [self.cursors[client] for client in self.touched]
        for row in rows:
            row.seen_at = self.now
        statements.upsert(ClientCursor, rows, updated=("last_counter", "outcomes", "seen_at"))


def _repeated(cursor: CursorRow, counter: int) -> Outcome:
    kept = cursor.outcomes.get(str(counter))
    if kept is not None:
        return _from_json(counter, kept)
    span = Operation.objects.filter(client=cursor.client, counter=counter).aggregate(
        first=Min("revision"), last=Max("revision")
    )
    return Accepted(counter, span["first"], span["last"])


def _to_json(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Refused):
        return {
            "code": str(outcome.code),
            "detail": outcome.detail,
            "current": outcome.current,
            "versions": outcome.versions,
            "by": outcome.by,
        }
    skipped = [[str(one.box), list(one.fields)] for one in outcome.skipped]
    return {"first": outcome.first, "last": outcome.last, "skipped": skipped, "at": outcome.at}


def _from_json(counter: int, kept: dict[str, Any]) -> Outcome:
    if "code" in kept:
        code = Code(kept["code"])
        return Refused(counter, code, kept["detail"], kept["current"], kept["versions"], by=kept.get("by"))
    skipped = tuple(Skipped(UUID(box), tuple(fields)) for box, fields in kept["skipped"])
    return Accepted(counter, kept["first"], kept["last"], skipped, kept.get("at"))
