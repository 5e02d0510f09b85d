"""What reviewers decided, and who is asked to work on which image."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Assignment, Review
from .base import ReadOnlyAdmin


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "verdict", "frame", "reviewer", "comment", "revision", "open")
    list_filter = ("verdict", "created_at")
    list_select_related = ("frame", "reviewer", "comment")
    search_fields = ("frame__name", "reviewer__username", "comment__text")
    search_help_text = _("Search by image, reviewer or comment")
    date_hierarchy = "created_at"
    autocomplete_fields = ("frame", "reviewer", "comment")

    @admin.display(description=_("editor"))
    def open(self, review: Review) -> SafeString:
        address = reverse("editor", args=[review.frame.project_id, review.frame_id])
        return format_html('<a href="{}">{}</a>', address, _("Open"))


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    """Images are assigned by an action of the table of frames, which can be taken back."""

    list_display = ("created_at", "user", "work", "frame", "status", "due_on", "created_by")
    list_filter = ("work", "due_on")
    list_select_related = ("user", "frame", "created_by")
    search_fields = ("user__username", "frame__name")
    search_help_text = _("Search by person or image")
    date_hierarchy = "created_at"
    autocomplete_fields = ("frame", "user", "created_by")

    @admin.display(description=_("status"))
    def status(self, assignment: Assignment) -> str:
        return assignment.frame.get_status_display()
