"""The views of ``annotate.curation`` as filters of the lists of the desk."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..curation.views import BOX_VIEWS, FRAME_VIEWS, Scope, View


class ViewFilter(admin.SimpleListFilter):
    """No counts beside it: each would be a search of its own."""

    is_counted = False
    title = _("view")
    parameter_name = "view"
    views: dict[str, View]
    project_parameter: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, view.title) for name, view in self.views.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        view = self.views.get(str(self.value()))
        return view.narrow(queryset, scope_of(request, self.project_parameter)) if view else queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        wanted, changelist.add_facets = changelist.add_facets, False
        found = list(super().choices(changelist))
        changelist.add_facets = wanted
        return iter(found)


class BoxViewFilter(ViewFilter):
    views = BOX_VIEWS
    project_parameter = "project"


class FrameViewFilter(ViewFilter):
    views = FRAME_VIEWS
    project_parameter = "project__id__exact"


def scope_of(request: HttpRequest, parameter: str) -> Scope:
    """One for a request: counts beside filters ask for the same rows many times."""
    known: Scope | None = getattr(request, "desk_scope", None)
    if known is None:
        wanted = request.GET.get(parameter, "")
        known = Scope(int(wanted)) if wanted.isdecimal() and len(wanted) < 16 else Scope()
        request.desk_scope = known  # type: ignore[attr-defined]
    return known
