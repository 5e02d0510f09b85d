"""Trainings, what came out of them, and which model proposed since when."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Promotion, Training
from .base import ReadOnlyAdmin
from .tracking import TrackedAdmin


@admin.register(Training)
class TrainingAdmin(TrackedAdmin):
    """Trainings are started and decided on the page of the project."""

    list_display = (
        *("created_at", "project", "dataset_version", "model_version", "trigger", "outcome", "created_by"),
        *("finished_at", "in_mlflow"),
    )
    list_filter = ("outcome", "trigger", "project")
    list_select_related = ("project", "dataset_version", "model_version", "created_by")
    search_fields = ("=id", "project__name", "created_by__username", "=weights_sha256")
    search_help_text = _("Search by id, project, person or SHA-256")
    date_hierarchy = "created_at"
    autocomplete_fields = (
        *("project", "dataset_version", "champion", "model_version", "job", "created_by"),
        "decided_by",
    )


@admin.register(Promotion)
class PromotionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "project", "model_version", "previous", "kind", "created_by")
    list_filter = ("kind", "project")
    list_select_related = ("project", "model_version", "previous", "created_by")
    search_fields = ("project__name", "model_version__name", "created_by__username")
    search_help_text = _("Search by project, model or person")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "model_version", "previous", "training", "created_by")
