"""What programs use: tokens, webhooks and what they were told. Hashes and secrets are shown to nobody."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import ApiToken, IdempotentAnswer, Webhook, WebhookDelivery
from .base import NoAddAdmin, ReadOnlyAdmin


class EndableAdmin(NoAddAdmin):
    """Rows that can be deleted, which ends what they stand for, and not changed."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(EndableAdmin):
    """A deleted token ends at once."""

    list_display = ("name", "user", "scope", "project", "prefix", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("scope", "expires_at", "revoked_at", "project")
    list_select_related = ("user", "project")
    search_fields = ("name", "=prefix", "user__username", "project__name")
    search_help_text = _("Search by name, prefix, person or project")
    date_hierarchy = "created_at"
    autocomplete_fields = ("user", "project")
    exclude = ("digest",)


@admin.register(IdempotentAnswer)
class IdempotentAnswerAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "key", "status")
    list_filter = ("status", "created_at")
    list_select_related = ("user",)
    search_fields = ("key", "user__username")
    search_help_text = _("Search by key or person")
    date_hierarchy = "created_at"
    autocomplete_fields = ("user",)
    exclude = ("body", "headers", "digest")


@admin.register(Webhook)
class WebhookAdmin(EndableAdmin):
    list_display = ("url", "project", "is_active", "told", "created_at", "created_by")
    list_filter = ("is_active", "created_at", "project")
    list_select_related = ("project", "created_by")
    search_fields = ("url", "project__name")
    search_help_text = _("Search by address or project")
    date_hierarchy = "created_at"
    autocomplete_fields = ("project", "created_by")
    exclude = ("secret",)

    @admin.display(description=_("events"))
    def told(self, hook: Webhook) -> str:
        names = {str(name): str(text) for name, text in Webhook.Event.choices}
        return ", ".join(names.get(each, each) for each in hook.events)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "webhook", "event", "state", "attempts", "answered", "problem")
    list_filter = ("state", "event", "created_at")
    list_select_related = ("webhook",)
    search_fields = ("=id", "webhook__url", "problem")
    search_help_text = _("Search by id, address or problem")
    date_hierarchy = "created_at"
    autocomplete_fields = ("webhook",)
