"""Dataset versions, which never change."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..models import DatasetVersion
from .base import ReadOnlyAdmin


@admin.register(DatasetVersion)
class DatasetVersionAdmin(ReadOnlyAdmin):
    """Versions are made on the page of the project; git, DVC and trainings name them, so none is changed or deleted."""

    list_display = ("__str__", "project", "message", "frames", "boxes", "created_by", "created_at", "digest")
    list_filter = ("project",)
    list_select_related = ("project", "created_by")
    search_fields = ("project__name", "message", "created_by__username", "=digest", "=git_commit")
    search_help_text = _("Search by project, message, person, digest or commit")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "created_by")

    @admin.display(description=_("images"))
    def frames(self, version: DatasetVersion) -> int:
        return int(version.counts.get("frames", 0))

    @admin.display(description=_("boxes"))
    def boxes(self, version: DatasetVersion) -> int:
        return int(version.counts.get("boxes", 0))

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        return f"{reverse('versions', args=[obj.project_id])}#v{obj.number}" if obj else None
