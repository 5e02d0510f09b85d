import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .project import Project


class Webhook(models.Model):
    """An address of somebody else's that is told what happens in a project."""

    class Event(models.TextChoices):
        FRAME_COMPLETED = "frame.completed", _("An image is complete")
        FRAME_REVIEWED = "frame.reviewed", _("An image was approved or returned")
        JOB_FINISHED = "job.finished", _("A job has ended")
        DATASET_VERSIONED = "dataset.versioned", _("There is a new dataset version")
        TRAINING_FINISHED = "training.finished", _("A training has ended")
        MODEL_PROMOTED = "model.promoted", _("Another model proposes")

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="webhooks"
    )
    url = models.CharField(_("address"), max_length=500)
    events = models.JSONField(_("events"), default=list)
    secret = models.CharField(_("secret"), max_length=80, help_text=_("Signs each delivery; shown once."))
    is_active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    if TYPE_CHECKING:
        project_id: int

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["project", "pk"]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event for one webhook: a row of an outbox. Written in the transaction of what it tells of; the worker
    delivers it until the receiver has said yes, or has had its chances."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(
        Webhook, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries"
    )
    event = models.CharField(_("event"), max_length=40)
    payload = models.JSONField(_("payload"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"))
    answered = models.PositiveSmallIntegerField(_("status answered"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    if TYPE_CHECKING:
        webhook_id: int

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "delivered", "failed"]),
                name="webhook_delivery_state_known",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="webhook_delivery_due"),
            models.Index(fields=["webhook", "-created_at"], name="webhook_delivery_by_hook"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"
