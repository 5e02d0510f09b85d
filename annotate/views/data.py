"""The page of a project's data: exports to fetch, and data sets that come in, first checked and then confirmed.

Everybody in the project sees what there is. An export is for reviewers and managers, because it hands out all images
and the names of all who worked on them at once; an import is for managers, because it makes images and labels.
"""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..access import Role, at_least, require_role
from ..actions.data import archive_of, receive, receive_new
from ..actions.incoming import BodyFile, FormFile, IncomingFile
from ..actions.jobs import cancel
from ..actions.projects import check_may_create
from ..actions.uploads import RAW
from ..datasets.catalogue import FORMATS
from ..datasets.export_wish import WishRefused, parse_export
from ..datasets.import_wish import parse_import
from ..datasets.problems import loss_text
from ..jobs import exporting, importing
from ..media.ingest import DISK_FULL
from ..media.refusals import MESSAGES
from ..models import Job, Project, User
from .data_cards import ACTIVE, problem_rows, row_of, statuses_of
from .data_forms import ExportForm, ImportForm, NewProjectForm
from .errors import answer
from .job_cards import state_name
from .jobs import size_text
from .scripts import tells_scripts, wants_json

MOST_SHOWN = 20
LARGE = 100_000
"""Boxes from which on the page says how long nobody else can save where the database has one writer."""


def jobs_of(project: Project, kind: str) -> list[Job]:
    jobs = project.jobs.filter(kind=kind).select_related("created_by", "project").order_by("-created_at")
    return list(jobs[:MOST_SHOWN])


def page(request: HttpRequest, project: Project, form: ExportForm | None = None) -> HttpResponse:
    user, role = cast(User, request.user), cast(Any, request).role
    may_export = at_least(role, Role.REVIEWER)
    exports = [row_of(job, user, role) for job in jobs_of(project, Job.Kind.EXPORT)] if may_export else []
    imports = [row_of(job, user, role) for job in jobs_of(project, Job.Kind.IMPORT)] if may_export else []
    context = {
        "project": project,
        "exports": exports,
        "imports": imports,
        "is_busy": any(row["is_active"] for row in exports + imports),
        "form": form or ExportForm(project=project),
        "formats": FORMATS.values(),
        "kept_days": exporting.KEPT_FOR.days,
        "limit_bytes": settings.MAX_UPLOAD_BYTES,
        "limit": size_text(settings.MAX_UPLOAD_BYTES),
        "may_export": may_export,
        "is_manager": at_least(role, Role.MANAGER),
        "section": "data",
    }
    part = request.GET.get("part") == "rows"
    name = "annotate/_data_rows.html" if part else "annotate/data.html"
    return render(request, name, context, status=400 if form is not None else 200)


@require_safe
@require_role(Role.VIEWER)
def data(request: HttpRequest, project: Project) -> HttpResponse:
    """With ``?part=rows`` only the tables, for the script that keeps the page up to date."""
    return page(request, project)


@require_POST
@require_role(Role.REVIEWER)
def start_export(request: HttpRequest, project: Project) -> HttpResponse:
    form = ExportForm(request.POST, project=project)
    if not form.is_valid():
        return page(request, project, form)
    try:
        wish = parse_export(project, form.wish())
        exporting.start_export(project, wish, user=cast(User, request.user))
    except WishRefused as refused:
        form.add_error(None, str(refused))
        return page(request, project, form)
    except exporting.TooMany:
        form.add_error(None, _("Several exports are running already. Wait for one of them, or stop it."))
        return page(request, project, form)
    messages.success(request, _("The export has begun. It can be downloaded here when it is ready."))
    return redirect(f"{reverse('data', args=[project.pk])}#exports")


@require_safe
@require_role(Role.REVIEWER)
def download_export(request: HttpRequest, project: Project, job_id: UUID) -> HttpResponseBase:
    """The archive, once it is ready."""
    response = archive_of(project, job_id)
    if response is None:
        raise Http404
    return response


def incoming(request: HttpRequest) -> tuple[IncomingFile | None, str]:
    """The file and the chosen format, of the form or of a script that sends the file as the body."""
    if request.content_type == RAW:
        return cast(IncomingFile, BodyFile(request)), request.GET.get("format", "")
    file = request.FILES.get("file")
    return (FormFile(file) if file else None), request.POST.get("format", "")


@csrf_protect
def take_in(request: HttpRequest, project: Project | None) -> HttpResponseBase:
    """``project`` None: a new one, of the name that comes along as ``project`` in a form or an address."""
    file, key = incoming(request)
    if file is None or not file.size:
        return refuse(request, 400, str(MESSAGES["no_file"]))
    if key and key not in FORMATS:
        return refuse(request, 400, str(MESSAGES["format_unknown"]))
    user = cast(User, request.user)
    if project is not None:
        job = receive(project, user, file, key)
        return answer_with(request, reverse("import_report", args=[project.pk, job.pk]))
    form = NewProjectForm(request.GET if request.content_type == RAW else request.POST)
    if not form.is_valid():
        return refuse(request, 400, _("The new project needs a name of 1 to 120 characters."))
    job = receive_new(user, file, form.cleaned_data["project"], key)
    return answer_with(request, reverse("new_import_report", args=[job.pk]))


