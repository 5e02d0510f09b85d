"""Images: the list, adding one, its status, and its files."""

from datetime import datetime
from typing import Annotated, Literal, cast

from django.db.models import QuerySet
from django.http import HttpResponseBase
from msgspec import Meta, Struct

from ..access import Role, check_role
from ..actions.files import image_of, thumbnail_of
from ..actions.frames import role_to_change
from ..actions.incoming import BodyFile, IncomingFile
from ..actions.uploads import RAW, STATUS_OF_REFUSAL, Upload, take
from ..curation.views import FRAME_VIEWS, Scope
from ..frames import set_status
from ..media.refusals import Refusal
from ..models import Frame, Job, Project
from .calls import Call, Problem, missing
from .jobs import JobInfo
from .jobs import info_of as job_info
from .paging import Page, PageQuery, rows_of
from .routes import route

Status = Literal["to_annotate", "in_progress", "complete", "approved", "returned"]
FrameView = Literal["never_reviewed", "nearly_empty", "disputed", "negative", "overlapping"]
Word = Annotated[str, Meta(max_length=100)]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Id = Annotated[int, Meta(ge=1, le=2**53 - 1)]


class FrameInfo(Struct):
    """``original_md5``: of the file as it came in. ``revision`` counts the operations on its boxes. ``is_gold``:
    people are measured with its boxes. ``merged_from``: of how many people's independent labels they were made, 0 for
    none. ``image``, ``thumbnail``: addresses of the files."""

    id: int
    project: int
    source: int
    index: int
    name: str
    status: str
    width: int
    height: int
    media_type: str
    original_md5: str
    revision: int
    is_blind: bool
    is_gold: bool
    merged_from: int
    created_at: datetime
    image: str
    thumbnail: str


class FrameQuery(PageQuery):
    """``name``: what it contains, in any case of letters. ``original_md5``: whether a file is there already.
    ``set_aside``: images that were set aside instead of those that are there; for managers. ``view``: what deserves a
    second look, as the desk has it (docs/admin.md)."""

    set_aside: bool = False
    status: Status | None = None
    name: Word | None = None
    source: Id | None = None
    is_blind: bool | None = None
    is_gold: bool | None = None
    original_md5: Hash | None = None
    view: FrameView | None = None


class UploadQuery(Struct, forbid_unknown_fields=True):
    """``per_second`` or ``every``: which images of a video; a number, or nothing for one a second."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    per_second: Annotated[str, Meta(max_length=20)] = ""
    every: Annotated[str, Meta(max_length=20)] = ""


class Uploaded(Struct):
    """``outcome``: added, duplicate (the project has this file), or queued: an archive or a video became ``job``."""

    outcome: Literal["added", "duplicate", "queued"]
    frame: FrameInfo | None = None
    job: JobInfo | None = None


class StatusChange(Struct, forbid_unknown_fields=True):
    status: Literal["to_annotate", "in_progress", "complete"]


def info_of(frame: Frame) -> FrameInfo:
    address = f"/api/v1/frames/{frame.pk}"
    return FrameInfo(
        id=frame.pk,
        project=frame.project_id,
        source=frame.source_id,
        index=frame.index,
        name=frame.name,
        status=frame.status,
        width=frame.width,
        height=frame.height,
        media_type=frame.media_type,
        original_md5=frame.original_md5,
        revision=frame.revision,
        is_blind=frame.is_blind,
        is_gold=frame.is_gold,
        merged_from=frame.merged_from,
        created_at=frame.created_at,
        image=f"{address}/image",
        thumbnail=f"{address}/thumbnail",
    )


@route("GET", "projects/<id:project_id>/frames", role=Role.VIEWER)
def list_frames(call: Call, project: Project, query: FrameQuery) -> Page[FrameInfo]:
    """The images of a project, in the order in which they came."""
    wanted = {
        "status": query.status,
        "name__icontains": query.name,
        "source": query.source,
        "is_blind": query.is_blind,
        "is_gold": query.is_gold,
        "original_md5": query.original_md5,
    }
    frames = aside(call, project) if query.set_aside else project.frames.all()
    frames = frames.filter(**{name: value for name, value in wanted.items() if value is not None})
    if query.view is not None:
        frames = FRAME_VIEWS[query.view].narrow(frames, Scope(project.pk))
    found, following = rows_of(frames, query, "pk")
    return Page([info_of(one) for one in found], following)


def aside(call: Call, project: Project) -> QuerySet[Frame]:
    """Raises Refused."""
    check_role(call.user, project, Role.MANAGER)
    return Frame.everything.filter(project=project, set_aside_at__isnull=False)


@route(
    "POST",
    "projects/<id:project_id>/frames",
    role=Role.MANAGER,
    status=201,
    takes=RAW,
    also={
        200: "The project has this file already.",
        202: "An archive or a video: a job adds its images.",
        413: "The file is too large.",
        507: "The server has no room left.",
    },
)
def upload_frame(call: Call, project: Project, query: UploadQuery) -> Uploaded:
    """Adds one file, which is the body. The same file twice is one image, so a repeat is harmless."""
    file = cast(IncomingFile, BodyFile(call.request))
    outcome = take(Upload(project, call.user, file, (query.per_second, query.every)))
    if isinstance(outcome, Refusal):
        raise Problem(STATUS_OF_REFUSAL.get(outcome.code, 422), outcome.message, code=outcome.code)
    if isinstance(outcome, Job):
        call.status = 202
        return Uploaded("queued", job=job_info(outcome, call.user, call.role))
    call.status = 201 if outcome.is_new else 200
    return Uploaded("added" if outcome.is_new else "duplicate", frame=info_of(outcome.frame))


@route("GET", "frames/<id:frame_id>", role=Role.VIEWER)
def get_frame(call: Call, frame: Frame) -> FrameInfo:
    """One image."""
    return info_of(frame)


@route("PUT", "frames/<id:frame_id>/status", role=Role.ANNOTATOR)
def set_frame_status(call: Call, frame: Frame, body: StatusChange) -> FrameInfo:
    """Declares it complete, or open again. An approved one takes a reviewer."""
    check_role(call.user, frame.project_id, role_to_change(frame))
    written = set_status(frame.pk, body.status, call.user)
    if written is None:
        raise missing()
    return info_of(written)


@route("GET", "frames/<id:frame_id>/image", role=Role.VIEWER, gives="image/*")
def get_image(call: Call, frame: Frame) -> HttpResponseBase:
    """The image as stored, upright."""
    response = image_of(call.request, frame)
    if response is None:
        raise missing()
    return response


@route(
    "GET",
    "frames/<id:frame_id>/thumbnail",
    role=Role.VIEWER,
    gives="image/webp",
    also={202: "It is being made; ask again."},
)
def get_thumbnail(call: Call, frame: Frame) -> HttpResponseBase:
    """A small picture of it."""
    return thumbnail_of(call.request, frame)
