"""Permissions as people read them, in their language: Django keeps their names in the database, in English."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import ManyToManyField, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

DEEDS = {
    "add": _("Can add"),
    "change": _("Can change"),
    "delete": _("Can delete"),
    "view": _("Can look at"),
}
OURS = {
    codename: _(name)
    for model in apps.get_app_config("annotate").get_models()
    for codename, name in model._meta.permissions
}
"""What the models of this product say beyond that, by codename."""


def name_of(permission: Permission) -> str:
    """What it is about, and what it allows. That of an application that is not installed any more as it is kept."""
    model = permission.content_type.model_class()
    if model is None:
        return permission.name
    about = capfirst(str(model._meta.verbose_name))
    allowed = OURS.get(permission.codename) or DEEDS.get(permission.codename.partition("_")[0])
    value = allowed or permission.name
    return gettext("%(name)s: %(value)s") % {"name": about, "value": value}


class PermissionsField(ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


class WithPermissions(admin.ModelAdmin):  # type: ignore[type-arg]
    """A page on which permissions are given."""

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: Any = None, **kwargs: Any
    ) -> Any:
        if db_field.remote_field.model is Permission:
            kwargs["form_class"] = PermissionsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class MayFilter(admin.SimpleListFilter):
    """Groups by what they allow, of what this product adds to Django's own."""

    title = _("allows")
    parameter_name = "allows"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(OURS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> QuerySet[Group]:
        value = self.value()
        return queryset.filter(permissions__codename=value) if value in OURS else queryset