def answer_with(request: HttpRequest, address: str) -> HttpResponseBase:
    return JsonResponse({"url": address}, status=202) if wants_json(request) else redirect(address)


def refuse(request: HttpRequest, status: int, text: str) -> HttpResponse:
    advice = _("Choose a file, then send it again.")
    return answer(request, status, title=_("The data set was not taken"), detail=text, advice=advice)


@csrf_exempt  # it is asked for by ``take_in``, where a full disk can be told apart from other errors
@require_POST
@tells_scripts
@require_role(Role.MANAGER)
def upload_import(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Takes a data set in and checks it; nothing of the project changes before somebody confirms."""
    return received(request, project)


def received(request: HttpRequest, project: Project | None) -> HttpResponseBase:
    try:
        return take_in(request, project)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        return refuse(request, 507, str(MESSAGES["disk_full"]))


@csrf_exempt  # as above
@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts
@login_required
def import_project(request: HttpRequest) -> HttpResponseBase:
    """A data set that becomes a project: the page, and what it sends. Needs the permission to create projects."""
    check_may_create(cast(User, request.user))
    if request.method == "POST":
        return received(request, None)
    context = {
        "form": NewProjectForm(),
        "formats": FORMATS.values(),
        "limit_bytes": settings.MAX_UPLOAD_BYTES,
        "limit": size_text(settings.MAX_UPLOAD_BYTES),
    }
    return render(request, "annotate/import_project.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_import_report(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """As ``import_report``, for a project that is not there yet; once it is, that page."""
    job = new_import_of(request, job_id)
    if request.GET.get("part") != "state" and job.project_id is not None:
        return redirect("import_report", job.project_id, job.pk)
    check_may_create(cast(User, request.user))
    return report_page(request, None, job)


def new_import_of(request: HttpRequest, job_id: UUID) -> Job:
    """Raises Http404."""
    jobs = importing.for_new_projects(cast(User, request.user))
    job = jobs.filter(pk=job_id).select_related("created_by", "project").first()
    if job is None:
        raise Http404
    return job


@require_POST
@login_required
def stop_new_import(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Of a check nothing stays, of an import no project; what comes too late changes nothing."""
    job = new_import_of(request, job_id)
    check_may_create(cast(User, request.user))
    cancel(job)
    return redirect("new_import_report", job.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MANAGER)
def import_report(request: HttpRequest, project: Project, job_id: UUID) -> HttpResponse:
    """What a check found, or what an import did; a POST confirms a check. With ``?part=state`` how far it is, and what
    to say instead."""
    job = project.jobs.filter(pk=job_id, kind=Job.Kind.IMPORT).select_related("created_by", "project").first()
    if job is None:
        raise Http404
    return report_page(request, project, job)


def report_page(request: HttpRequest, project: Project | None, job: Job) -> HttpResponse:
    if request.GET.get("part") == "state":
        says = state_name(job) if job.cancel_requested else ""
        return JsonResponse(
            {"active": job.state in ACTIVE, "says": says, "done": job.done_units, "total": job.total_units}
        )
    report = importing.report_of(job)
    form = None
    if report is not None and importing.can_be_confirmed(job):
        form = ImportForm(request.POST if request.method == "POST" else None, project=project, report=report)
    if request.method == "POST":
        if form is None:
            messages.error(request, _("This check can no longer be confirmed. Send the file again."))
            return redirect("data", project.pk) if project else redirect("import_project")
        confirmed = confirm(form, job, cast(User, request.user))
        if confirmed is not None and project is None:
            return redirect("new_import_report", confirmed.pk)
        if confirmed is not None and project is not None:
            return redirect("import_report", project.pk, confirmed.pk)
    status = 400 if form is not None and form.errors else 200
    return render(
        request, "annotate/import_report.html", report_context(request, project, job, form), status=status
    )


def confirm(form: ImportForm, check: Job, user: User) -> Job | None:
    """The job of the import; None, and the form says why."""
    report = importing.report_of(check)
    if report is None or not form.is_valid():
        return None
    try:
        wish = parse_import(check.project, report, form.wish())
    except WishRefused as refused:
        form.add_error(None, str(refused))
        return None
    return importing.queue_write(check, wish, user=user)


def report_context(
    request: HttpRequest, project: Project | None, job: Job, form: ImportForm | None
) -> dict[str, Any]:
    report = importing.report_of(job)
    key = report["format"] if report else ""
    return {
        "project": project,
        "new": job.payload.get("new", ""),
        "row": row_of(job, cast(User, request.user), Role.MANAGER),
        "job": job,
        "report": report,
        "format_title": FORMATS[key].title if key in FORMATS else key,
        "problems": problem_rows(report) if report else [],
        "statuses": statuses_of(report) if report else [],
        "losses": [(loss_text(code), count) for code, count in report["losses"].items()] if report else [],
        "form": form,
        "is_large": report is not None and report["boxes"] >= LARGE,
        "large": number_format(LARGE, force_grouping=True),
        "is_manager": True,
        "section": "data",
    }
