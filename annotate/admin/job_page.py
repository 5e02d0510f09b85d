"""The page of a job in the desk: how far it is, what came of it by reason, and the way back."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ..actions.data import archive_of
from ..actions.jobs import cancel, message_about
from ..jobs import bulk_detection
from ..jobs.bulk import result_of, start_undo
from ..jobs.bulk_start import BulkRefused
from ..jobs.exporting import is_ready
from ..models import Job, User
from .base import NoAddAdmin

ACTIVE = (Job.State.QUEUED, Job.State.RUNNING)
WORDS: dict[str, Promise] = {
    "done": gettext_lazy("changed"),
    "undone": gettext_lazy("images taken back"),
    "changed": gettext_lazy("left as somebody else changed them meanwhile"),
    "gone": gettext_lazy("deleted meanwhile"),
    "no_label": gettext_lazy("without a label of that name in their project"),
    "refused": gettext_lazy("refused"),
    "proposed": gettext_lazy("proposals made"),
    "replaced": gettext_lazy("older proposals replaced"),
    "removed": gettext_lazy("proposals taken away"),
    "brought_back": gettext_lazy("older proposals brought back"),
    "judged": gettext_lazy("kept, as people judged or changed them"),
    "not_back": gettext_lazy("older proposals not brought back, as something else is there by now"),
    "away": gettext_lazy("images that are gone or set aside"),
}
PERMISSIONS = {
    "accept": "curate_box",
    "reject": "curate_box",
    "relabel": "curate_box",
    "delete": "delete_box",
}
FRAME_PERMISSIONS = {
    "status": "send_back_frame",
    "assign": "assign_frame",
    "set_aside": "set_aside_frame",
    "put_back": "set_aside_frame",
    "erase": "delete_frame",
}


def may_see(user: User, job: Job) -> bool:
    """Whoever started it, and whoever may see all."""
    return job.created_by_id == user.pk or user.has_perm("annotate.view_job")


def permission_of(job: Job) -> str:
    """What the undo of a change needs: the same as the change."""
    if job.kind in bulk_detection.KINDS:
        return "annotate.detect_frame"
    edit = job.payload.get("frame_edit", {}).get("edit")
    if edit is None:
        return f"annotate.{PERMISSIONS.get(job.payload.get('action', ''), 'curate_box')}"
    if edit["action"] == "status" and not edit.get("reason"):
        return "annotate.change_frame"
    return f"annotate.{FRAME_PERMISSIONS[edit['action']]}"


def undoes_of(job: Job) -> str:
    edit = job.payload.get("frame_edit", job.payload)
    return str(edit.get("undoes", ""))


def is_final(job: Job) -> bool:
    return bool(job.payload.get("frame_edit", {}).get("edit", {}).get("action") == "erase")


def may_undo(user: User, job: Job) -> bool:
    """One's own changes; of detections, which are nobody's work, also those of others."""
    is_mine = job.kind == Job.Kind.BULK and job.created_by_id == user.pk
    may_be = is_mine and not undoes_of(job) and not is_final(job)
    may_be = may_be or (job.kind in bulk_detection.KINDS and has_changed(job))
    return may_be and job.state not in ACTIVE and user.has_perm(permission_of(job))


def has_changed(job: Job) -> bool:
    return bool(job.result.get("proposed") or job.result.get("replaced"))


def may_cancel(user: User, job: Job) -> bool:
    is_active = job.state in ACTIVE and not job.cancel_requested
    return is_active and (job.created_by_id == user.pk or user.is_superuser)


def links_of(job: Job) -> Sequence[tuple[str, str]]:
    """Where what came of it can be looked at: text and address."""
    links = []
    detection = getattr(job, "detection", None)
    if detection is not None:
        boxes = f"{reverse('admin:annotate_box_changelist')}?q={detection.pk}"
        links += [(_("The boxes that it proposed"), boxes)]
        links += [(_("The detection"), reverse("admin:annotate_detection_change", args=[detection.pk]))]
    training = getattr(job, "training", None)
    if training is not None:
        links += [(_("The training"), reverse("training_detail", args=[training.project_id, training.pk]))]
    if job.kind == Job.Kind.EXPORT and job.project_id and is_ready(job):
        links += [(_("The file"), reverse("admin:annotate_job_file", args=[job.pk]))]
    if undoes_of(job):
        links += [
            (
                _("The change that is taken back"),
                reverse("admin:annotate_job_progress", args=[undoes_of(job)]),
            )
        ]
    return links


class JobPage(NoAddAdmin):
    """Adds the page to the table of jobs."""

    def get_urls(self) -> list[Any]:
        progress = self.admin_site.admin_view(self.progress_view)
        file = self.admin_site.admin_view(self.file_view)
        return [
            path("<uuid:job_id>/progress/", progress, name="annotate_job_progress"),
            path("<uuid:job_id>/file/", file, name="annotate_job_file"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def file_view(self, request: HttpRequest, job_id: UUID) -> HttpResponseBase:
        """The archive of an export, for whoever may export and see the job."""
        job = Job.objects.select_related("project").filter(pk=job_id, kind=Job.Kind.EXPORT).first()
        if job is None or job.project is None:
            raise Http404
        user = cast(User, request.user)
        if not may_see(user, job) or not user.has_perm("annotate.export_project"):
            raise PermissionDenied
        answer = archive_of(job.project, job.pk)
        if answer is None:
            raise Http404
        return answer

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def progress_view(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        """With ``?part=state`` only what changes, for the script that keeps the page up to date. A POST cancels or
        undoes."""
        user = cast(User, request.user)
        job = (
            Job.objects.select_related("project", "created_by", "detection", "training")
            .filter(pk=job_id)
            .first()
        )
        if job is None:
            raise Http404
        if not may_see(user, job):
            raise PermissionDenied
        if request.method == "POST":
            return self.change(request, user, job)
        context = {
            "job": job,
            "is_active": job.state in ACTIVE,
            "counts": [(number, WORDS.get(name, name)) for name, number in counts_of(job)],
            "message": message_about(job),
            "may_undo": may_undo(user, job),
            "may_cancel": may_cancel(user, job),
            "links": links_of(job),
        }
        if request.GET.get("part") == "state":
            return TemplateResponse(request, "admin/annotate/_job_state.html", context)
        context |= {
            **self.admin_site.each_context(request),
            "title": title_of(job),
            "opts": self.opts,
            "may_list": self.has_view_permission(request),
        }
        return TemplateResponse(request, "admin/annotate/job_progress.html", context)

    def change(self, request: HttpRequest, user: User, job: Job) -> HttpResponse:
        action, here = request.POST.get("action"), reverse("admin:annotate_job_progress", args=[job.pk])
        if action == "cancel" and may_cancel(user, job):
            cancel(job)
        elif action == "undo" and may_undo(user, job):
            try:
                undo = start_undo(job, user)
            except BulkRefused as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                self.log_change(request, undo, _("Taken back: %(what)s") % {"what": title_of(job)})
                here = reverse("admin:annotate_job_progress", args=[undo.pk])
        else:
            raise PermissionDenied
        return HttpResponseRedirect(here)


def counts_of(job: Job) -> list[tuple[str, int]]:
    if job.kind in bulk_detection.KINDS:
        counts = {name: job.result.get(name, 0) for name in ("proposed", "replaced")}
    else:
        counts = result_of(job) if job.kind == Job.Kind.BULK else {}
    return [(name, number) for name, number in counts.items() if number]


def title_of(job: Job) -> str:
    """Such as: Accept boxes."""
    names = {
        "accept": _("Accept boxes"),
        "reject": _("Reject boxes"),
        "relabel": _("Give boxes another label"),
        "delete": _("Delete boxes"),
        "status": _("Change the status of images"),
        "assign": _("Assign images"),
        "set_aside": _("Set images aside"),
        "put_back": _("Put images back"),
        "erase": _("Delete images for ever"),
        "detect": _("Detect on images"),
    }
    edit = job.payload.get("frame_edit", {}).get("edit", job.payload)
    name = names.get(str(edit.get("action", "")), job.get_kind_display()) if job.kind == Job.Kind.BULK else ""
    name = name or job.get_kind_display()
    return _("Undo: %(what)s") % {"what": name} if undoes_of(job) else str(name)
