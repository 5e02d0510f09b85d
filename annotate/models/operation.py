from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .box import Box
from .frame import Frame


class Operation(models.Model):
    """One recorded edit of one box, or what a person says of a detection of the frame as a whole (``rate``, about no
    box). The log of a frame is dense: revisions 1 to Frame.revision, no hole.

    A command of a client, known by (client, counter), makes one operation, or several for an undo of a
    gesture that touched several boxes (``part`` counts them). Rows are only ever added.
    """

    class Kind(models.TextChoices):
        CREATE = "create", _("Create")
        SET = "set", _("Change")
        DELETE = "delete", _("Delete")
        RESTORE = "restore", _("Restore")
        RATE = "rate", _("Rate the detection")

    class Origin(models.TextChoices):
        USER = "user", _("Person")
        UNDO = "undo", _("Undo")
        REDO = "redo", _("Redo")
        MODEL = "model", _("Model")
        ADMIN = "admin", _("Admin")
        IMPORT = "import", _("Import")

    BY_HAND = (Origin.USER, Origin.UNDO, Origin.REDO)
    """Origins of what a person did in the editor; an import or the admin's desk is none."""

    frame = models.ForeignKey(
        Frame, verbose_name=_("frame"), on_delete=models.CASCADE, related_name="operations"
    )
    revision = models.BigIntegerField(_("revision"))
    client = models.UUIDField(_("client"))
    counter = models.BigIntegerField(_("counter"))
    part = models.PositiveIntegerField(_("part"), default=0)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="operations",
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin.choices, default=Origin.USER)
    box = models.ForeignKey(
        Box,
        verbose_name=_("box"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="operations",
        help_text=_("None where a detection is rated as a whole."),
    )
    fields = models.JSONField(_("fields"), help_text=_("The values as stored, after clamping."))
    before = models.JSONField(_("before"), help_text=_("The values that were replaced."))
    authored_before = models.JSONField(_("authored before"), default=dict)
    authored = models.JSONField(
        _("authored"),
        default=dict,
        help_text=_("Of an undo or redo: the revisions that the values given back come from."),
    )
    overwrote = models.JSONField(
        _("overwrote"),
        default=dict,
        help_text=_(
            "Fields that somebody else had changed since the author last saw them, with the revision."
        ),
    )
    gesture = models.CharField(_("gesture"), max_length=64, help_text=_("One gesture is one undo step."))
    reverts = models.CharField(_("reverts gesture"), max_length=64, blank=True, default="")
    offline = models.BooleanField(_("made offline"), default=False)
    ms = models.PositiveIntegerField(
        _("active time"),
        null=True,
        blank=True,
        help_text=_(
            "Milliseconds that the person spent on it, as their browser measured; pauses are left out."
        ),
    )
    created_at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        ordering = ["frame", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["frame", "revision"], name="operation_revision_unique"),
            models.UniqueConstraint(fields=["client", "counter", "part"], name="operation_applied_once"),
            models.CheckConstraint(condition=models.Q(revision__gte=1), name="operation_revision_positive"),
            models.CheckConstraint(
                condition=models.Q(kind="rate", box__isnull=True)
                | (~models.Q(kind="rate") & models.Q(box__isnull=False)),
                name="operation_on_a_box_or_a_rating",
            ),
        ]
        indexes = [
            models.Index(fields=["frame", "user", "revision"], name="operation_by_user"),
            models.Index(
                fields=["frame", "revision"], name="operation_ratings", condition=models.Q(kind="rate")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.frame_id}#{self.revision}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("The operation log is written by sync.submit alone.")


class ClientCursor(models.Model):
    """How far the commands of one client on one frame have been decided: what makes a resend harmless."""

    client = models.UUIDField(_("client"), primary_key=True)
    frame = models.ForeignKey(Frame, verbose_name=_("frame"), on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="+"
    )
    last_counter = models.BigIntegerField(_("last counter"), default=0)
    outcomes = models.JSONField(
        _("outcomes"),
        default=dict,
        help_text=_("Recent commands that made no operation, with what was said."),
    )
    seen_at = models.DateTimeField(_("last seen"), auto_now=True)

    class Meta:
        verbose_name = _("client cursor")
        verbose_name_plural = _("client cursors")

    def __str__(self) -> str:
        return str(self.client)
