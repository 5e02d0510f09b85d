"""What must hold once everything is healed and nothing is on its way: I1 to I18 of the design, by number."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from annotate.geometry import MIN_SIDE_PX, Edges, GeometryError, merged_edges
from annotate.models import Box, Feedback, Frame, Operation
from annotate.sync import log
from annotate.sync.rights import RANK

from .fold import EDGES, FIELDS, SILENCE, Fold, Folded, Json, whose
from .ledger import Edit, Key, Left
from .people import HEIGHT, WIDTH
from .world import World

VERDICT = ("status", "feedback")
TASKS_OF_A_PROCESS = 5
"""Of a process with a bus: sending, listening, tail check, heartbeat, sessions."""


@dataclass
class Final:
    """The frame as the database has it."""

    frame: Frame
    operations: list[Operation]
    boxes: dict[UUID, Box]
    fold: Fold

    def of_gesture(self, gesture: str) -> list[Operation]:
        return [one for one in self.operations if one.gesture == gesture]


def check_log(world: World) -> Final:
    """I2, I3, I4, I7, I9 to I12 and I14, from the tables alone."""
    frame = Frame.objects.get(pk=world.site.frame_id)
    operations = list(Operation.objects.filter(frame=frame).order_by("revision"))
    final = Final(frame, operations, {box.pk: box for box in Box.objects.filter(frame=frame)}, Fold())
    by_gesture: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        box = final.fold.boxes.get(operation.box_id) if operation.box_id else None
        _check_rights(world, operation)
        if operation.kind == "rate":
            _check_rating(world, final, operation, by_gesture[operation.reverts])
        _check_offline(world, operation, box)
        _check_verdict(world, operation, box)
        _check_content(world, operation, box)
        if operation.reverts and operation.box_id is not None:
            _check_undo(final, operation, box, by_gesture[operation.reverts])
        final.fold.apply(operation)
        by_gesture[operation.gesture].append(operation)
    assert final.fold.revision == frame.revision, "I3: the frame is at another revision than its log"
    _check_order(operations)
    _check_once(world, operations)
    _check_boxes(final)
    _check_words(final)
    return final


def _check_boxes(final: Final) -> None:
    assert final.boxes.keys() == final.fold.boxes.keys(), "I2"
    for box_id, box in final.boxes.items():
        folded = final.fold.boxes[box_id]
        row = {name: box.label_id if name == "label" else getattr(box, name) for name in FIELDS}
        assert row == folded.fields, f"I2: {box_id} is {row}, its log says {folded.fields}"
        marks = {"source": box.source, "confidence": box.confidence, "detection": box.detection_id}
        marks["by"] = box.created_by_id
        assert marks == folded.marks, "I2"
        assert box.versions == folded.versions, "I2"
        assert box.authored == folded.authored, f"I2: {box.authored} is not {folded.authored}"
        assert (box.created_revision, box.deleted_revision) == (folded.created, folded.deleted), "I2"
        assert 0 <= box.x1 <= box.x2 - MIN_SIDE_PX + 1e-6 and box.x2 <= WIDTH, f"I9: {box_id}"
        assert 0 <= box.y1 <= box.y2 - MIN_SIDE_PX + 1e-6 and box.y2 <= HEIGHT, f"I9: {box_id}"


def _check_words(final: Final) -> None:
    rows = Feedback.objects.filter(frame=final.frame).values_list("detection", "user", "verdict", "note")
    kept = {
        (str(detection), user): {"feedback": verdict, "note": note} for detection, user, verdict, note in rows
    }
    assert kept == final.fold.said(), f"I2: the rows say {kept}, the log {final.fold.said()}"


def _check_rating(world: World, final: Final, operation: Operation, reverted: list[Operation]) -> None:
    """I9, I10 and I12 for what a person says of a detection."""
    before = final.fold.words.get(whose(operation), SILENCE)
    said = {name: operation.fields[name] for name in ("feedback", "note")}
    if operation.origin == "user":
        edit = world.witness.edits.get(key_of(operation))
        assert edit is None or edit.times > 1 or said == edit.asked, f"I9: {operation} says {said}: {edit}"
        sent = world.witness.sent.get((str(operation.client), operation.counter), [])
        bases = [one.base for one in sent if one.gesture == operation.gesture]
        honest = not operation.offline or any(before.version <= base["feedback"] for base in bases)
        assert honest, f"I10: {operation} took back {before}, its author knew {bases}"
    else:
        own = [one for one in reverted if one.kind == "rate" and whose(one) == whose(operation)]
        authors = {one.authored.get("feedback", one.revision) for one in own}
        assert before.authored in authors, f"I12: {operation} takes back {before}"


def key_of(operation: Operation) -> Key:
    """Of the edit that made it."""
    if operation.origin in ("undo", "redo"):
        return operation.gesture, operation.origin, None
    return operation.gesture, operation.kind, str(operation.box_id) if operation.box_id else None


def _check_order(operations: Iterable[Operation]) -> None:
    last: dict[UUID, tuple[int, int]] = {}
    for operation in operations:
        place = (operation.counter, operation.part)
        assert place > last.get(operation.client, (0, 0)), f"I7: {operation} is out of its client's order"
        last[operation.client] = place


def _check_once(world: World, operations: Iterable[Operation]) -> None:
    """However often an edit was sent, and under whatever client id, it was done once."""
    commands: dict[tuple[str, str, str | None], set[tuple[UUID, int]]] = defaultdict(set)
    for one in operations:
        if one.origin in ("user", "undo", "redo"):
            commands[key_of(one)].add((one.client, one.counter))
    for key, made in commands.items():
        edit = world.witness.edits.get(key)
        assert edit is not None, f"I4: nobody asked for {key}"
        assert len(made) <= edit.times, f"I4: {key} was done {len(made)} times, asked {edit.times} times"


def _check_rights(world: World, operation: Operation) -> None:
    if operation.origin not in ("user", "undo", "redo"):
        return
    role: str | None = "annotator"
    for revision, user, given in world.witness.roles:
        if user == operation.user_id and revision < operation.revision:
            role = given
    assert role is not None and RANK[role] >= RANK["annotator"], f"I14: {operation} was made by a {role}"


def _check_offline(world: World, operation: Operation, box: Folded | None) -> None:
    """I10: no edit that was made offline replaces what its author has not seen."""
    if not operation.offline or operation.kind != "set" or operation.origin != "user":
        return
    assert box is not None
    sent = world.witness.sent.get((str(operation.client), operation.counter), [])
    bases = [one.base for one in sent if one.gesture == operation.gesture]
    honest = any(
        all(name in base and box.versions[name] <= base[name] for name in operation.fields) for base in bases
    )
    assert honest, f"I10: {operation} overwrote {box.versions}, its author saw {bases}"


def _check_verdict(world: World, operation: Operation, box: Folded | None) -> None:
    """I10: nobody decides on what somebody else has decided on unseen, by whatever they do."""
    if operation.kind not in ("set", "delete") or operation.origin != "user":
        return
    assert box is not None
    sent = world.witness.sent.get((str(operation.client), operation.counter), [])
    bases = [one.base for one in sent if one.gesture == operation.gesture]
    named = [{name: base[name] for name in VERDICT if name in base} for base in bases]
    honest = any(all(box.versions[name] <= seen for name, seen in base.items()) for base in named)
    assert honest, f"I10: {operation} came after a verdict on {box.versions}, its author saw {named}"


def _check_content(world: World, operation: Operation, box: Folded | None) -> None:
    """I9: what is stored is what the author wrote, in the form that the rules of geometry give it."""
    edit = world.witness.edits.get((operation.gesture, operation.kind, str(operation.box_id)))
    if (
        edit is None
        or edit.times > 1
        or operation.origin != "user"
        or operation.kind not in ("create", "set")
    ):
        return
    wanted = dict(edit.asked)
    edges = {name: wanted[name] for name in EDGES if name in wanted}
    if edges:
        present = Edges(**{name: box.fields[name] for name in EDGES}) if box else None
        try:
            merged = merged_edges(present, edges, width=WIDTH, height=HEIGHT)
        except GeometryError as error:
            raise AssertionError(f"I9: {operation} was not to be stored") from error
        wanted |= {name: getattr(merged, name) for name in edges}
    if box is not None:
        wanted = {name: value for name, value in wanted.items() if value != box.fields[name]}
        is_open = (
            box.marks["source"] == "model" and box.fields["status"] == "proposed" and not operation.offline
        )
        if is_open and "status" not in wanted and not wanted.keys().isdisjoint({*EDGES, "label"}):
            wanted["status"] = "accepted"  # also where the author did not know that it is a proposal again
        is_decided = wanted.get("status", "proposed") != "proposed"
        if is_decided and "feedback" not in edit.asked and box.fields["feedback"] == "neutral":
            wanted["feedback"] = ""
    stored = {name: value for name, value in operation.fields.items() if name in wanted or box is not None}
    assert stored == wanted, f"I9: {operation} stored {stored}, its author wrote {wanted}"


def _check_undo(final: Final, operation: Operation, box: Folded | None, reverted: list[Operation]) -> None:
    """I12: an undo changes only what still comes from the gesture that it takes back."""
    assert box is not None and reverted, f"I12: {operation} takes back what nobody did"
    strangers = [one for one in reverted if one.user_id != operation.user_id]
    assert not strangers, f"I12: {operation} takes back what somebody else did"
    own = [one for one in reverted if one.box_id == operation.box_id]
    if own[0].kind == "create":
        since = [one for one in final.operations[: operation.revision - 1] if one.box_id == operation.box_id]
        others = [one for one in since if one.user_id != operation.user_id]
        assert not others, f"I12: {operation} deletes a box that others have changed"
        return
    names = operation.fields.keys() & set(FIELDS) if operation.kind == "set" else {"deleted"}
    for name in names:
        authors = {one.authored.get(name, one.revision) for one in own}
        assert box.authored.get(name) in authors, f"I12: {operation} took back a foreign {name}"


def check_clients(world: World, final: Final, states: dict[int, Json]) -> None:
    """I1, I13, I17 and I18: every screen shows the same, however it came to it."""
    live = final.fold.live()
    said = {f"{detection} {user}": opinion for (detection, user), opinion in final.fold.said().items()}
    for number, state in states.items():
        if state["connection"] != "online":
            continue
        assert state["revision"] == final.frame.revision, f"I1: tab {number} is at {state['revision']}"
        assert state["confirmed"] == live, f"I1: tab {number} has {_difference(state['confirmed'], live)}"
        assert state["boxes"] == live, f"I1: tab {number} shows {_difference(state['boxes'], live)}"
        assert state["confirmedOpinions"] == said, f"I1: tab {number} hears {state['confirmedOpinions']}"
        assert state["opinions"] == said, f"I1: tab {number} shows {state['opinions']}, said is {said}"
        assert state["drags"] == 0, f"I13: tab {number} still shows a drag"
    strangers = strangers_on_screen(world, states)
    assert not strangers, "; ".join(strangers)


def strangers_on_screen(world: World, states: dict[int, Json]) -> list[str]:
    """Tabs that list other people than there are sockets."""
    sockets = {one.who for hub in world.hubs for one in hub.subscribers}
    return [
        f"I17: tab {number} sees {state['people']}, there are {sorted(sockets)}"
        for number, state in states.items()
        if state["connection"] == "online" and set(state["people"]) != sockets
    ]


def _difference(mine: Json, theirs: Json) -> Json:
    ids = {one for one in mine.keys() | theirs.keys() if mine.get(one) != theirs.get(one)}
    return {one: (mine.get(one), theirs.get(one)) for one in ids}


def check_edits(world: World, final: Final, queues: dict[int, list[Json]]) -> None:
    """I6: nothing is silently gone. I8: nothing flickered."""
    kept = {(row["g"], row["k"], row["box"]) for rows in queues.values() for row in rows}
    done: dict[tuple[str, str, str | None], list[Operation]] = defaultdict(list)
    for one in final.operations:
        if one.origin in ("user", "undo", "redo"):
            done[key_of(one)].append(one)
    for key, edit in world.witness.edits.items():
        nothing = (None, None) in edit.acked
        fates = [bool(done[key]), nothing, bool(edit.refused), key in kept]
        if edit.is_excused:
            continue
        assert any(fates), f"I6: {edit} is gone without a word"
        assert edit.times > 1 or sum(fates[:3]) <= 1, f"I4: {edit} had several fates: {fates}"
    for left in world.witness.left:
        _check_flicker(world, left, done[left.key])


def _check_flicker(world: World, left: Left, done: list[Operation]) -> None:
    edit = world.witness.edits[left.key]
    if left.epoch != world.witness.epoch or edit.refused or edit.is_excused:
        return
    wrote = [one for one in done if left.name in ("picture", "exists") or left.name in one.fields]
    known_from = min((one.revision for one in wrote), default=edit.nothing_at or 0)
    assert left.revision >= known_from, f"I8: {left} went off the screen before revision {known_from}: {edit}"


def check_servers(world: World, final: Final) -> None:
    """I1 and I16: hubs hold what the log holds, and nobody owes anything."""
    for hub in world.hubs:
        assert hub.head == final.frame.revision, f"I1: a hub is at {hub.head} of {final.frame.revision}"
        newest = final.operations[len(final.operations) - len(hub._ring) :]
        logged = [json.loads(log.encoded_operation(one)) for one in newest]
        assert [json.loads(one) for one in hub._ring] == logged, "I1: a hub remembers another log"
        assert hub.writer.idle and not hub._own, "I16: a hub still has something to say"
        for one in hub.subscribers:
            assert not one._control and not one.undecided, "I16: a lane is not empty"


def check_nothing_left(world: World) -> None:
    """I16: after the last tab has gone."""
    assert not world.bus.groups, f"I16: somebody still listens to {world.bus.groups}"
    for process in world.processes:
        fanout = process.fanout
        if fanout is None:
            continue
        assert not fanout.hubs, "I16: a hub outlived its sockets"
        tasks = [task for task in asyncio.all_tasks(process.loop) if not task.done()]
        assert len(tasks) <= TASKS_OF_A_PROCESS, f"I16: tasks go on: {tasks}"


def fates_of(edits: Iterable[Edit]) -> dict[str, int]:
    """How the edits of an example ended, for the statistics of a run."""
    fates: dict[str, int] = defaultdict(int)
    for edit in edits:
        for code in edit.refused:
            fates[code] += 1
        if (None, None) in edit.acked:
            fates["nothing to do"] += 1
    return dict(fates)
