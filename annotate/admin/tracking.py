"""Sessions of people, and how far MLflow has been told of them."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import AnnotationSession, TrackingEvent, TrackingRelay, TrackingRun
from ..tracking.links import links_for
from .base import ReadOnlyAdmin

NONE = "–"


class TrackedAdmin(ReadOnlyAdmin):
    """Rows of which MLflow has a run, which has their id: a link to it in the list and on the page of each."""

    readonly_fields = ("in_mlflow",)

    def prepare_rows(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        links = links_for(request.user, [row.pk for row in rows])
        for row in rows:
            row.run = links.get(row.pk, "")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.prepare_rows(request, [row])
        return row

    @admin.display(description=_("in MLflow"))
    def in_mlflow(self, row: Any) -> SafeString | str:
        return format_html('<a href="{}">{}</a>', row.run, _("MLflow run")) if row.run else NONE


@admin.register(AnnotationSession)
class AnnotationSessionAdmin(TrackedAdmin):
    list_display = ("started_at", "user", "project", "last_at", "ended_at", "end", "in_mlflow")
    list_filter = ("end", "project", "started_at")
    list_select_related = ("user", "project")
    search_fields = ("=id", "user__username", "project__name")
    search_help_text = _("Search by id, person or project")
    date_hierarchy = "started_at"
    autocomplete_fields = ("user", "project")


@admin.register(TrackingRun)
class TrackingRunAdmin(TrackedAdmin):
    """Whoever may view these may read MLflow at /mlflow/, of all projects; whoever may change them may write there."""

    list_display = ("name", "kind", "project", "is_open", "sequenced", "delivered", "problem", "in_mlflow")
    list_filter = ("kind", "is_open", "project", ("problem", admin.EmptyFieldListFilter))
    list_select_related = ("project",)
    search_fields = ("=id", "=mlflow_run", "project__name")
    search_help_text = _("Search by id, run of MLflow or project")
    autocomplete_fields = ("project", "parent")

    @admin.display(description=_("name"))
    def name(self, run: TrackingRun) -> str:
        return str(run)


@admin.register(TrackingEvent)
class TrackingEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "project", "user", "seq")
    list_filter = ("kind", ("run", admin.EmptyFieldListFilter), "at")
    list_select_related = ("project", "user")
    search_fields = ("=run__id", "user__username", "project__name")
    search_help_text = _("Search by id of the run, person or project")
    date_hierarchy = "at"
    autocomplete_fields = ("project", "user", "run")


@admin.register(TrackingRelay)
class TrackingRelayAdmin(ReadOnlyAdmin):
    list_display = ("holder", "lease_until", "failures", "failing_since", "problem")
    list_filter = (("problem", admin.EmptyFieldListFilter),)
    search_fields = ("problem",)
    search_help_text = _("Search by problem")
    date_hierarchy = "failing_since"
