"""What is never deleted with what is in it: the desk says what to do instead."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from .base import DeskAdmin


class KeepingAdmin(DeskAdmin):
    """Rows that are deleted only while nothing is in them that people made. Asked again, with the rows locked, where
    they are deleted."""

    delete_confirmation_template = "admin/annotate/keep_one.html"
    delete_selected_confirmation_template = "admin/annotate/keep_some.html"

    def kept(self, rows: Iterable[Any]) -> list[str]:
        """A sentence for each row that stays: what is in it, and what to do instead."""
        raise NotImplementedError

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Nothing that hangs on a full row is looked for: it may be millions."""
        kept = self.kept(objs)
        if kept:
            return [], {}, set(), kept
        found: tuple[Any, Any, Any, Any] = super().get_deleted_objects(objs, request)
        return found

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self.delete_queryset(request, self.model._default_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            keys = list(queryset.values_list("pk", flat=True))
            rows = self.model._default_manager.filter(pk__in=keys)
            if self.kept(rows.order_by().select_for_update()):
                raise PermissionDenied
            super().delete_queryset(request, rows)
