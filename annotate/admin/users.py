"""Accounts. Django lets staff with the right to change users make themselves superuser; here they cannot."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import Membership, User
from ..refused import note_refused
from .base import DeskAdmin, count_by
from .keeping import KeepingAdmin
from .permissions import MayFilter, WithPermissions

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class DeskUserAdmin(WithPermissions, UserAdmin, KeepingAdmin):  # type: ignore[type-arg]
    list_display = ("username", "full_name", "is_active", "is_staff", "project_count", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "language", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    search_help_text = _("Search by user name, name or e-mail")
    date_hierarchy = "date_joined"
    ordering = ("username",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Rights"), {"fields": ("is_active", *POWERS)}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def kept(self, rows: Iterable[User]) -> list[str]:
        """Whoever is the last manager of a project. What the others drew keeps standing, without a name."""
        people = {row.pk: row for row in rows}
        others = Membership.objects.filter(project=OuterRef("project"), role=Membership.Role.MANAGER)
        lonely = Membership.objects.filter(user__in=people, role=Membership.Role.MANAGER).exclude(
            Exists(others.exclude(user__in=people))
        )
        return [
            gettext(
                "“%(who)s” manages “%(project)s” alone. Make somebody else manager first, or deactivate the account."
            )
            % {"who": people[user].get_username(), "project": project}
            for user, project in lonely.order_by("user", "project").values_list("user", "project__name")
        ]

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=_("projects"), ordering="project_count")
    def project_count(self, user: User) -> int:
        count: int = user.project_count  # type: ignore[attr-defined]
        return count

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        return users.annotate(project_count=count_by(Membership.objects.all(), "user"))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else [*fields, *POWERS]

    def is_out_of_reach(self, request: HttpRequest, obj: Model | None) -> bool:
        """The account of a superuser, of other staff and of whoever has a right that one has not oneself is for
        superusers only: with a new password or e-mail address one could be them."""
        if request.user.is_superuser or not isinstance(obj, User) or obj.pk == request.user.pk:
            return False
        own: set[str] = cast(User, request.user).get_all_permissions()
        return obj.is_superuser or obj.is_staff or not obj.get_all_permissions() <= own

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and not self.is_out_of_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not self.is_out_of_reach(request, obj)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Powers are dropped from what others than superusers send: no page of theirs has these fields."""
        tried = [name for name in POWERS if name in request.POST]
        if tried and not request.user.is_superuser:
            note_refused(request, f"set {', '.join(tried)}")
        answer: HttpResponse = super().changeform_view(request, *args, **kwargs)
        return answer

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        if not request.user.is_superuser and not change:
            obj.is_staff = obj.is_superuser = False
        super().save_model(request, obj, form, change)


admin.site.unregister(Group)


@admin.register(Group)
class DeskGroupAdmin(WithPermissions, GroupAdmin, DeskAdmin):
    """A group gives rights, so only a superuser changes one."""

    list_display = ("name", "member_count")
    list_filter = (MayFilter,)
    search_fields = ("name",)
    search_help_text = _("Search by name")

    @admin.display(description=_("accounts"), ordering="member_count")
    def member_count(self, group: Group) -> int:
        count: int = group.member_count  # type: ignore[attr-defined]
        return count

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        groups: QuerySet[Group] = super().get_queryset(request)
        memberships: QuerySet[Any] = User.groups.through._default_manager.all()
        return groups.annotate(member_count=count_by(memberships, "group"))

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)
