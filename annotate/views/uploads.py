"""Files come in: single images at once, archives and videos as jobs. Managers only.

A script sends one file a request, as its body, and gets JSON; the plain form sends many and is sent back to the
page of the project.
How much of a request is read at all is decided before any view runs, in annotate/bodies.py.
"""

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.core.exceptions import TooManyFilesSent
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from ..access import Role, check_role, require_role
from ..jobs.ingest import ARCHIVE, VIDEO, new_upload, queue_ingest
from ..media.connection import let_go
from ..media.ingest import DISK_FULL, AddedFrame, add_image, uploads_of
from ..media.limits import image_limits
from ..media.refusals import Refusal, Refused
from ..media.sniff import is_archive, is_video, kind_of
from ..media.video import Rate
from ..models import Job, Project, Source, User
from .errors import answer
from .incoming import BodyFile, FormFile, IncomingFile
from .job_cards import JobCard, card_of
from .scripts import tells_scripts, wants_json

RAW = "application/octet-stream"
FILES_AT_ONCE = 100  # of the plain form; Django's DATA_UPLOAD_MAX_NUMBER_FILES
VIDEO_ENDINGS = {
    ".mp4",
    ".m4v",
    ".mov",
    ".avi",
    ".mkv",
    ".webm",
    ".mpg",
    ".mpeg",
    ".wmv",
    ".flv",
    ".ogv",
    ".3gp",
}
STATUS_OF_REFUSAL = {"disk_full": 507, "file_too_large": 413}
NAMED_IN_MESSAGE = 12
IN_MEMORY = threading.BoundedSemaphore(4)  # image files of up to MAX_IMAGE_BYTES, read at the same time

Outcome = AddedFrame | Job | Refusal


@dataclass(frozen=True, slots=True)
class Upload:
    """Who sends what, with which choice for videos."""

    project: Project
    user: User
    file: IncomingFile
    rate: tuple[str, str]

    @property
    def name(self) -> str:
        return self.file.name

    def check_right(self) -> None:
        """Raises Http404, Refused (access): asked again where the commit is made."""
        check_role(self.user, self.project, Role.MANAGER)


def take(upload: Upload) -> Outcome:
    """Adds the image, or queues the archive or video."""
    let_go()  # waiting for a turn, decoding and writing take long
    head = upload.file.head
    try:
        if is_archive(head):
            check_is_zip(head)
            return queue(upload, ARCHIVE, None)
        if is_video(head):
            return queue(upload, VIDEO, Rate.parse(*upload.rate))
        check_promise(upload.name, head)
    except Refused as refused:
        return refused.refusal
    return take_image(upload)


def check_is_zip(head: bytes) -> None:
    kind = kind_of(head)
    if kind != "ZIP":
        raise Refused("archive_kind", kind=kind)


def check_promise(name: str, head: bytes) -> None:
    """A better word than "no image" for what calls itself a video or an archive, and for playlists, which are
    videos only by name: they would make the decoder open other files and addresses."""
    ending = os.path.splitext(name)[1].lower()
    if kind_of(head) == "M3U8" or (ending in VIDEO_ENDINGS and head):
        raise Refused("not_a_video")
    if ending == ".zip" and head:
        raise Refused("archive_unreadable")


def take_image(upload: Upload) -> Outcome:
    limit = image_limits().file_bytes
    if upload.file.size > limit:
        return Refusal("file_too_large", {"bytes": str(upload.file.size), "limit": str(limit)})
    with IN_MEMORY:
        return add_image(
            upload.project,
            lambda: uploads_of(upload.project, upload.user),
            upload.name,
            upload.file.read(),
            check=upload.check_right,
        )


