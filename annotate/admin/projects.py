"""Projects and their members."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..actions import projects as making
from ..models import Frame, Label, Membership, Project, User
from ..refused import note_refused
from ..review.independent import since
from .actions import ActionDesk
from .base import DeskAdmin, UsualFilter, count_by
from .keeping import KeepingAdmin
from .project_actions import MOST_PROJECTS, PROJECT_ACTIONS

NAMES_SHOWN = 50
"""Of labels and of members, on the page of a project; the rest is behind a link."""


def named_rows(rows: QuerySet[Any], name_of: Callable[[Any], str], project: Project) -> SafeString:
    """Links to the first of them and to the list of all. No forms: hundreds of them are more than a page can send."""
    kind = f"admin:annotate_{rows.model._meta.model_name}"
    shown = [(reverse(f"{kind}_change", args=[row.pk]), name_of(row)) for row in rows[:NAMES_SHOWN]]
    return format_html(
        '{} · <a href="{}?project__id__exact={}">{} ({})</a>',
        format_html_join(", ", '<a href="{}">{}</a>', shown) if shown else "–",
        reverse(f"{kind}_changelist"),
        str(project.pk),
        _("Show all"),
        formats.number_format(rows.count()),
    )


def may_view(request: HttpRequest, model: type[Model]) -> bool:
    return admin.site.get_model_admin(model).has_view_permission(request)


class ArchivedFilter(UsualFilter):
    title, parameter_name, taken_at = _("archived"), "archived", "archived_at"
    usual, apart, every = _("In use"), ("yes", _("Archived")), _("In use or archived")


@admin.register(Project)
class ProjectAdmin(KeepingAdmin, ActionDesk):
    list_display = (
        *(
            "name",
            "open",
            "frame_count",
            "complete_count",
            "share",
            "member_count",
            "model_version",
            "review",
        ),
        *("created_by", "created_at"),
    )
    list_filter = ("review", "training_mode", ArchivedFilter, "created_at")
    actions = ("archive", "restore")
    list_select_related = ("created_by", "model_version")
    desk_actions = PROJECT_ACTIONS
    search_fields = ("name", "description")
    search_help_text = _("Search by name or description")
    date_hierarchy = "created_at"
    autocomplete_fields = ("created_by", "model_version", "copy_of")
    # The model is changed on the page of the project: a promotion, with its history (learning.promotion).
    readonly_fields = (
        *("created_by", "created_at", "archived_at", "model_version", "copy_of"),
        "consensus_since",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Labels and members for those who may see them in their own lists."""
        fields = super().get_readonly_fields(request, obj)
        lists = {"label_rows": Label, "member_rows": Membership} if obj is not None else {}
        return [*fields, *(name for name, model in lists.items() if may_view(request, model))]

    @admin.display(description=_("labels"))
    def label_rows(self, project: Project) -> SafeString:
        return named_rows(project.labels.order_by("position", "pk"), lambda label: str(label.name), project)

    @admin.display(description=_("members"))
    def member_rows(self, project: Project) -> SafeString:
        members = project.memberships.select_related("user").order_by("pk")
        return named_rows(members, lambda one: f"{one.user.display_name} ({one.get_role_display()})", project)

    def kept(self, rows: Iterable[Project]) -> list[str]:
        sentences = []
        for project in rows:
            frames = Frame.everything.filter(project=project).count()
            made = project.dataset_versions.exists() or project.trainings.exists() or project.copies.exists()
            text = ngettext(
                "“%(name)s” has %(count)s image. Archive it instead: it leaves every list, and can be restored.",
                "“%(name)s” has %(count)s images. Archive it instead: it leaves every list, and can be restored.",
                frames,
            )
            if frames or made:
                sentences.append(text % {"name": project.name, "count": formats.number_format(frames)})
        return sentences

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Its members, labels and webhooks go with an empty project, whoever may delete them elsewhere."""
        rows, counts, _needed, protected = super().get_deleted_objects(objs, request)
        return rows, counts, set(), protected

    def has_archive_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("annotate.archive_project")

    @admin.action(description=_("Archive projects: nothing of them goes away"), permissions=["archive"])
    def archive(self, request: HttpRequest, projects: QuerySet[Project]) -> None:
        self.each(request, projects.filter(archived_at__isnull=True), making.archive)

    @admin.action(description=_("Restore archived projects"), permissions=["archive"])
    def restore(self, request: HttpRequest, projects: QuerySet[Project]) -> None:
        self.each(request, projects.filter(archived_at__isnull=False), making.restore)

    def each(
        self, request: HttpRequest, projects: QuerySet[Project], change: Callable[[Project], None]
    ) -> None:
        changing = list(projects[:MOST_PROJECTS])
        for project in changing:
            change(project)
            self.log_change(request, project, [{"changed": {"fields": ["archived_at"]}}])
        text = ngettext("%(count)d project was changed.", "%(count)d projects were changed.", len(changing))
        self.message_user(request, text % {"count": len(changing)})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        projects: QuerySet[Project] = super().get_queryset(request)
        frames = Frame.objects.all()
        return projects.annotate(
            frame_count=count_by(frames, "project"),
            complete_count=count_by(frames.filter(status__in=Frame.DONE), "project"),
            member_count=count_by(Membership.objects.all(), "project"),
        )

    @admin.display(description=_("frames"), ordering="frame_count")
    def frame_count(self, project: Any) -> int:
        count: int = project.frame_count
        return count

    @admin.display(description=_("complete"), ordering="complete_count")
    def complete_count(self, project: Any) -> int:
        count: int = project.complete_count
        return count

    @admin.display(description=_("done"))
    def share(self, project: Any) -> str:
        return f"{project.complete_count / project.frame_count:.0%}" if project.frame_count else "–"

    @admin.display(description=_("page"))
    def open(self, project: Project) -> SafeString:
        return format_html('<a href="{}">{}</a>', self.view_on_site(project), _("Open"))

    @admin.display(description=_("members"), ordering="member_count")
    def member_count(self, project: Any) -> int:
        count: int = project.member_count
        return count

    def view_on_site(self, project: Project) -> str:
        return reverse("project", args=[project.pk])

    def save_model(self, request: HttpRequest, obj: Project, form: ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]
        if "review" in form.changed_data:
            stored = Project.objects.filter(pk=obj.pk).first() or Project()
            obj.consensus_since = since(obj.review, stored)
        super().save_model(request, obj, form, change)


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if self.instance.pk and role != Membership.Role.MANAGER and is_last_manager(self.instance):
            raise forms.ValidationError(
                gettext("A project needs a manager. Make somebody else manager first.")
            )
        return role


def is_last_manager(membership: Membership) -> bool:
    """Whether the stored row is the project's only manager."""
    counts = Membership.objects.filter(project=membership.project_id, role=Membership.Role.MANAGER).aggregate(
        own=Count("pk", filter=Q(pk=membership.pk)), others=Count("pk", filter=~Q(pk=membership.pk))
    )
    return bool(counts["own"]) and not counts["others"]


