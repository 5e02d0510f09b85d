"""Faults put into the product on purpose: the fuzz must find each, or it proves nothing.

Python is patched in memory; of the browser's code a changed copy is run. Of the list in the design notes two do not
exist here: no box is written but through submit(), so there are no signals to forget; and boxes are kept as edges, so
that width and height have to be put in first (``width_moves_along``).
"""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from annotate.sync import apply, cursors, hub, opinions, submit, threads, undo, writer
from annotate.sync.fanout import Fanout
from annotate.sync.presence import Presence

from . import virtual
from .pinned import APART, LOSE_SOCKET, PINNED, RELOAD, TWO, hold, resize, wait
from .walk import Walk

SOURCES = Path(__file__).resolve().parents[2] / "frontend" / "src"
Patch = Callable[[pytest.MonkeyPatch], None]
Script = tuple[str, str, str]
"""A file of frontend/src, what is in it, and what is put there instead."""

EDITS = ("create", "move", "resize", "relabel", "verdict", "remove", "undo", "redo", "wait")
NETWORK = ("drop_socket", "hold_messages", "deliver_messages", "go_offline", "go_online")


@dataclass(frozen=True)
class Mutation:
    breaks: str
    """The invariant that must be reported, by number."""
    actions: tuple[str, ...] = ()
    """What random walks need to find it."""
    walk: Walk | None = None
    """Where chance would take too long."""
    patch: Patch | None = None
    script: Script | None = None


def changed_sources(script: Script, folder: Path) -> Path:
    """A copy of frontend/src with one change."""
    name, old, new = script
    copy = folder / "src"
    shutil.copytree(SOURCES, copy)
    text = (copy / name).read_text()
    assert text.count(old) == 1, f"{name} has changed: this mutation must be written anew"
    (copy / name).write_text(text.replace(old, new))
    return copy


# Of the server


def no_cursor_check(patch: pytest.MonkeyPatch) -> None:
    """A command that was sent again is decided again."""
    patch.setattr(cursors.Book, "known_outcome", lambda *_: None)


def ack_before_commit(patch: pytest.MonkeyPatch) -> None:
    """Answers leave when a batch has been decided, and it is committed a little later."""
    commit = writer.FrameWriter._commit

    def tried(*arguments: Any) -> Any:
        result = None
        with suppress(_TakeBack), transaction.atomic():
            result = writer._submit_heard(*arguments)
            raise _TakeBack
        return result

    async def early(self: writer.FrameWriter, viewers: Any, submissions: Any) -> Any:
        said = await threads.write(tried, self.hub.frame_id, self.hub.epoch, viewers, submissions)
        asyncio.get_running_loop().create_task(commit(self, viewers, submissions))
        return said

    patch.setattr(writer.FrameWriter, "_commit", early)


class _TakeBack(Exception):
    pass


def number_before_dedupe(patch: pytest.MonkeyPatch) -> None:
    """A command that was decided before uses up a revision all the same."""
    decide = submit._Batch._decide

    def wasteful(self: Any, submission: Any, command: Any, book: Any) -> Any:
        if book.known_outcome(submission, command.counter) is not None:
            self.revision += 1
        return decide(self, submission, command, book)

    patch.setattr(submit._Batch, "_decide", wasteful)


def no_tail_check(patch: pytest.MonkeyPatch) -> None:
    """Nobody compares with the database; what the bus loses stays lost."""

    async def blind(self: Fanout, frame_ids: list[int]) -> bool:
        return True

    patch.setattr(Fanout, "_look", blind)


def stale_boxes(patch: pytest.MonkeyPatch) -> None:
    """Each process remembers the boxes that it wrote, and does not see what others did since."""
    take = submit._Batch._take_boxes
    remembered: dict[tuple[object, UUID], Any] = {}

    def from_memory(self: Any, states: Any) -> None:
        take(self, states)
        for box_id in self.boxes:
            known = remembered.setdefault((virtual.working, box_id), self.boxes[box_id])
            self.boxes[box_id] = known

    patch.setattr(submit._Batch, "_take_boxes", from_memory)


