from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .frame import Frame

WINDOW_LENGTH = 36
"""Characters that a page may name itself with: a UUID."""


class Claim(models.Model):
    """A frame given to a person to work on, why it was this one, and until when nobody else gets it.

    Rows stay as the record of what the queue did. One claim at most per frame has no ``released_at``.
    """

    frame = models.ForeignKey(Frame, verbose_name=_("frame"), on_delete=models.CASCADE, related_name="claims")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="claims"
    )
    strategy = models.CharField(_("strategy"), max_length=40)
    score = models.FloatField(_("score"), null=True, blank=True)
    reasons = models.JSONField(_("reasons"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    window = models.CharField(
        _("window"),
        max_length=WINDOW_LENGTH,
        default="",
        db_default="",
        blank=True,
        help_text=_(
            "The page that renewed it last. Another page of the same person cannot give the image back."
        ),
    )

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["frame"], condition=models.Q(released_at__isnull=True), name="claim_one_per_frame"
            )
        ]
        indexes = [models.Index(fields=["user", "released_at"], name="claim_by_user")]

    def __str__(self) -> str:
        return f"{self.frame} · {self.user}"
