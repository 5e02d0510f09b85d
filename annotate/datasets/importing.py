"""Writes what a check found (checking.py), in ONE transaction: all of it, or nothing, whatever happens meanwhile.

Every box goes through sync.submit, frame by frame, so that what is imported is logged, seen by open screens and taken
back like any other edit. What one transaction costs (docs/import-export.md has figures): PostgreSQL keeps the frames
concerned locked until its end, new ones first, since nobody waits for those; SQLite, which has one writer, lets
everybody else's edits wait that long in their browsers. A staged import would spare them that, and a crash would leave
half of it.

The same file again changes nothing: see merging.py. Images are in the store before the transaction begins
(pictures.py).
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from ..blind import is_blind
from ..frames import set_status
from ..media.ingest import NAME_CHARACTERS, clean_name, frame_with, insert_frame, next_index
from ..models import Box, Frame, Membership, Project, Source, User, locked_frames
from ..sync import statements
from ..sync.fanout import announce
from ..sync.operations import BoxState, Refused
from ..sync.records import BOX_COLUMNS, state_of
from ..sync.submit import Submission, submit
from .checking import CheckReport
from .import_labels import ImportLabels
from .import_rows import BoxLine, FrameLine, NewImage, RowsFile
from .import_wish import ImportWish
from .imported import ImportChanged, Imported
from .merging import Plan, Wanted, identity, key_of, plan_for
from .pictures import put_into_store
from .workplace import Workplace

COMMANDS_TOGETHER = 1000
IDS_TOGETHER = 5000
NO_LONGER_MANAGER = gettext_noop("Your role no longer allows imports into this project. Nothing was changed.")
BOX_REFUSED = gettext_noop(
    "A box of %(name)s was refused: %(reason)s. Nothing was imported; check the file again."
)
FURTHER = {
    (before, after)
    for before in (Frame.Status.TO_ANNOTATE.value, Frame.Status.IN_PROGRESS.value)
    for after in Frame.Status.values
    if after != Frame.Status.TO_ANNOTATE
}
TOLD_AT_ONCE = 200
"""Frames whose open screens are rung for after the commit; the others find it within a second (sync.fanout)."""


class Steps(Protocol):
    """Who wants to know how far it is. May raise to stop; nothing is written then."""

    def expect(self, total: int) -> None:
        """So many steps: one an image to store, one a frame."""

    def advance(self, units: int = 1) -> None:
        """So many more are done. Called inside the transaction: must not write to the database."""


@dataclass(frozen=True, slots=True)
class Order:
    """``project``: its id, or the name of a new one. ``key``: of this import, which its operations are known by.
    ``user`` None: the command line. ``name``: of the file."""

    place: Workplace
    project: int | str
    user: User | None
    wish: ImportWish
    report: CheckReport
    key: UUID
    name: str


Seal = Callable[[Imported], None]
"""Called last inside the transaction; raises when the import is no longer ours to make."""


def write(order: Order, steps: Steps, seal: Seal = lambda _done: None) -> Imported:
    """Raises ImportChanged, FileNotFoundError (the check is gone), and whatever ``steps`` or ``seal`` raise."""
    rows = RowsFile(order.place.rows)
    steps.expect(order.report["new"] + order.report["matched"] + order.report["new"])
    for image in rows.new_images():
        put_into_store(order.place, image.picture, image.md5)
        steps.advance()
    with transaction.atomic():
        work = _Import(order, steps)
        for line in rows.in_order():
            work.take(line)
            steps.advance()
        work.labels.record(order.user)
        seal(work.done)
        transaction.on_commit(partial(tell, work.touched))
    return work.done


def tell(frames: Sequence[int]) -> None:
    for frame in frames:
        announce(frame)


class _Import:
    """The work of the transaction."""

    def __init__(self, order: Order, steps: Steps) -> None:
        self.order = order
        self.wish = order.wish
        self.done = Imported()
        self.project = self._project()
        self.done.project = self.project.pk
        is_new = isinstance(order.project, str)
        self.labels = ImportLabels(self.project, order.report, order.wish, self.done, is_new=is_new)
        self.sources: dict[tuple[str, str], Source] = {}
        self.places: dict[int, int] = {}
        self.touched: list[int] = []
        self.gesture = f"import:{order.key.hex}"

    def _project(self) -> Project:
        """Locked where new images come: one import or upload of a project at a time makes frames. Others are not kept
        waiting for it; of two imports that make the same label at once, the second begins anew."""
        user = self.order.user
        if isinstance(self.order.project, str):
            project = Project.objects.create(name=self.order.project, created_by=user)
            if user is not None:
                Membership.objects.create(project=project, user=user, role=Membership.Role.MANAGER)
            return project
        projects = Project.objects.filter(pk=self.order.project)
        if self.order.report["new"]:
            projects = projects.select_for_update(no_key=True)
        found = projects.first()
        if found is None:
            raise ImportChanged(gettext_noop("The project was deleted meanwhile. Nothing was imported."))
        if user is not None and not may_import(user, found):
            raise ImportChanged(
                gettext_noop("Your role no longer allows imports into this project. Nothing was changed.")
            )
        return found

    def take(self, line: FrameLine) -> None:
        frame, is_new = self._frame(line)
        if self.wish.take == "proposals" and frame.is_blind:
            self.done.blind += 1
            return
        plan = self._plan(frame, line, is_new=is_new)
        self.done.count(plan)
        self._submit(frame, plan)
        is_changed = self._give_status(frame, line.status, is_new=is_new) or bool(plan.commands)
        self.done.frames += is_changed
        if is_changed and len(self.touched) < TOLD_AT_ONCE and not is_new:
            self.touched.append(frame.pk)

    def _frame(self, line: FrameLine) -> tuple[Frame, bool]:
        if line.new is not None:
            known = frame_with(self.project, line.new.original_md5)
            if known is None:
                self.done.new_frames += 1
                return self._new_frame(line, line.new), True
            line = FrameLine(known.pk, line.width, line.height, line.name, line.status, line.boxes)
        frame = locked_frames(Frame.objects.filter(pk=line.frame, project=self.project)).first()
        if frame is None or (frame.width, frame.height) != (line.width, line.height):
            text = gettext_noop(
                "The image %(name)s is no longer as it was when the file was checked. Check it again."
            )
            raise ImportChanged(text, name=line.name)
        return frame, False

    def _new_frame(self, line: FrameLine, new: NewImage) -> Frame:
        source = self._source(new)
        return insert_frame(
            self.project,
            source,
            index=new.index if new.source else self._next_index(source),
            name=clean_name(new.name),
            md5=new.md5,
            original_md5=new.original_md5,
            media_type=new.media_type,
            size=(line.width, line.height),
            is_blind=is_blind(self.project, source, new.original_md5),
        )

    def _next_index(self, source: Source) -> int:
        place = self.places.get(source.pk)
        self.places[source.pk] = next_index(source) if place is None else place + 1
        return self.places[source.pk]

    def _source(self, new: NewImage) -> Source:
        """One of each name in the file; all that the file gives none come from the file itself."""
        key = (new.source_kind or Source.Kind.ARCHIVE.value, new.source or self.order.name)
        if key not in self.sources:
            kind, name = key
            known = {"project": self.project, "kind": kind, "name": name[:NAME_CHARACTERS]}
            user = self.order.user
            source = Source.objects.filter(**known, created_by=user).first()
            self.sources[key] = source or Source.objects.create(**known, created_by=user)
        return self.sources[key]

    def _plan(self, frame: Frame, line: FrameLine, *, is_new: bool) -> Plan:
        boxes = {} if is_new or not frame.revision else boxes_of(frame.pk)
        wanted = self._wanted(frame.pk, line.boxes)
        return plan_for(
            boxes,
            wanted,
            existing=self.wish.existing,
            gesture=self.gesture,
            taken=elsewhere(frame.pk, [one.own for one in wanted if one.own is not None]),
            replaced="proposals" if self.wish.take == "proposals" else "all",
        )

    def _wanted(self, frame: int, lines: Sequence[BoxLine]) -> list[Wanted]:
        found: list[Wanted] = []
        times: dict[str, int] = {}
        for line in lines:
            label = self.labels.of(line.label)
            if label is None:
                self.done.left_out += 1
                continue
            key = line.id or key_of(label, (line.x1, line.y1, line.x2, line.y2))
            place = times[key] = times.get(key, -1) + 1
            found.append(self._wanted_box(line, label, identity(self.project.pk, frame, key, place)))
        return found

    def _wanted_box(self, line: BoxLine, label: int, pk: UUID) -> Wanted:
        fields: dict[str, Any] = {
            "x1": line.x1,
            "y1": line.y1,
            "x2": line.x2,
            "y2": line.y2,
            "label": label,
            "attributes": line.attributes,
            "z": line.z,
        }
        own = UUID(line.id) if line.id else None
        if self.wish.take == "proposals":
            return Wanted(pk, own, {**fields, "status": "proposed", "feedback": ""}, "model", line.confidence)
        fields |= {"status": line.status, "feedback": line.feedback}
        is_model = line.source == "model"
        return Wanted(pk, own, fields, line.source, line.confidence if is_model else None)

    def _submit(self, frame: Frame, plan: Plan) -> None:
        """Proposals are a machine's word, whoever brings them: they do not begin the work on a frame."""
        user = self.order.user
        client = uuid.uuid5(self.order.key, str(frame.pk))
        origin = "model" if self.wish.take == "proposals" else "import"
        for start in range(0, len(plan.commands), COMMANDS_TOGETHER):
            commands = plan.commands[start : start + COMMANDS_TOGETHER]
            sent = Submission(client, user.pk if user else None, commands, origin)  # type: ignore[arg-type]
            [outcomes] = submit(frame.pk, [sent]).outcomes
            refused = next((one for one in outcomes if isinstance(one, Refused)), None)
            if refused is not None:
                text = gettext_noop(
                    "A box of %(name)s was refused: %(reason)s. Nothing was imported; check the file again."
                )
                raise ImportChanged(text, name=frame.name, reason=refused.detail)

    def _give_status(self, frame: Frame, given: str, *, is_new: bool) -> bool:
        """Whether it changed. ``frame``: as before the import. What the file says never takes a frame back that people
        have taken further, and approves nothing where several people have to label an image first (annotate.review)."""
        is_chosen = self.wish.status != "file"
        status = self.wish.status if is_chosen else given
        if status == Frame.Status.APPROVED and self.project.review == Project.ReviewMode.CONSENSUS:
            is_chosen, status = False, Frame.Status.COMPLETE.value
        if not status or self.wish.take == "proposals":
            return False
        if not is_new and not is_chosen and (frame.status, status) not in FURTHER:
            return False
        before = Frame.objects.values_list("status", flat=True).get(pk=frame.pk)
        return before != status and set_status(frame.pk, status, self.order.user, is_import=True) is not None


def may_import(user: User, project: Project) -> bool:
    """Managers: an import adds images and labels as well as boxes. Asked again where it is committed."""
    if not User.objects.filter(pk=user.pk, is_active=True).exists():
        return False
    managers = Membership.objects.filter(project=project, user=user, role=Membership.Role.MANAGER)
    return user.is_superuser or managers.exists()


def boxes_of(frame: int) -> Mapping[UUID, BoxState]:
    """All boxes of a frame, deleted ones too."""
    rows = statements.read(Box, BOX_COLUMNS, by="frame_id", values=[frame]).rows()
    states = [state_of(row) for row in rows]
    return {state.id: state for state in states}


def elsewhere(frame: int, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of the ids that are boxes of other frames."""
    found: set[UUID] = set()
    for start in range(0, len(ids), IDS_TOGETHER):
        taken = Box.objects.filter(pk__in=ids[start : start + IDS_TOGETHER]).exclude(frame=frame)
        found |= set(taken.values_list("pk", flat=True))
    return frozenset(found)