def queue(upload: Upload, what: str, rate: Rate | None) -> Job:
    """Moves the file to where the worker finds it, then queues the job: after the answer it survives a crash."""
    path = new_upload()
    kind = Source.Kind.ARCHIVE if what == ARCHIVE else Source.Kind.VIDEO
    try:
        upload.file.keep(path)
        with transaction.atomic():
            upload.check_right()
            source = Source.objects.create(
                project=upload.project, kind=kind, name=upload.name, created_by=upload.user
            )
            return queue_ingest(what, source=source, user=upload.user, upload=path, rate=rate)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def json_of(outcome: Outcome) -> JsonResponse:
    if isinstance(outcome, Refusal):
        body = {"outcome": "refused", "code": outcome.code, "message": outcome.message}
        return JsonResponse(body, status=STATUS_OF_REFUSAL.get(outcome.code, 400))
    if isinstance(outcome, Job):
        card: JobCard = card_of(outcome)
        return JsonResponse({"outcome": "queued", "job": card}, status=202)
    frame = outcome.frame
    body = {
        "outcome": "added" if outcome.is_new else "duplicate",
        "name": frame.name,
        "url": reverse("editor", args=[frame.project_id, frame.pk]),
    }
    return JsonResponse(body, status=201 if outcome.is_new else 200)


def tell(request: HttpRequest, outcomes: Iterable[tuple[str, Outcome]]) -> None:
    """The messages of the plain form: counts, and each refusal with its file."""
    added = duplicates = queued = 0
    refused: list[str] = []
    for name, outcome in outcomes:
        if isinstance(outcome, Refusal):
            reason = outcome.message
            refused.append(_("%(name)s: %(reason)s") % {"name": name, "reason": reason} if name else reason)
        elif isinstance(outcome, Job):
            queued += 1
        elif outcome.is_new:
            added += 1
        else:
            duplicates += 1
    if added:
        text = ngettext("%(count)s image was added.", "%(count)s images were added.", added)
        messages.success(request, text % {"count": added})
    if duplicates:
        text = ngettext(
            "%(count)s image was there already.", "%(count)s images were there already.", duplicates
        )
        messages.success(request, text % {"count": duplicates})
    if queued:
        messages.success(
            request, _("The server is unpacking what you sent. Reload this page to see how far it is.")
        )
    for text in refused[:NAMED_IN_MESSAGE]:
        messages.error(request, text)
    if len(refused) > NAMED_IN_MESSAGE:
        rest = len(refused) - NAMED_IN_MESSAGE
        text = ngettext("%(count)s more file was refused.", "%(count)s more files were refused.", rest)
        messages.error(request, text % {"count": rest})


def uploads_in(request: HttpRequest, project: Project) -> list[Upload]:
    """What came: the body where that is the file, else the fields ``file`` of the form."""
    if request.content_type == RAW:
        fields, files = request.GET, [cast(IncomingFile, BodyFile(request))]
    else:
        fields, files = request.POST, [FormFile(each) for each in request.FILES.getlist("file")]
    rate = (fields.get("per_second", ""), fields.get("every", ""))
    return [Upload(project, cast(User, request.user), file, rate) for file in files]


@csrf_protect
def receive(request: HttpRequest, project: Project) -> HttpResponse:
    """Reads the form (the token may be in it), then takes file by file."""
    uploads = uploads_in(request, project)
    if wants_json(request):
        return json_of(take(uploads[0]) if len(uploads) == 1 else Refusal("no_file"))
    outcomes = [(upload.name, take(upload)) for upload in uploads]
    tell(request, outcomes or [("", Refusal("no_file"))])
    return redirect("project", project.pk)


@csrf_exempt  # it is asked for by ``receive``, where a full disk can be told apart from other errors
@require_POST
@tells_scripts
@require_role(Role.MANAGER)
def upload(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Adds what came. 507 when the disk is full; refused files answer 400 or 413 with why."""
    try:
        return receive(request, project)
    except TooManyFilesSent:
        refusal = Refusal("too_many_files", {"limit": str(FILES_AT_ONCE)})
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        refusal = Refusal("disk_full")
    if wants_json(request):
        return json_of(refusal)
    return answer(
        request,
        STATUS_OF_REFUSAL.get(refusal.code, 400),
        title=_("The files were not added"),
        detail=refusal.message,
        advice=_("Boxes can still be drawn and saved."),
    )
