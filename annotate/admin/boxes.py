"""Boxes and their log, to look at. Edits go through the editor, whose log stays whole."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ..models import Box, ClientCursor, Operation
from .base import ReadOnlyAdmin


class DeletedFilter(admin.EmptyFieldListFilter):
    """Live boxes or deleted ones."""


@admin.register(Box)
class BoxAdmin(ReadOnlyAdmin):
    list_display = ("id", "label", "edges", "source", "status", "confidence", "created_by", "is_live", "open")
    list_filter = ("status", "source", ("deleted_revision", DeletedFilter))
    list_select_related = ("label", "created_by", "frame")
    search_fields = ("=id", "frame__name", "label__name", "created_by__username")
    search_help_text = _("Search by id, image, label or author")
    autocomplete_fields = ("frame", "label", "created_by")
    ordering = ("-pk",)

    @admin.display(description=_("edges"))
    def edges(self, box: Box) -> str:
        return f"{box.x1:.0f}, {box.y1:.0f} – {box.x2:.0f}, {box.y2:.0f}"

    @admin.display(description=_("live"), boolean=True)
    def is_live(self, box: Box) -> bool:
        return box.deleted_revision is None

    @admin.display(description=_("editor"))
    def open(self, box: Box) -> str:
        address = reverse("editor", args=[box.frame.project_id, box.frame_id])
        return format_html('<a href="{}">{}</a>', address, _("Open"))


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "frame", "revision", "kind", "origin", "user", "offline")
    list_filter = ("kind", "origin", "offline", "created_at")
    list_select_related = ("frame", "user")
    search_fields = ("frame__name", "user__username", "gesture", "=box__id")
    search_help_text = _("Search by image, person, gesture or id of the box")
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
