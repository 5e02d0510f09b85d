from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from .frame import Frame
from .project import Label


class Box(models.Model):
    """A rectangle on a frame, as edges in image pixels. Written by sync.submit alone.

    ``versions`` holds, per field, the revision that last wrote it. ``authored`` holds the revision that
    the present value comes from: the same, except that undo gives a field back to its earlier author.
    """

    class Source(models.TextChoices):
        HUMAN = "human", _("Human")
        MODEL = "model", _("Model")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    class Feedback(models.TextChoices):
        POSITIVE = "positive", _("Positive")
        NEGATIVE = "negative", _("Negative")
        NEUTRAL = "neutral", _("Neutral")

    id = models.UUIDField(primary_key=True)
    frame = models.ForeignKey(Frame, verbose_name=_("frame"), on_delete=models.CASCADE, related_name="boxes")
    x1 = models.FloatField(_("left"))
    y1 = models.FloatField(_("top"))
    x2 = models.FloatField(_("right"))
    y2 = models.FloatField(_("bottom"))
    label = models.ForeignKey(Label, verbose_name=_("label"), on_delete=models.PROTECT, related_name="boxes")
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    z = models.FloatField(_("stacking order"), default=0)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices, default=Source.HUMAN)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.ACCEPTED)
    feedback = models.CharField(_("feedback"), max_length=8, choices=Feedback.choices, blank=True, default="")
    confidence = models.FloatField(_("confidence"), null=True, blank=True)
    detection_id = models.UUIDField(
        _("detection"),
        null=True,
        blank=True,
        help_text=_(
            "The run of a detector that proposed it. Not a foreign key: a box outlives its detection."
        ),
    )
    versions = models.JSONField(_("versions"), default=dict)
    authored = models.JSONField(_("authored"), default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_revision = models.BigIntegerField(_("created at revision"))
    deleted_revision = models.BigIntegerField(_("deleted at revision"), null=True, blank=True)

    if TYPE_CHECKING:
        created_by_id: Any
        label_id: int
        frame_id: int

    class Meta:
        verbose_name = _("box")
        verbose_name_plural = _("boxes")
        ordering = ["frame", "created_revision", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(x1__lt=models.F("x2")), name="box_x1_below_x2"),
            models.CheckConstraint(condition=models.Q(y1__lt=models.F("y2")), name="box_y1_below_y2"),
            models.CheckConstraint(
                condition=models.Q(x1__gte=0, y1__gte=0, x2__lte=1e6, y2__lte=1e6), name="box_inside_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(confidence__isnull=True) | models.Q(confidence__gte=0, confidence__lte=1),
                name="box_confidence_is_share",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=["human", "model"])
                & models.Q(status__in=["proposed", "accepted", "rejected"])
                & models.Q(feedback__in=["", "positive", "negative", "neutral"]),
                name="box_source_and_status_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["frame"],
                condition=models.Q(deleted_revision__isnull=True),
                name="box_alive_by_frame",
            ),
            # For the desk of administrators, each small: a move of a box touches none of them.
            models.Index(
                fields=["label"], condition=models.Q(deleted_revision__isnull=True), name="box_alive_by_label"
            ),
            models.Index(
                fields=["status", "id"],
                condition=models.Q(deleted_revision__isnull=True),
                name="box_by_status",
            ),
            models.Index(
                fields=["status", "confidence"],
                condition=models.Q(deleted_revision__isnull=True, confidence__isnull=False),
                name="box_by_confidence",
            ),
            models.Index(
                fields=["id"], condition=models.Q(deleted_revision__isnull=False), name="box_deleted"
            ),
            models.Index(
                fields=["feedback"],
                condition=models.Q(deleted_revision__isnull=True) & ~models.Q(feedback=""),
                name="box_with_feedback",
            ),
        ]
        permissions = [("curate_box", gettext_noop("Can accept, reject and relabel boxes in the admin"))]

    def __str__(self) -> str:
        return str(self.pk)
