"""Frames and where they came from."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path, reverse
from django.utils import formats
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ..actions.files import thumbnail_of
from ..agreement.copies import mark_gold
from ..models import Assignment, Box, Frame, Operation, Source, User
from ..review.independent import labelled_for, people_text
from .actions import ActionDesk
from .base import NoAddAdmin, UsualFilter, count_by
from .curation import FrameViewFilter
from .frame_actions import FRAME_ACTIONS, SOURCE_ACTIONS
from .keeping import KeepingAdmin
from .pictures import boxes_on, picture_of

LARGE_PX = 480
MOST_HISTORY = 200
MOST_GOLD = 200
LIVE = Box.objects.filter(deleted_revision__isnull=True).exclude(status=Box.Status.REJECTED)


@admin.register(Source)
class SourceAdmin(KeepingAdmin, ActionDesk, NoAddAdmin):
    list_display = ("name", "kind", "project", "frame_count", "created_by", "created_at")
    list_filter = ("kind", "project")
    list_select_related = ("project", "created_by")
    search_fields = ("name", "project__name")
    search_help_text = _("Search by name of the source or the project")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "created_by")
    readonly_fields = ("project", "kind", "created_by", "created_at")
    desk_actions = SOURCE_ACTIONS

    def kept(self, rows: Iterable[Source]) -> list[str]:
        frames = Frame.everything.filter(source__in=[row.pk for row in rows]).order_by()
        counted = frames.values_list("source__name").annotate(number=Count("pk")).order_by("source")
        return [
            ngettext(
                "“%(name)s” has %(count)s image. Set it aside instead, with the action of the list.",
                "“%(name)s” has %(count)s images. Set them aside instead, with the action of the list.",
                count,
            )
            % {"name": name, "count": formats.number_format(count)}
            for name, count in counted
        ]

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
            return queryset.filter(~Exists(live_boxes), status__in=Frame.DONE)
        return queryset


class PlaceFilter(UsualFilter):
    title, parameter_name, taken_at = _("there"), "there", "set_aside_at"
    usual, apart, every = _("There"), ("aside", _("Set aside")), _("There or set aside")


@admin.register(Frame)
class FrameAdmin(ActionDesk, NoAddAdmin):
    list_display = (
        *("thumbnail", "name", "open_in_editor", "status", "box_count", "open_count", "edits", "assigned"),
        *("labelled", "project", "size"),
    )
    list_display_links = ("name",)
    list_filter = (
        *(FrameViewFilter, "status", BoxesFilter, PlaceFilter),
        *("is_gold", "is_blind", "project", "created_at"),
    )
    list_select_related = ("project", "source")
    search_fields = ("name", "=md5", "=original_md5", "project__name", "source__name")
    search_help_text = _("Search by file name, MD5, project or source")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "source", "set_aside_by")
    ordering = ("-pk",)
    desk_actions = FRAME_ACTIONS
    actions = ("make_gold", "make_usual")
    object_history_template = "admin/annotate/operations.html"
    fieldsets = (
        (None, {"fields": ("picture", "links", "name", "status", "project", "source", "index")}),
        (_("Use"), {"fields": ("is_blind", "is_gold", "merged_from", "score")}),
        (_("File"), {"fields": ("width", "height", "media_type", "md5", "original_md5")}),
        (_("Log"), {"fields": ("revision", "epoch", "created_at", "set_aside_at", "set_aside_by")}),
    )
    readonly_fields = (
        *("picture", "links", "status", "project", "source", "index", "width", "height", "media_type"),
        *("md5", "original_md5", "revision", "epoch", "created_at", "is_blind", "is_gold", "score"),
        *("merged_from", "set_aside_at", "set_aside_by"),
    )

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.thumbnail_view)
        return [path("<int:pk>/thumbnail", view, name="annotate_frame_thumbnail"), *super().get_urls()]

    @method_decorator(require_safe)
    def thumbnail_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """For staff who may look at frames or boxes; elsewhere pictures are for members of the project."""
        user = cast(User, request.user)
        if not (user.has_perm("annotate.view_box") or self.has_view_permission(request)):
            raise PermissionDenied
        frame = Frame.everything.filter(pk=pk).first()
        if frame is None:
            raise Http404
        return thumbnail_of(request, frame)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Frame]:
        """Those set aside too: they are looked at and put back here."""
        frames = Frame.everything.order_by(*self.get_ordering(request))
        return frames.annotate(box_count=count_by(LIVE, "frame"))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Frames are set aside; only from there, by an action of its own, are they deleted."""
        return False

    def prepare_rows(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Boxes, open proposals and assignments of the page: three queries; two more where several people label each
        image."""
        keys = [row.pk for row in rows]
        boxes = boxes_on(keys)
        # Counted on the frames' own boxes: asked for by status, a database looks through those of all frames.
        alive = Box.objects.filter(frame__in=keys, deleted_revision__isnull=True).order_by()
        proposed = Count("pk", filter=Q(status=Box.Status.PROPOSED))
        proposals = dict(alive.values_list("frame").annotate(number=proposed))
        people: dict[int, list[str]] = {}
        for one in Assignment.objects.filter(frame__in=keys).select_related("user"):
            due = f" ({formats.date_format(one.due_on, 'SHORT_DATE_FORMAT')})" if one.due_on else ""
            people.setdefault(one.frame_id, []).append(f"{one.user.display_name}{due}")
        labelled = labelled_for(rows)
        for row in rows:
            row.independent = labelled.get(row.pk)
            row.drawn = boxes.get(row.pk, [])
            row.waiting = proposals.get(row.pk, 0)
            row.people = ", ".join(people.get(row.pk, [])) or "–"

    @admin.action(description=_("Make these gold images"), permissions=["change"])
    def make_gold(self, request: HttpRequest, frames: QuerySet[Frame]) -> None:
        self.set_gold(request, frames, True)

    @admin.action(description=_("No longer gold images"), permissions=["change"])
    def make_usual(self, request: HttpRequest, frames: QuerySet[Frame]) -> None:
        self.set_gold(request, frames, False)

    def set_gold(self, request: HttpRequest, frames: QuerySet[Frame], is_gold: bool) -> None:
        """Nothing that anybody drew changes by it."""
        changing = list(frames.exclude(is_gold=is_gold)[:MOST_GOLD])
        mark_gold([frame.pk for frame in changing], is_gold=is_gold)
        for frame in changing:
            self.log_change(request, frame, [{"changed": {"fields": ["is_gold"]}}])
        text = ngettext("%(count)d image was changed.", "%(count)d images were changed.", len(changing))
        self.message_user(request, text % {"count": len(changing)})

    @admin.display(description=_("image"))
    def thumbnail(self, frame: Any) -> SafeString:
        return picture_of(frame, frame.drawn)

    @admin.display(description=_("image"))
    def picture(self, frame: Frame) -> SafeString:
        return picture_of(frame, boxes_on([frame.pk]).get(frame.pk, []), side=LARGE_PX)

    @admin.display(description=_("boxes"), ordering="box_count")
    def box_count(self, frame: Any) -> SafeString:
        address = f"{reverse('admin:annotate_box_changelist')}?frame__id__exact={frame.pk}"
        return format_html('<a href="{}">{}</a>', address, frame.box_count)

    @admin.display(description=_("open proposals"))
    def open_count(self, frame: Any) -> int:
        count: int = frame.waiting
        return count

    @admin.display(description=_("assigned"))
    def assigned(self, frame: Any) -> str:
        text: str = frame.people
        return text

    @admin.display(description=_("labelled independently"))
    def labelled(self, frame: Any) -> str:
        if frame.independent is None:
            return "–"
        text = people_text(frame.independent)
        return f"{text} · {gettext('merged')}" if frame.independent.merged_from else text

    @admin.display(description=_("edits"), ordering="revision")
    def edits(self, frame: Frame) -> int:
        return frame.revision

    @admin.display(description=_("size"))
    def size(self, frame: Frame) -> str:
        return f"{frame.width}\u00a0×\u00a0{frame.height}"

    @admin.display(description=_("editor"))
    def open_in_editor(self, frame: Frame) -> SafeString | str:
        if frame.set_aside_at is not None:
            return "–"
        return format_html('<a href="{}">{}</a>', self.view_on_site(frame), _("Open"))

    @admin.display(description=_("look at"))
    def links(self, frame: Frame) -> SafeString:
        tables = (
            ("box", _("boxes")),
            ("operation", _("operations")),
            ("comment", _("comments")),
            ("statuschange", _("changes of status")),
            ("review", _("reviews")),
            ("detectionframe", _("detections")),
        )
        rows = [
            (f"{reverse(f'admin:annotate_{name}_changelist')}?frame__id__exact={frame.pk}", text)
            for name, text in tables
        ]
        return format_html_join(
            " · ", '<a href="{}">{}</a>', [(self.view_on_site(frame), _("editor")), *rows]
        )

    def view_on_site(self, frame: Frame) -> str:
        return reverse("editor", args=[frame.project_id, frame.pk])

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        frame = self.get_object(request, unquote(object_id))
        log = Operation.objects.filter(frame=frame).select_related("user").order_by("-revision")
        context = {**(extra_context or {}), "operations": log[:MOST_HISTORY] if frame else []}
        answer: HttpResponse = super().history_view(request, object_id, context)
        return answer
