"""Frames and where they came from."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..frames import set_statuses
from ..models import Box, Frame, Source, User
from .base import NoAddAdmin, count_by

LIVE = Box.objects.filter(deleted_revision__isnull=True).exclude(status=Box.Status.REJECTED)


@admin.register(Source)
class SourceAdmin(NoAddAdmin):
    list_display = ("name", "kind", "project", "frame_count", "created_by", "created_at")
    list_filter = ("kind", "project")
    list_select_related = ("project", "created_by")
    search_fields = ("name", "project__name")
    search_help_text = _("Search by name of the source or the project")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "created_by")
    readonly_fields = ("project", "kind", "created_by", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        sources: QuerySet[Source] = super().get_queryset(request)
        return sources.annotate(frame_count=count_by(Frame.objects.all(), "source"))

    @admin.display(description=_("frames"), ordering="frame_count")
    def frame_count(self, source: Any) -> int:
        count: int = source.frame_count
        return count


class BoxesFilter(admin.SimpleListFilter):
    """Frames that nobody has drawn on, and frames marked complete without any box."""

    title = _("boxes")
    parameter_name = "boxes"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("None")), ("some", _("Some")), ("complete_empty", _("None, yet complete"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Frame]) -> QuerySet[Frame]:
        live_boxes = LIVE.filter(frame=OuterRef("pk"))
        if self.value() == "none":
            return queryset.filter(~Exists(live_boxes))
        if self.value() == "some":
            return queryset.filter(Exists(live_boxes))
        if self.value() == "complete_empty":
            return queryset.filter(~Exists(live_boxes), status=Frame.Status.COMPLETE)
        return queryset


@admin.register(Frame)
class FrameAdmin(NoAddAdmin):
    list_display = ("thumbnail", "name", "open_in_editor", "status", "box_count", "edits", "project", "size")
    list_display_links = ("name",)
    list_filter = ("status", BoxesFilter, "project", "created_at")
    list_select_related = ("project", "source")
    search_fields = ("name", "md5", "project__name", "source__name")
    search_help_text = _("Search by file name, MD5, project or source")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "source")
    ordering = ("-pk",)
    actions = ("mark_to_annotate", "mark_in_progress", "mark_complete")
    fieldsets = (
        (None, {"fields": ("thumbnail", "open_in_editor", "name", "status", "project", "source", "index")}),
        (_("File"), {"fields": ("width", "height", "media_type", "md5", "original_md5")}),
        (_("Log"), {"fields": ("revision", "epoch", "created_at")}),
    )
    readonly_fields = (
        "thumbnail",
        "open_in_editor",
        "project",
        "source",
        "index",
        "width",
        "height",
        "media_type",
        "md5",
        "original_md5",
        "revision",
        "epoch",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Frame]:
        frames: QuerySet[Frame] = super().get_queryset(request)
        return frames.annotate(box_count=count_by(LIVE, "frame"))

    @admin.display(description=_("image"))
    def thumbnail(self, frame: Frame) -> str:
        return format_html(
            '<img src="{}" alt="" width="96" height="60" loading="lazy" class="desk-thumbnail">',
            reverse("frame_thumbnail", args=[frame.pk]),
        )

    @admin.display(description=_("boxes"), ordering="box_count")
    def box_count(self, frame: Any) -> int:
        count: int = frame.box_count
        return count

    @admin.display(description=_("edits"), ordering="revision")
    def edits(self, frame: Frame) -> int:
        return frame.revision

    @admin.display(description=_("size"))
    def size(self, frame: Frame) -> str:
        return f"{frame.width}\u00a0×\u00a0{frame.height}"

    @admin.display(description=_("editor"))
    def open_in_editor(self, frame: Frame) -> str:
        return format_html('<a href="{}">{}</a>', self.view_on_site(frame), _("Open"))

    def view_on_site(self, frame: Frame) -> str:
        return reverse("editor", args=[frame.project_id, frame.pk])

    @admin.action(description=_("Mark as to annotate"), permissions=["change"])
    def mark_to_annotate(self, request: HttpRequest, frames: QuerySet[Frame]) -> None:
        self.set_status(request, frames, Frame.Status.TO_ANNOTATE)

    @admin.action(description=_("Mark as in progress"), permissions=["change"])
    def mark_in_progress(self, request: HttpRequest, frames: QuerySet[Frame]) -> None:
        self.set_status(request, frames, Frame.Status.IN_PROGRESS)

    @admin.action(description=_("Mark as complete"), permissions=["change"])
    def mark_complete(self, request: HttpRequest, frames: QuerySet[Frame]) -> None:
        self.set_status(request, frames, Frame.Status.COMPLETE)

    def set_status(self, request: HttpRequest, frames: QuerySet[Frame], status: Frame.Status) -> None:
        changing = list(frames.exclude(status=status))
        number = set_statuses([frame.pk for frame in changing], status, cast(User, request.user))
        LogEntry.objects.log_actions(
            str(request.user.pk), changing, CHANGE, [{"changed": {"fields": ["status"]}}]
        )
        text = ngettext("%(count)d frame was changed.", "%(count)d frames were changed.", number)
        self.message_user(request, text % {"count": number})
