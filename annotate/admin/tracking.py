"""Sessions of people, and how far MLflow has been told of them."""

from uuid import UUID

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import AnnotationSession, TrackingEvent, TrackingRelay, TrackingRun
from .base import ReadOnlyAdmin


def link_to_run(key: UUID) -> SafeString:
    return format_html('<a href="{}">MLflow</a>', reverse("tracked", args=[key]))


@admin.register(AnnotationSession)
class AnnotationSessionAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "user", "project", "last_at", "ended_at", "end", "in_mlflow")
    list_filter = ("end", "project", "started_at")
    list_select_related = ("user", "project")
    search_fields = ("=id", "user__username", "project__name")
    search_help_text = _("Search by id, person or project")
    date_hierarchy = "started_at"
    autocomplete_fields = ("user", "project")

    @admin.display(description=_("run"))
    def in_mlflow(self, session: AnnotationSession) -> SafeString:
        return link_to_run(session.pk)


@admin.register(TrackingRun)
class TrackingRunAdmin(ReadOnlyAdmin):
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

    @admin.display(description=_("run"))
    def in_mlflow(self, run: TrackingRun) -> SafeString | str:
        return link_to_run(run.pk) if run.mlflow_run else "–"


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
