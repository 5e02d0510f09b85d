from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .project import Project

SHA256 = RegexValidator(r"^[0-9a-f]{64}$")


class ModelVersion(models.Model):
    """A detector that people can choose: weights known by their sha256, and what they can find.

    Rows come from an administrator, from training, or from the catalogue of known models; nothing that an annotator
    types ever becomes a file name or an address.
    """

    class Kind(models.TextChoices):
        ONNX = "onnx", "ONNX Runtime"
        ULTRALYTICS = "ultralytics", "Ultralytics"

    name = models.CharField(_("name"), max_length=120)
    number = models.PositiveIntegerField(
        _("number"), default=1, help_text=_("Counts the versions of one name.")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    sha256 = models.CharField(_("SHA-256"), max_length=64, validators=[SHA256])
    catalogue_key = models.CharField(
        _("catalogue"),
        max_length=60,
        blank=True,
        default="",
        help_text=_("Name of a model known to the product."),
    )
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="model_versions",
        help_text=_("Empty: for every project."),
    )
    classes = models.JSONField(
        _("classes"), default=list, help_text=_("In the order of the model's outputs.")
    )
    image_size = models.PositiveIntegerField(_("image size"), default=640)
    is_open_vocabulary = models.BooleanField(_("finds what it is told in words"), default=False)
    licence = models.CharField(_("licence"), max_length=60, blank=True, default="")
    origin = models.CharField(_("origin"), max_length=500, blank=True, default="")
    calibration = models.JSONField(
        _("calibration"),
        default=dict,
        blank=True,
        help_text=_("Per class: how often what it says with a confidence is right (learning.calibration)."),
    )
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
        project_id: int | None

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        ordering = ["name", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name", "number"], name="model_version_number_in_project"
            ),
            models.UniqueConstraint(
                fields=["name", "number"],
                condition=models.Q(project__isnull=True),
                name="model_version_number_for_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
