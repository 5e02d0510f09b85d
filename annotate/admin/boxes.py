"""Boxes and their log. Nothing is edited here by hand: actions go through the same operations as the editor."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..curation.views import BOX_VIEWS
from ..models import Box, ClientCursor, Frame, Label, Operation, Project
from .actions import ActionDesk
from .base import ReadOnlyAdmin, UsualFilter
from .box_actions import BOX_ACTIONS
from .curation import BoxViewFilter, scope_of
from .pictures import crop_of

MOST_CHOICES = 100
MOST_HISTORY = 200
FEW_FRAMES = 2_000


class ProjectFilter(admin.SimpleListFilter):
    """The first projects by name; others by their page in the desk, which links here."""

    title = _("project")
    parameter_name = "project"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = Project.objects.order_by("name", "pk").values_list("pk", "name")
        return [(str(pk), name) for pk, name in rows[:MOST_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Box]) -> QuerySet[Box]:
        value = self.value() or ""
        if not value.isdecimal() or len(value) > 15:
            return queryset
        few = scope_of(request, self.parameter_name).once("few", lambda: frames_if_few(int(value)))
        return queryset.filter(frame__project=int(value)) if few is None else queryset.filter(frame__in=few)


def frames_if_few(project: int) -> list[int] | None:
    """Ids of the frames of a small project: by itself a database would look through the boxes of all projects."""
    frames = Frame.objects.filter(project=project).order_by().values_list("pk", flat=True)
    few = list(frames[: FEW_FRAMES + 1])
    return few if len(few) <= FEW_FRAMES else None


class LabelFilter(admin.SimpleListFilter):
    """Labels of the project that is chosen."""

    title = _("label")
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        project = request.GET.get("project", "")
        if not project.isdecimal() or len(project) > 15:
            return []
        rows = Label.objects.filter(project=int(project)).values_list("pk", "name")
        return [(str(pk), name) for pk, name in rows[:MOST_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Box]) -> QuerySet[Box]:
        value = self.value() or ""
        return queryset.filter(label=int(value)) if value.isdecimal() and len(value) < 16 else queryset


class ThereFilter(UsualFilter):
    title, parameter_name, taken_at = _("there"), "there", "deleted_revision"
    usual, apart, every = _("There"), ("deleted", _("Deleted")), _("There or deleted")


@admin.register(Box)
class BoxAdmin(ActionDesk, ReadOnlyAdmin):
    list_display = (
        *("picture", "label", "edges", "source", "status", "confidence", "feedback", "created_by"),
        *("is_live", "open"),
    )
    list_display_links = ("picture", "label")
    list_filter = (BoxViewFilter, "status", "source", "feedback", ThereFilter, ProjectFilter, LabelFilter)
    list_select_related = ("label", "created_by", "frame")
    search_fields = ("=id", "=detection_id", "frame__name", "label__name", "created_by__username")
    search_help_text = _("Search by id, detection, image, label or author")
    autocomplete_fields = ("frame", "label", "created_by")
    ordering = ("-pk",)
    desk_actions = BOX_ACTIONS
    object_history_template = "admin/annotate/operations.html"
    fieldsets = (
        (
            None,
            {"fields": ("picture", "open", "frame", "label", "edges", "status", "feedback", "confidence")},
        ),
        (_("Origin"), {"fields": ("source", "created_by", "detection", "attributes", "z")}),
        (_("Log"), {"fields": ("created_revision", "deleted_revision", "versions", "authored")}),
    )
    readonly_fields = ("picture", "open", "edges", "detection")

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        view = BOX_VIEWS.get(request.GET.get("view", ""))
        return view.order if view and view.order else self.ordering

    @admin.display(description=_("picture"))
    def picture(self, box: Box) -> SafeString:
        return crop_of(box, box.frame)

    @admin.display(description=_("edges"))
    def edges(self, box: Box) -> str:
        return f"{box.x1:.0f}, {box.y1:.0f} – {box.x2:.0f}, {box.y2:.0f}"

    @admin.display(description=_("there"), boolean=True)
    def is_live(self, box: Box) -> bool:
        return box.deleted_revision is None

    @admin.display(description=_("detection"))
    def detection(self, box: Box) -> SafeString | str:
        if box.detection_id is None:
            return "–"
        address = reverse("admin:annotate_detection_change", args=[box.detection_id])
        return format_html('<a href="{}">{}</a>', address, box.detection_id)

    @admin.display(description=_("editor"))
    def open(self, box: Box) -> SafeString:
        address = reverse("editor", args=[box.frame.project_id, box.frame_id])
        return format_html('<a href="{}">{}</a>', address, _("Open"))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        box = self.get_object(request, unquote(object_id))
        log = Operation.objects.filter(box=box).select_related("user").order_by("-pk")
        context = {**(extra_context or {}), "operations": log[:MOST_HISTORY] if box else []}
        answer: HttpResponse = super().history_view(request, object_id, context)
        return answer


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "frame", "revision", "kind", "origin", "user", "offline")
    list_filter = ("kind", "origin", "offline", "created_at")
    list_select_related = ("frame", "user")
    search_fields = ("frame__name", "user__username", "=box__id")
    search_help_text = _("Search by image, person or id of the box")
    date_hierarchy = "created_at"
    autocomplete_fields = ("frame", "user", "box")
    ordering = ("-pk",)


@admin.register(ClientCursor)
class ClientCursorAdmin(ReadOnlyAdmin):
    list_display = ("client", "user", "frame", "last_counter", "seen_at")
    list_filter = ("seen_at",)
    list_select_related = ("user", "frame")
    search_fields = ("=client", "user__username", "frame__name")
    search_help_text = _("Search by client, person or image")
    date_hierarchy = "seen_at"
    autocomplete_fields = ("user", "frame")
    ordering = ("-seen_at",)
