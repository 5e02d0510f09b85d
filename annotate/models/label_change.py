from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .project import Project


class LabelChange(models.Model):
    """One step of somebody who changed labels of a project. Rows are only ever added, by annotate.labels.

    ``before`` and ``after`` hold the labels that it changed, as annotate.labels.states says them: one that is in
    ``after`` alone was made by it, one in ``before`` alone was deleted. No foreign keys: it outlives its labels.
    """

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="label_changes"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    before = models.JSONField(_("before"), default=list)
    after = models.JSONField(_("after"), default=list)
    takes_back = models.ForeignKey(
        "self",
        verbose_name=_("takes back"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The earlier change that this one undid."),
    )
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    if TYPE_CHECKING:
        project_id: int
        user_id: int | None
        takes_back_id: int | None

    class Meta:
        verbose_name = _("label change")
        verbose_name_plural = _("label changes")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["project", "-id"], name="label_change_newest")]

    def __str__(self) -> str:
        names = dict.fromkeys(one["name"] for one in (*self.before, *self.after))
        return ", ".join(names)
