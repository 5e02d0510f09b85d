from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .frame import Frame


class StatusChange(models.Model):
    """Somebody declared a frame complete, or open again. Rows are only ever added, by annotate.frames."""

    frame = models.ForeignKey(
        Frame, verbose_name=_("frame"), on_delete=models.CASCADE, related_name="status_changes"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    before = models.CharField(_("before"), max_length=12, choices=Frame.Status.choices)
    after = models.CharField(_("after"), max_length=12, choices=Frame.Status.choices)
    is_import = models.BooleanField(
        _("import"),
        default=False,
        db_default=False,
        help_text=_("A file said so, which this person brought: it is nobody's work here."),
    )
    revision = models.BigIntegerField(_("revision"), help_text=_("Of the frame at that moment."))
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["frame", "created_at"], name="status_change_by_frame")]

    def __str__(self) -> str:
        return f"{self.get_before_display()} → {self.get_after_display()}"


WHOSE_WORK = models.Case(models.When(is_import=False, then=models.F("user")))
"""Whose work a status change is: nobody's where a merge or an import made it, or the account is gone."""


def completed_by() -> models.Subquery:
    """For a query of frames: id of whose work the newest completion is."""
    changes = StatusChange.objects.filter(frame=models.OuterRef("pk"), after=Frame.Status.COMPLETE)
    return models.Subquery(changes.order_by("-pk").values_list(WHOSE_WORK)[:1])
