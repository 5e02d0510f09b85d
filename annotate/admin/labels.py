"""Labels, and the history of what was changed about them with the way back."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ..labels.changing import changing
from ..labels.history import newest_of_label
from ..labels.states import read
from ..labels.taking_back import TakeBackRefused, take_back
from ..labels.words import from_to, words_of
from ..models import Box, Label, LabelChange, User
from .base import DeskAdmin, ReadOnlyAdmin, count_by

ALIVE = Box.objects.filter(deleted_revision__isnull=True)


def word_for(value: object) -> str:
    """In Django's own history."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value) if value not in (None, "") else "–"


@admin.register(Label)
class LabelAdmin(DeskAdmin):
    list_display = ("name", "swatch", "project", "key", "position", "is_active", "box_count")
    list_filter = ("is_active", "project")
    list_select_related = ("project",)
    search_fields = ("name", "project__name")
    search_help_text = _("Search by name of the label or the project")
    autocomplete_fields = ("project",)
    fixed_after_creation = ("project",)
    actions = ("activate", "deactivate")
    object_history_template = "admin/annotate/label_history.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Label]:
        """Counted label by label only where the list is sorted by it: in one go PostgreSQL reads a million boxes 12
        times faster, as long as it has not tidied the table up."""
        labels: QuerySet[Label] = super().get_queryset(request)
        return labels.alias(box_count=count_by(ALIVE, "label"))

    def prepare_rows(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        counted = ALIVE.filter(label__in=[row.pk for row in rows]).order_by().values_list("label")
        counts = dict(counted.annotate(number=Count("*")))
        for row in rows:
            row.boxes_of_it = counts.get(row.pk, 0)

    @admin.display(description=_("boxes"), ordering="box_count")
    def box_count(self, label: Any) -> int:
        count: int = label.boxes_of_it
        return count

    @admin.display(description=_("colour"))
    def swatch(self, label: Label) -> str:
        return format_html(
            '<svg width="14" height="14" aria-hidden="true"><rect width="14" height="14" fill="{}"/></svg>',
            label.color,
        )

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, labels: QuerySet[Label]) -> None:
        self.set_active(request, labels, True)

    @admin.action(description=_("Deactivate: keep the boxes, take no new ones"), permissions=["change"])
    def deactivate(self, request: HttpRequest, labels: QuerySet[Label]) -> None:
        self.set_active(request, labels, False)

    def set_active(self, request: HttpRequest, labels: QuerySet[Label], is_active: bool) -> None:
        """One step for each project."""
        chosen = list(labels.exclude(is_active=is_active))
        field = capfirst(Label._meta.get_field("is_active").verbose_name)
        said = from_to(str(field), word_for(not is_active), word_for(is_active))
        for project in {label.project_id for label in chosen}:
            own = [label for label in chosen if label.project_id == project]
            with changing(project, cast(User, request.user)):
                Label.objects.filter(pk__in=[label.pk for label in own]).update(is_active=is_active)
            for label in own:
                self.log_change(request, label, [{"changed": {"fields": [said]}}])
        text = ngettext("%(count)d label was changed.", "%(count)d labels were changed.", len(chosen))
        self.message_user(request, text % {"count": len(chosen)})

    def save_model(self, request: HttpRequest, obj: Label, form: ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        with changing(obj.project_id, cast(User, request.user)):
            super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Label) -> None:
        with changing(obj.project_id, cast(User, request.user)):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Label]) -> None:
        for project in set(queryset.order_by().values_list("project", flat=True)):
            with changing(project, cast(User, request.user)):
                super().delete_queryset(request, queryset.filter(project=project))

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        """From what to what."""
        if add:
            message: list[dict[str, Any]] = super().construct_change_message(request, form, formsets, add)
            return message
        fields = [
            from_to(
                str(form.fields[name].label),
                word_for(form.initial.get(name)),
                word_for(form.cleaned_data[name]),
            )
            for name in form.changed_data
        ]
        return [{"changed": {"fields": fields}}] if fields else []

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's lines, and under them whatever was changed, here, on the page of the project or by a program."""
        label = self.get_object(request, unquote(object_id))
        context = {
            **(extra_context or {}),
            "changes": newest_of_label(label.project_id, label.pk) if label else [],
            "may_take_back": self.has_change_permission(request),
        }
        answer: HttpResponse = super().history_view(request, object_id, context)
        return answer


def rights_for(change: LabelChange) -> set[str]:
    """What it takes to undo it: to delete what it made, to bring back what it deleted."""
    before, after = read(change.before).keys(), read(change.after).keys()
    needs = {"delete_label": after - before, "add_label": before - after, "change_label": before & after}
    return {f"annotate.{right}" for right, labels in needs.items() if labels}


@admin.register(LabelChange)
class LabelChangeAdmin(ReadOnlyAdmin):
    """Also of labels that are gone: their deletion is taken back here."""

    list_display = ("created_at", "project", "what", "user", "takes_back")
    list_filter = ("created_at", "project")
    list_select_related = ("project", "user", "takes_back")
    search_fields = ("project__name", "user__username")
    search_help_text = _("Search by project or person")
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    autocomplete_fields = ("project", "user", "takes_back")
    actions = ("take_back_chosen",)

    @admin.display(description=_("what was changed"))
    def what(self, change: LabelChange) -> str:
        return "; ".join(words_of(change))

    def get_urls(self) -> list[Any]:
        own = self.admin_site.admin_view(self.take_back_view)
        return [
            path("<int:change_id>/take-back/", own, name="annotate_labelchange_take_back"),
            *super().get_urls(),
        ]

    def has_take_back_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("annotate.change_label")

    @admin.action(description=_("Take back, the newest first"), permissions=["take_back"])
    def take_back_chosen(self, request: HttpRequest, changes: QuerySet[LabelChange]) -> None:
        chosen = list(changes.order_by("-pk"))
        if not cast(User, request.user).has_perms(set().union(*map(rights_for, chosen))):
            raise PermissionDenied
        for change in chosen:
            self.take_one_back(request, change)

    @method_decorator(require_POST)
    def take_back_view(self, request: HttpRequest, change_id: int) -> HttpResponse:
        """From the history of a label, to which it leads back."""
        if not self.has_take_back_permission(request):
            raise PermissionDenied
        change = get_object_or_404(LabelChange, pk=change_id)
        if not cast(User, request.user).has_perms(rights_for(change)):
            raise PermissionDenied
        self.take_one_back(request, change)
        label = request.POST.get("label", "")
        known = Label.objects.filter(pk=label).exists() if label.isascii() and label.isdecimal() else False
        back = ("admin:annotate_label_history", [label]) if known else ("admin:annotate_label_changelist", [])
        return HttpResponseRedirect(reverse(back[0], args=back[1]))

    def take_one_back(self, request: HttpRequest, change: LabelChange) -> None:
        what = self.what(change)
        try:
            undo = take_back(change, cast(User, request.user))
        except TakeBackRefused as refused:
            self.message_user(request, f"{what}: {refused}", messages.ERROR)
        else:
            said = gettext("Taken back: %(what)s") % {"what": what}
            self.log_change(request, change, said)
            for label in Label.objects.filter(pk__in=[state["id"] for state in undo.after]):
                self.log_change(request, label, said)
            self.message_user(request, said)