def is_own(request: HttpRequest, obj: Model | None) -> bool:
    """Staff do not give themselves another role; superusers have every role anyway."""
    is_mine = isinstance(obj, Membership) and obj.user_id == request.user.pk
    return is_mine and not request.user.is_superuser


@admin.register(Membership)
class MembershipAdmin(DeskAdmin):
    form = MembershipForm
    list_display = ("user", "project", "role", "created_at")
    list_filter = ("role", "project")
    list_select_related = ("user", "project")
    search_fields = ("user__username", "user__first_name", "user__last_name", "project__name")
    search_help_text = _("Search by person or project")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "user")
    readonly_fields = ("created_at",)
    fixed_after_creation = ("project", "user")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Nobody but a superuser makes themselves a member."""
        if db_field.name == "user" and not request.user.is_superuser:
            kwargs["queryset"] = User.objects.exclude(username=request.user.get_username())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("user") == str(request.user.pk) and not request.user.is_superuser:
            note_refused(request, "a role for oneself")
        answer: HttpResponse = super().changeform_view(request, *args, **kwargs)
        return answer

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and not is_own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj) and not is_own(request, obj)
        return allowed and not (isinstance(obj, Membership) and is_last_manager(obj))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """No bulk delete: two managers chosen together would each leave the other as the last."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
