import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .project import Project


class Job(models.Model):
    """Work that outlasts a request. The row is the truth; what runs it only carries its id.

    A runner holds a job by a lease that it renews; a job whose lease ran out is taken up again.
    """

    class Kind(models.TextChoices):
        INGEST = "ingest", _("Add images")
        THUMBNAIL = "thumbnail", _("Thumbnail")
        DETECT = "detect", _("Detect on an image")
        DETECT_MANY = "detect_many", _("Detect on many images")
        EXPORT = "export", _("Export")
        IMPORT = "import", _("Import of annotations")
        SNAPSHOT = "snapshot", _("Dataset version")
        SYNC_DATA = "sync_data", _("Copy dataset versions")
        RESTORE = "restore", _("Restore a dataset version")
        COMPARE = "compare", _("Comparison of dataset versions")
        TRAIN = "train", _("Training")
        BULK = "bulk", _("Change of many boxes")
        MERGE = "merge", _("Merge of independent labels")

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="jobs",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    priority = models.SmallIntegerField(_("priority"), default=0, help_text=_("Higher runs first."))
    payload = models.JSONField(_("payload"), default=dict)
    result = models.JSONField(_("result"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True, default="")
    log = models.TextField(_("log"), blank=True, default="")
    done_units = models.PositiveIntegerField(_("done"), default=0)
    total_units = models.PositiveIntegerField(_("total"), default=0, help_text=_("0 while unknown."))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "running", "done", "failed", "cancelled"]),
                name="job_state_known",
            )
        ]
        indexes = [models.Index(fields=["state", "-priority", "created_at"], name="job_to_claim")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
