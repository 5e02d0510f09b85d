"""The models that propose, what they proposed, and who got which image next."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Claim, ClassMapping, Detection, DetectionFrame, ModelVersion, Proposal
from .base import ReadOnlyAdmin
from .tracking import TrackedAdmin


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    """Weights come in by ``manage.py fetch_weights`` and by training; here they are looked at."""

    list_display = ("name", "number", "kind", "project", "is_active", "licence", "image_size", "created_at")
    list_filter = ("kind", "is_active", "project")
    list_select_related = ("project",)
    search_fields = ("name", "=sha256", "catalogue_key")
    search_help_text = _("Search by name, SHA-256 or name in the catalogue")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "created_by")


@admin.register(ClassMapping)
class ClassMappingAdmin(ReadOnlyAdmin):
    list_display = ("project", "class_name", "label")
    list_filter = ("project",)
    list_select_related = ("project", "label")
    search_fields = ("class_name", "label__name")
    search_help_text = _("Search by class or label")
    autocomplete_fields = ("project", "label")


@admin.register(Detection)
class DetectionAdmin(TrackedAdmin):
    list_display = (
        *("created_at", "project", "model_version", "scope", "trigger", "created_by", "finished_at"),
        "in_mlflow",
    )
    list_filter = ("scope", "trigger", "model_version", "project")
    list_select_related = ("project", "model_version", "created_by")
    search_fields = ("=id", "project__name", "created_by__username")
    search_help_text = _("Search by id, project or person")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "model_version", "job", "created_by")


@admin.register(DetectionFrame)
class DetectionFrameAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "frame", "proposed", "replaced", "uncertainty", "is_silent")
    list_filter = ("is_silent", "created_at")
    list_select_related = ("frame", "detection")
    search_fields = ("=detection__id", "frame__name")
    search_help_text = _("Search by id of the detection or by image")
    date_hierarchy = "created_at"
    autocomplete_fields = ("frame", "detection")
    exclude = ("found",)


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    list_display = ("box", "class_name", "confidence", "outcome", "feedback", "iou", "judged_by", "judged_at")
    list_filter = ("outcome", "feedback", "judged_at")
    list_select_related = ("box", "judged_by")
    search_fields = ("=box__id", "class_name", "frame__name", "judged_by__username")
    search_help_text = _("Search by id, class, image or person")
    date_hierarchy = "judged_at"
    ordering = ("-pk",)
    autocomplete_fields = ("box", "detection", "frame", "label", "judged_by")


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "frame", "user", "strategy", "score", "expires_at", "released_at")
    list_filter = ("strategy", "created_at")
    list_select_related = ("frame", "user")
    search_fields = ("frame__name", "user__username")
    search_help_text = _("Search by image or person")
    date_hierarchy = "created_at"
    autocomplete_fields = ("frame", "user")
