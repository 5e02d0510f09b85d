from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .project import Project


class ApiToken(models.Model):
    """What a program shows instead of a password: ``hitl_<prefix>_<secret>``. Only a hash of the secret is kept.

    It can do what its person can, as far as ``scope`` allows, and nothing outside ``project`` where there is one.
    """

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Read and label")
        MANAGE = "manage", _("Everything that I may do")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="api_tokens",
    )
    name = models.CharField(
        _("name"), max_length=80, help_text=_("What it is for, such as “upload from camera 3”.")
    )
    prefix = models.CharField(_("prefix"), max_length=16, unique=True)
    digest = models.CharField(_("hash"), max_length=64, help_text=_("SHA-256 of the secret part."))
    scope = models.CharField(_("scope"), max_length=6, choices=Scope.choices, default=Scope.WRITE)
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: all my projects."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    if TYPE_CHECKING:
        user_id: int
        project_id: int | None

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scope__in=["read", "write", "manage"]), name="api_token_scope_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"


class IdempotentAnswer(models.Model):
    """What a request with an Idempotency-Key was answered, for a day: asked again, it is answered and not done again.

    Written in the transaction of what the request did.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="+"
    )
    key = models.CharField(_("key"), max_length=255)
    digest = models.CharField(
        _("request"), max_length=64, help_text=_("SHA-256 of method, address and body.")
    )
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    headers = models.JSONField(_("headers"), default=dict)
    body = models.BinaryField(_("body"), default=bytes)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("idempotent answer")
        verbose_name_plural = _("idempotent answers")
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotent_answer_once")]

    def __str__(self) -> str:
        return self.key
