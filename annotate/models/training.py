import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .dataset_version import DatasetVersion
from .job import Job
from .model_version import SHA256, ModelVersion
from .project import Project


class Training(models.Model):
    """One run of the pipeline (dvc.yaml): a dataset version and a model in, a better or a worse model out.

    Its state is that of its job; ``outcome`` is what became of the model that came out.
    """

    class Trigger(models.TextChoices):
        BUTTON = "button", _("Button")
        AUTOMATIC = "automatic", _("Automatic")
        COMMAND = "command", _("Command line")
        API = "api", _("API")

    class Outcome(models.TextChoices):
        NONE = "", _("None yet")
        CHALLENGER = "challenger", _("Waits for a decision")
        PROMOTED = "promoted", _("Promoted")
        KEPT_OLD = "kept_old", _("The old model stays")
        NO_MODEL = "no_model", _("No model came out")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="trainings"
    )
    dataset_version = models.ForeignKey(
        DatasetVersion,
        verbose_name=_("dataset version"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="trainings",
        help_text=_("Empty until the training has made one."),
    )
    champion = models.ForeignKey(
        ModelVersion,
        verbose_name=_("champion"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("What served when it started: the training goes on from it, and is compared with it."),
    )
    model_version = models.OneToOneField(
        ModelVersion,
        verbose_name=_("model version"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="training",
        help_text=_("What came out."),
    )
    job = models.OneToOneField(
        Job,
        verbose_name=_("job"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="training",
    )
    trigger = models.CharField(_("trigger"), max_length=10, choices=Trigger.choices)
    params = models.JSONField(_("parameters"), default=dict, help_text=_("As in params.yaml."))
    epochs = models.JSONField(
        _("epochs"), default=list, blank=True, help_text=_("What was measured after each, in order.")
    )
    evaluation = models.JSONField(
        _("evaluation"), default=dict, blank=True, help_text=_("As in metrics/evaluation.json.")
    )
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=Outcome.choices, blank=True, default=Outcome.NONE
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Who promoted the model or kept the old one; empty: nobody has, or the rule did."),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    weights_sha256 = models.CharField(
        _("weights"),
        max_length=64,
        blank=True,
        default="",
        validators=[SHA256],
        help_text=_("SHA-256 of the .pt that came out, from which the next training goes on."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    if TYPE_CHECKING:
        project_id: int
        job_id: uuid.UUID | None
        champion_id: int | None
        model_version_id: int | None
        dataset_version_id: int | None

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["project", "-created_at"], name="training_by_project")]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=models.Q(finished_at__isnull=True),
                name="training_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["", "challenger", "promoted", "kept_old", "no_model"]),
                name="training_outcome_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Promotion(models.Model):
    """A change of what proposes boxes in a project. The newest row is what holds; rows are only ever added."""

    class Kind(models.TextChoices):
        AUTOMATIC = "automatic", _("Automatic")
        MANUAL = "manual", _("By a manager")
        ROLLBACK = "rollback", _("Back to an earlier model")

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="promotions"
    )
    model_version = models.ForeignKey(
        ModelVersion,
        verbose_name=_("model version"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="promotions",
        help_text=_("Empty: the default of this installation."),
    )
    previous = models.ForeignKey(
        ModelVersion,
        verbose_name=_("previous"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    training = models.ForeignKey(
        Training,
        verbose_name=_("training"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="promotions",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    confidence = models.FloatField(
        _("confidence"),
        null=True,
        blank=True,
        help_text=_("From which proposals are made since then. Empty: not recorded."),
    )
    confidence_before = models.FloatField(
        _("confidence before"),
        null=True,
        blank=True,
        help_text=_("From which they were made until then; going back restores it. Empty: not recorded."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["project", "-id"], name="promotion_newest_of_project")]

    def __str__(self) -> str:
        return f"{self.project} · {self.model_version}"

    @property
    def changed_confidence(self) -> bool:
        return self.confidence is not None and self.confidence != self.confidence_before
