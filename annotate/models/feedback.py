from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .box import Box
from .detection import Detection
from .frame import Frame


class Feedback(models.Model):
    """What a person thinks of a detection of a frame as a whole: the present state of what the log says
    (Operation.Kind.RATE), written by sync.submit alone. Of single boxes: Box.feedback."""

    frame = models.ForeignKey(
        Frame, verbose_name=_("frame"), on_delete=models.CASCADE, related_name="feedback"
    )
    detection = models.ForeignKey(
        Detection,
        verbose_name=_("detection"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="feedback",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="feedback",
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Box.Feedback.choices)
    note = models.CharField(_("note"), max_length=2000, blank=True, default="")
    revision = models.BigIntegerField(
        _("revision"),
        null=True,
        blank=True,
        help_text=_("The operation that says so; none for what was said before ratings were operations."),
    )
    ms = models.PositiveIntegerField(
        _("active time"),
        null=True,
        blank=True,
        help_text=_(
            "Milliseconds that the person spent on it, as their browser measured; pauses are left out."
        ),
    )
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=["positive", "negative", "neutral"]),
                name="feedback_verdict_known",
            ),
            models.UniqueConstraint(fields=["frame", "detection", "user"], name="feedback_one_per_person"),
        ]

    def __str__(self) -> str:
        return self.get_verdict_display()
