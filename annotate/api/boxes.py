"""The boxes of an image and the operations on them: the same commands, rules and log as the live socket."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from ..access import Role
from ..actions.detections import Share
from ..curation.views import BOX_VIEWS, Scope
from ..models import Box, ClientCursor, Frame, Operation, Project, locked_frames
from ..sync.fanout import announce
from ..sync.operations import Accepted, BoxState, Command, Outcome
from ..sync.protocol import Revision, WireCommand, command_from
from ..sync.snapshot import snapshot_of
from ..sync.submit import FrameMissing, FrameRestored, Result, Submission, submit
from .calls import Call, Problem, missing
from .frames import Id
from .paging import Page, PageQuery, cursor_of, rows_of, values_in
from .routes import route

BoxView = Literal[
    "disputed", "accepted_unsure", "rejected_sure", "never_reviewed", "negative", "outliers", "overlapping"
]
MOST_COMMANDS = 500
OUR_CLIENTS = UUID("6ee6b0c2-5d0f-4b6e-8f0a-6d1b0f5f6f2c")
"""Name space of the client ids that are given to people who send none."""


class BoxInfo(Struct):
    """Edges in image pixels. ``versions``: per field the revision that last wrote it, to be sent back as ``base``.
    ``detection``: which run of a model proposed it. ``by``: id of who made it."""

    id: UUID
    x1: float
    y1: float
    x2: float
    y2: float
    label: int
    attributes: dict[str, Any]
    z: float
    status: str
    feedback: str
    source: str
    confidence: float | None
    detection: UUID | None
    by: int | None
    versions: dict[str, int]


class BoxPage(Struct):
    """All of one moment, ``revision`` of the log ``epoch``; the ETag says both. ``next``: as everywhere."""

    items: list[BoxInfo]
    next: str | None
    epoch: UUID
    revision: int


class ProjectBox(Struct):
    """A box among those of a whole project; ``frame`` has the rest of it."""

    id: UUID
    frame: int
    x1: float
    y1: float
    x2: float
    y2: float
    label: int
    status: str
    feedback: str
    source: str
    confidence: float | None
    detection: UUID | None
    by: int | None


class BoxQuery(PageQuery):
    """``label``, ``frame``, ``detection``: ids. ``confidence_min`` and ``confidence_max``: both inclusive; boxes
    without a confidence are then left out. ``view``: what deserves a second look, as the desk has it
    (docs/admin.md)."""

    status: Literal["proposed", "accepted", "rejected"] | None = None
    source: Literal["human", "model"] | None = None
    feedback: Literal["positive", "negative", "neutral"] | None = None
    label: Id | None = None
    frame: Id | None = None
    detection: UUID | None = None
    confidence_min: Share | None = None
    confidence_max: Share | None = None
    view: BoxView | None = None


class Commands(Struct, forbid_unknown_fields=True):
    """Commands as in ``op`` of docs/protocol.md. With ``client`` (made once by the sender, for one image) their
    counters ``c`` go up by one without a hole, and what was decided is never done twice. Without, they are numbered
    here in their order; send an Idempotency-Key then."""

    commands: Annotated[list[WireCommand], Meta(min_length=1, max_length=MOST_COMMANDS)]
    client: UUID | None = None


class Skipped(Struct):
    box: UUID
    fields: list[str]


class CommandOutcome(Struct):
    """``accepted``: with the revisions it made, null where nothing was to be done; else ``code``, ``detail`` and what
    is there instead. ``skipped``: what an undo left alone because somebody changed it since."""

    c: int
    accepted: bool
    first: int | None = None
    last: int | None = None
    skipped: list[Skipped] = []
    code: str = ""
    detail: str = ""
    current: dict[str, Any] = {}
    versions: dict[str, int] = {}


class Committed(Struct):
    """One outcome per command, in their order. ``revision`` is that of the image afterwards."""

    epoch: UUID
    revision: int
    outcomes: list[CommandOutcome]


class OperationInfo(Struct):
    """One recorded edit of one box, or what a person says of a detection as a whole (``rate``: no box, the detection is
    one of ``fields``). ``fields`` as stored, ``before`` what they replaced."""

    revision: int
    kind: str
    origin: str
    by: int | None
    box: UUID | None
    fields: dict[str, Any]
    before: dict[str, Any]
    gesture: str
    reverts: str
    at: datetime


class OperationQuery(Struct, forbid_unknown_fields=True):
    """``after``: only operations with a higher revision."""

    after: Revision = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 200


class OperationPage(Struct):
    """``revision``: of the image now; there is more while it is higher than the last one here."""

    epoch: UUID
    revision: int
    items: list[OperationInfo]


def tag_of(epoch: UUID, revision: int) -> str:
    return f'"{epoch}-{revision}"'


def info_of(box: BoxState) -> BoxInfo:
    values = {name: box.fields[name] for name in BoxInfo.__struct_fields__ if name in box.fields}
    return BoxInfo(
        id=box.id,
        **values,
        source=box.source,
        confidence=box.confidence,
        detection=box.detection,
        by=box.created_by,
        versions=box.versions,
    )


@route("GET", "frames/<id:frame_id>/boxes", role=Role.VIEWER, is_conditional=True)
def list_boxes(call: Call, frame: Frame, query: PageQuery) -> BoxPage:
    """The live boxes of an image, in the order in which they were made."""
    try:
        snapshot = snapshot_of(frame.pk)
    except FrameMissing as error:
        raise missing() from error
    boxes = list(snapshot.boxes)
    if query.cursor is not None:
        revision, box_id = values_in(query.cursor, 2)
        boxes = [box for box in boxes if (box.created_revision, str(box.id)) > (int(revision), str(box_id))]
    shown = boxes[: query.limit]
    is_all = len(shown) == len(boxes)
    following = None if is_all else cursor_of([shown[-1].created_revision, str(shown[-1].id)])
    call.headers["ETag"] = tag_of(snapshot.epoch, snapshot.revision)
    return BoxPage([info_of(box) for box in shown], following, snapshot.epoch, snapshot.revision)


@route("GET", "projects/<id:project_id>/boxes", role=Role.VIEWER)
def list_project_boxes(call: Call, project: Project, query: BoxQuery) -> Page[ProjectBox]:
    """The live boxes of a project, such as those that are to be changed together. Proposals on images of the blind
    sample are told to nobody."""
    wanted = {
        "status": query.status,
        "source": query.source,
        "feedback": query.feedback,
        "label": query.label,
        "frame": query.frame,
        "detection_id": query.detection,
        "confidence__gte": query.confidence_min,
        "confidence__lte": query.confidence_max,
    }
    boxes = Box.objects.filter(
        frame__project=project, frame__set_aside_at__isnull=True, deleted_revision__isnull=True
    ).exclude(frame__is_blind=True, status=Box.Status.PROPOSED)
    rows = boxes.filter(**{name: value for name, value in wanted.items() if value is not None})
    if query.view is not None:
        rows = BOX_VIEWS[query.view].narrow(rows, Scope(project.pk))
    found, following = rows_of(rows, query, "pk")
    return Page([project_box(one) for one in found], following)


def project_box(box: Box) -> ProjectBox:
    return ProjectBox(
        id=box.pk,
        frame=box.frame_id,
        x1=box.x1,
        y1=box.y1,
        x2=box.x2,
        y2=box.y2,
        label=box.label_id,
        status=box.status,
        feedback=box.feedback,
        source=box.source,
        confidence=box.confidence,
        detection=box.detection_id,
        by=box.created_by_id,
    )


@route("GET", "frames/<id:frame_id>/operations", role=Role.VIEWER)
def list_operations(call: Call, frame: Frame, query: OperationQuery) -> OperationPage:
    """The log of an image, oldest first."""
    rows = Operation.objects.filter(frame=frame, revision__gt=query.after).order_by("revision")
    items = [operation_info(one) for one in rows[: query.limit]]
    return OperationPage(frame.epoch, frame.revision, items)


def operation_info(one: Operation) -> OperationInfo:
    return OperationInfo(
        revision=one.revision,
        kind=one.kind,
        origin=one.origin,
        by=one.user_id,
        box=one.box_id,
        fields=one.fields,
        before=one.before,
        gesture=one.gesture,
        reverts=one.reverts,
        at=one.created_at,
    )


@route(
    "POST",
    "frames/<id:frame_id>/operations",
    role=Role.ANNOTATOR,
    is_conditional=True,
    also={409: "The log was put back since."},
)
def commit_operations(call: Call, frame: Frame, body: Commands) -> Committed:
    """Decides a batch of commands in one transaction: what can be done is done, the rest says why not.

    Open screens see it at once, and it can be undone there. With If-Match (an ETag of the boxes) nothing is done when
    the image has changed since: 412, with the present revision.
    """
    try:
        with transaction.atomic():
            check_unchanged(call, frame)
            result = submit(frame.pk, [submission_of(call, frame, body)])
            transaction.on_commit(partial(announce, frame.pk))
    except FrameMissing as error:
        raise missing() from error
    except FrameRestored as error:
        raise Problem(409, _("The image was restored meanwhile. Read it again.")) from error
    call.headers["ETag"] = tag_of(result.epoch, result.revision)
    return committed(result, [one.c for one in body.commands])


def check_unchanged(call: Call, frame: Frame) -> None:
    """With the image locked until the commit. Raises Problem, Http404."""
    row = locked_frames(Frame.objects.filter(pk=frame.pk)).values_list("epoch", "revision").first()
    if row is None:
        raise missing()
    wanted = call.request.headers.get("If-Match")
    present = tag_of(*row)
    if (
        wanted is not None
        and wanted.strip() != "*"
        and present not in [one.strip() for one in wanted.split(",")]
    ):
        detail = _("The image has changed since you read it. Nothing was changed; read it again.")
        more = {"epoch": str(row[0]), "revision": row[1]}
        raise Problem(412, detail, code="changed", headers={"ETag": present}, **more)


def submission_of(call: Call, frame: Frame, body: Commands) -> Submission:
    commands: list[Command] = [command_from(one) for one in body.commands]
    if body.client is not None:
        return Submission(body.client, call.user.pk, commands)
    client = uuid5(OUR_CLIENTS, f"{call.user.pk}:{frame.pk}:{frame.epoch}")
    last = ClientCursor.objects.filter(pk=client).values_list("last_counter", flat=True).first() or 0
    gesture = f"api-{client.hex}-{last + 1}"
    numbered = [renumbered(one, counter, gesture) for counter, one in enumerate(commands, start=last + 1)]
    return Submission(client, call.user.pk, numbered)


def renumbered(command: Command, counter: int, gesture: str) -> Command:
    """With our counter. Edits without a gesture of their own are one step of undo together."""
    is_edit = command.kind not in {"undo", "redo", "rewind"}
    return replace(command, counter=counter, gesture=command.gesture or (gesture if is_edit else ""))


def committed(result: Result, counters: list[int]) -> Committed:
    outcomes = [outcome_of(one, c) for one, c in zip(result.outcomes[0], counters, strict=True)]
    return Committed(result.epoch, result.revision, outcomes)


def outcome_of(outcome: Outcome, c: int) -> CommandOutcome:
    if isinstance(outcome, Accepted):
        skipped = [Skipped(one.box, list(one.fields)) for one in outcome.skipped]
        return CommandOutcome(c, True, outcome.first, outcome.last, skipped)
    return CommandOutcome(
        c,
        False,
        code=str(outcome.code),
        detail=outcome.detail,
        current=outcome.current,
        versions=outcome.versions,
    )
