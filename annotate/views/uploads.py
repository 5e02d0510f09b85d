"""Files come in: single images at once, archives and videos as jobs. Managers only.

A script sends one file a request, as its body, and gets JSON; the plain form sends many and is sent back to the
page of the project.
How much of a request is read at all is decided before any view runs, in annotate/bodies.py.
"""

from collections.abc import Iterable
from typing import cast

from django.contrib import messages
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from ..access import Role, require_role
from ..actions.incoming import BodyFile, FormFile, IncomingFile
from ..actions.uploads import RAW, STATUS_OF_REFUSAL, Outcome, Upload, take
from ..media.ingest import DISK_FULL
from ..media.refusals import Refusal
from ..models import Job, Project, User
from .errors import answer
from .job_cards import JobCard, card_of
from .scripts import tells_scripts, wants_json

FILES_AT_ONCE = 100  # of the plain form; Django's DATA_UPLOAD_MAX_NUMBER_FILES
NAMED_IN_MESSAGE = 12


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