def width_moves_along(patch: pytest.MonkeyPatch) -> None:
    """As if a box were x and width: moving the left edge writes the right one, from what the server has."""
    checked = apply._checked

    def with_width(given: Any, box: Any, facts: Any) -> Any:
        values = checked(given, box, facts)
        if box is not None and "x1" in values and "x2" not in values:
            values["x2"] = min(box.fields["x2"] + 1, facts.width)
        return values

    patch.setattr(apply, "_checked", with_width)


def offline_overwrites(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(apply, "_check_base", lambda command, box: None)


def deletes_unseen(patch: pytest.MonkeyPatch) -> None:
    """A verdict that somebody only goes by is not compared."""
    check = apply._check_base

    def written(command: Any, box: Any) -> None:
        check(
            replace(command, base={one: command.base[one] for one in command.fields if one in command.base}),
            box,
        )

    patch.setattr(apply, "_check_base", written)


def offline_ratings_overwrite(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(opinions, "_check_base", lambda command, present: None)


def writes_to_the_deleted(patch: pytest.MonkeyPatch) -> None:
    set_fields = apply._set

    def anyway(command: Any, box: Any, facts: Any) -> Any:
        deleted, box.deleted_revision = box.deleted_revision, None
        change = set_fields(command, box, facts)
        box.deleted_revision = deleted
        return change

    patch.setattr(apply, "_set", anyway)


def undo_takes_everything(patch: pytest.MonkeyPatch) -> None:
    """Undo gives back fields that somebody else has changed since."""
    patch.setattr(undo, "_comes_from", lambda *_: True)


def rights_of_yesterday(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(submit._Batch, "_check_rights", lambda *_: None)


def old_epochs_on_the_bus(patch: pytest.MonkeyPatch) -> None:
    """Operations of a log that was put back are taken for those of the present one."""
    receive = hub.FrameHub.receive
    patch.setattr(hub.FrameHub, "receive", lambda self, entries, epoch: receive(self, entries, self.epoch))


def welcome_says_too_little(patch: pytest.MonkeyPatch) -> None:
    """``last`` counts commands whose operations ``head`` does not reach."""
    standing_of = cursors.standing_of

    def short(*arguments: Any, **named: Any) -> Any:
        return standing_of(*arguments, **named)._replace(revision=0)

    patch.setattr(cursors, "standing_of", short)


def hubs_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(hub.FrameHub, "close_if_empty", lambda self: None)


def ghosts_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Presence, "forget_silent", lambda self: False)


def groups_stay(patch: pytest.MonkeyPatch) -> None:
    """What cannot be unsubscribed at once stays subscribed."""
    patch.setattr(Fanout, "_unwanted", lambda self: set())


# Of the browser

CLIENT, SENDER, FEED, STORE = "sync/client.js", "sync/sender.js", "sync/feed.js", "confirmed-store.js"
SENT_INTO_NOTHING = Walk(TWO, (hold(0, up=True), resize(0, 70), wait(0.3), LOSE_SOCKET, RELOAD))
SENT_TWICE = Walk(TWO, (*APART, hold(0, down=True), resize(0, 70), LOSE_SOCKET, resize(0, 90), wait(1.1)))

MUTATIONS = {
    "no cursor check": Mutation("I4", (*EDITS, *NETWORK, "kill"), patch=no_cursor_check),
    "ack before commit": Mutation("I5", EDITS, patch=ack_before_commit),
    "number before dedupe": Mutation("I3", walk=SENT_TWICE, patch=number_before_dedupe),
    "no tail check": Mutation("I1", (*EDITS, "turn_bus", "meddle_with_bus", "propose"), patch=no_tail_check),
    "stale boxes": Mutation("I2", EDITS, patch=stale_boxes),
    "width moves along": Mutation("I9", EDITS, patch=width_moves_along),
    "offline edits overwrite": Mutation("I10", (*EDITS, *NETWORK), patch=offline_overwrites),
    "deletes unseen": Mutation("I10", ("verdict", "rate", "remove", "propose", "wait", *NETWORK), patch=deletes_unseen),
    "writes to the deleted": Mutation("I11", ("remove", "resize", "wait", *NETWORK), patch=writes_to_the_deleted),
    "undo takes everything": Mutation("I12", ("resize", "undo", "redo", "wait"), patch=undo_takes_everything),
    "rights of yesterday": Mutation("I14", (*EDITS, "set_role"), patch=rights_of_yesterday),
    "hubs stay": Mutation("I16", EDITS, patch=hubs_stay),
    "groups stay": Mutation("I16", walk=PINNED["leaving while the bus is away"], patch=groups_stay),
    "ghosts stay": Mutation("I17", (*EDITS, "kill"), patch=ghosts_stay),
    "old epochs on the bus": Mutation(
        "I7", walk=PINNED["old operations on the bus after a restore"], patch=old_epochs_on_the_bus
    ),
    "welcome says too little": Mutation(
        "I8", walk=PINNED["welcomed by a process that lags"], patch=welcome_says_too_little
    ),
    "no resend after reconnect": Mutation(
        "I6", (*EDITS, *NETWORK), script=(SENDER, "    this.inFlight.clear();\n    this.clock", "    this.clock")
    ),
    "apply over a hole": Mutation(
        "I7", (*EDITS, "hold_messages", "lose_message", "deliver_messages"),
        script=(FEED, "      if (from > this.revision + 1) continue;\n", ""),
    ),
    "never marked offline": Mutation(
        "I10", (*EDITS, *NETWORK), script=(SENDER, "    if (command.off || !waited", "    if (command.c || !waited"),
    ),
    "forgotten when sent": Mutation(
        "I6", walk=SENT_INTO_NOTHING,
        script=(
            SENDER,
            "this.inFlight.add(command);",
            "this.inFlight.add(command); this.store.uplink.settled(command);",
        ),
    ),
    "off the screen when acked": Mutation(
        "I8", (*EDITS, "turn_bus", "propose", "hold_messages", "deliver_messages"),
        script=(STORE, "command.until = ack.to ?? ack.at ?? 0;", "command.until = 0;"),
    ),
    "off the screen when nothing was to be done": Mutation(
        "I8", walk=PINNED["deleting what is deleted already"], script=(STORE, "ack.to ?? ack.at ?? 0", "ack.to ?? 0"),
    ),
    "a new id for every eviction": Mutation(
        "I4", walk=PINNED["a late claim"],
        script=(CLIENT, "    return isRepeated || this.identity.isLost;", "    return true;"),
    ),
    "a lost id is kept": Mutation(
        "I6", walk=PINNED["a tab taken for dead"],
        script=("sync/identity.js", "return this.locks.isLost(this.client);", "return false;"),
    ),
    "answers of a lost log": Mutation(
        "I6", walk=PINNED["answered, then put back"], script=(CLIENT, "    this.store.forgetAfter(welcome.head);\n", "")
    ),
    "whoever restores owns": Mutation(
        "I1", walk=PINNED["a restored box of the model"],
        script=("replica.js", "detection, by } : {}", "detection, by: by ?? op.by } : {}"),
    ),
    "deaf to what others say of a detection": Mutation(
        "I1", ("rate_detection", "undo", "wait"),
        script=(STORE, "const opinion = this.hear(op, token);", "const opinion = null;"),
    ),
    "ratings made offline overwrite": Mutation(
        "I10", ("rate_detection", "duplicate_tab", "wait", *NETWORK), patch=offline_ratings_overwrite
    ),
    "refused without a word": Mutation(
        "I6", (*EDITS, *NETWORK), script=(STORE, "    this.notify(asked.news);\n", "")
    ),
}  # fmt: skip
