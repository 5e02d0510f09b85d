from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .project import Project

GIT_SHA = RegexValidator(r"^[0-9a-f]{40}$")


class DatasetVersion(models.Model):
    """The labelled data of a project at one moment, kept by git and DVC under the tag ``v<number>``. Never changes.

    Everything here stands in the commit too (its manifest), so that a row lost between commit and COMMIT is written
    again at the next start (datasets.repair).
    """

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="dataset_versions"
    )
    number = models.PositiveIntegerField(_("number"))
    message = models.CharField(_("message"), max_length=500, blank=True, default="")
    git_commit = models.CharField(_("commit"), max_length=40, validators=[GIT_SHA])
    digest = models.CharField(
        _("digest"),
        max_length=36,
        help_text=_("DVC's name of the folder of annotations; MLflow shows the same one."),
    )
    counts = models.JSONField(
        _("counts"),
        default=dict,
        help_text=_("frames, boxes, and both by split, label and source."),
    )
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"))

    if TYPE_CHECKING:
        project_id: int

    class Meta:
        verbose_name = _("dataset version")
        verbose_name_plural = _("dataset versions")
        ordering = ["project", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="dataset_version_number_once"),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"
