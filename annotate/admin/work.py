"""What happened around the boxes: verdicts, jobs, attempts to sign in."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..actions.jobs import message_about
from ..jobs.said import log_text
from ..models import Comment, Feedback, Job, SignInAttempt, StatusChange
from .base import NoAddAdmin, ReadOnlyAdmin
from .job_page import JobPage


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "verdict", "frame", "user", "note")
    list_filter = ("verdict", "created_at")
    list_select_related = ("frame", "user")
    search_fields = ("frame__name", "user__username", "note")
    search_help_text = _("Search by image, person or note")
    date_hierarchy = "created_at"
    autocomplete_fields = ("frame", "detection", "user")


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin):
    """Comments are written in the editor, so that open screens see them."""

    list_display = ("created_at", "text", "author", "frame", "resolved_at", "deleted_at")
    list_filter = ("is_dispute", "created_at", "resolved_at", "deleted_at")
    list_select_related = ("author", "frame")
    search_fields = ("text", "author__username", "frame__name")
    search_help_text = _("Search by text, author or image")
    date_hierarchy = "created_at"
    autocomplete_fields = ("frame", "parent", "box", "author", "mentions", "resolved_by")


@admin.register(StatusChange)
class StatusChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "frame", "before", "after", "user", "is_import", "revision")
    list_filter = ("after", "is_import", "created_at")
    list_select_related = ("frame", "user")
    search_fields = ("frame__name", "user__username")
    search_help_text = _("Search by image or person")
    date_hierarchy = "created_at"
    autocomplete_fields = ("frame", "user")


@admin.register(Job)
class JobAdmin(JobPage):
    """Finished jobs can be cleared away; nothing about a job can be changed by hand."""

    list_display = ("created_at", "kind", "state", "project", "progress", "attempts", "created_by", "page")
    list_filter = ("state", "kind", "project")
    list_select_related = ("project", "created_by")
    search_fields = ("=id", "project__name", "created_by__username", "error")
    search_help_text = _("Search by id, project, person or error")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "created_by")
    exclude = ("error", "log")
    readonly_fields = ("message", "log_words")

    @admin.display(description=_("error"))
    def message(self, job: Job) -> str:
        return message_about(job)

    @admin.display(description=_("log"))
    def log_words(self, job: Job) -> str:
        return log_text(job.log)

    @admin.display(description=_("progress"))
    def progress(self, job: Job) -> str:
        return f"{job.done_units} / {job.total_units}" if job.total_units else "–"

    @admin.display(description=_("page"))
    def page(self, job: Job) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:annotate_job_progress", args=[job.pk]), _("Open")
        )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        is_at_work = isinstance(obj, Job) and obj.state in {Job.State.QUEUED, Job.State.RUNNING}
        return super().has_delete_permission(request, obj) and not is_at_work


@admin.register(SignInAttempt)
class SignInAttemptAdmin(NoAddAdmin):
    """Deleting the attempts of somebody who locked themselves out lets them in again at once."""

    list_display = ("at", "key")
    list_filter = ("at",)
    search_fields = ("key",)
    search_help_text = _("Search by key")
    date_hierarchy = "at"

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
