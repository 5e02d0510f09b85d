import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from .box import Box
from .frame import Frame
from .job import Job
from .model_version import ModelVersion
from .project import Label, Project

SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class ClassMapping(models.Model):
    """What a class of a detector means in a project. Kept by name and by the stable id of the label: neither a
    new model version nor a renamed label changes it. Without a row, a label of the same name is meant; a row is written
    when somebody relies on that (detection.mapping), and when such a label gets another name (labels.meanings)."""

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="class_mappings"
    )
    class_name = models.CharField(_("class of the model"), max_length=120)
    label = models.ForeignKey(
        Label,
        verbose_name=_("label"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="class_mappings",
        help_text=_("Empty: what the model finds of this class is left out."),
    )

    class Meta:
        verbose_name = _("class mapping")
        verbose_name_plural = _("class mappings")
        ordering = ["project", "class_name"]
        constraints = [
            models.UniqueConstraint("project", Lower("class_name"), name="class_mapping_once_per_class")
        ]

    def __str__(self) -> str:
        return self.class_name


class Detection(models.Model):
    """One run of a detector: on a frame, on a selection, or on a whole project. Its parameters never change."""

    class Trigger(models.TextChoices):
        EDITOR = "editor", _("Editor")
        API = "api", _("API")
        COMMAND = "command", _("Command line")
        AUTOMATIC = "automatic", _("Automatic")

    class Scope(models.TextChoices):
        FRAME = "frame", _("One image")
        SELECTION = "selection", _("Chosen images")
        PROJECT = "project", _("All images")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="detections"
    )
    model_version = models.ForeignKey(
        ModelVersion, verbose_name=_("model version"), on_delete=models.RESTRICT, related_name="detections"
    )
    job = models.OneToOneField(
        Job,
        verbose_name=_("job"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="detection",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="detections",
    )
    trigger = models.CharField(_("trigger"), max_length=10, choices=Trigger.choices)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope.choices)
    frame_ids = models.JSONField(
        _("images"), default=list, blank=True, help_text=_("Empty for a whole project.")
    )
    prompts = models.JSONField(_("prompts"), default=list, blank=True)
    confidence = models.FloatField(_("confidence"), validators=SHARE)
    iou = models.FloatField(_("IoU"), validators=SHARE)
    image_size = models.PositiveIntegerField(_("image size"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    if TYPE_CHECKING:
        model_version_id: int
        project_id: int

    class Meta:
        verbose_name = _("detection")
        verbose_name_plural = _("detections")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["project", "-created_at"], name="detection_by_project")]

    def __str__(self) -> str:
        return str(self.pk)


class DetectionFrame(models.Model):
    """What a detection did on one frame. Written in the transaction that writes its proposals: a frame that has a row
    is done, so a detection that goes on after a crash does nothing twice."""

    detection = models.ForeignKey(
        Detection, verbose_name=_("detection"), on_delete=models.CASCADE, related_name="frames"
    )
    frame = models.ForeignKey(
        Frame, verbose_name=_("frame"), on_delete=models.CASCADE, related_name="detections"
    )
    revision = models.BigIntegerField(_("revision"), help_text=_("Of the frame, afterwards."))
    proposed = models.PositiveIntegerField(_("proposals"), default=0)
    accepted = models.PositiveIntegerField(
        _("accepted without a person"), default=0, help_text=_("Of the proposals.")
    )
    replaced = models.PositiveIntegerField(_("older proposals replaced"), default=0)
    left_out = models.JSONField(_("left out"), default=dict, blank=True, help_text=_("How many, by reason."))
    timings = models.JSONField(_("timings"), default=dict, blank=True, help_text=_("Milliseconds, by step."))
    uncertainty = models.FloatField(_("uncertainty"), null=True, blank=True)
    is_silent = models.BooleanField(
        _("silent"), default=False, help_text=_("Of the blind sample: found is kept, and shown to nobody.")
    )
    found = models.JSONField(_("found"), default=list, blank=True)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    if TYPE_CHECKING:
        frame_id: int
        detection_id: uuid.UUID

    class Meta:
        verbose_name = _("detected frame")
        verbose_name_plural = _("detected frames")
        ordering = ["detection", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["detection", "frame"], name="detection_frame_once"),
        ]
        indexes = [models.Index(fields=["frame", "-id"], name="detection_newest_of_frame")]

    def __str__(self) -> str:
        return f"{self.detection_id} · {self.frame_id}"


class Proposal(models.Model):
    """What the model proposed, as it proposed it, and what people made of it. One row per box of a model.

    The first half is written once, ``by_machine`` too. The second is kept by sync.submit, in the transaction of the
    verdict.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted as it was")
        CORRECTED = "corrected", _("Corrected")
        REJECTED = "rejected", _("Rejected")
        REPLACED = "replaced", _("Replaced by a newer one")

    box = models.OneToOneField(
        Box, verbose_name=_("box"), primary_key=True, on_delete=models.CASCADE, related_name="proposal"
    )
    detection = models.ForeignKey(
        Detection, verbose_name=_("detection"), on_delete=models.CASCADE, related_name="proposals"
    )
    frame = models.ForeignKey(
        Frame, verbose_name=_("frame"), on_delete=models.CASCADE, related_name="proposals"
    )
    class_name = models.CharField(_("class of the model"), max_length=120)
    label = models.ForeignKey(Label, verbose_name=_("label"), on_delete=models.RESTRICT, related_name="+")
    confidence = models.FloatField(_("confidence"), validators=SHARE)
    x1 = models.FloatField(_("left"))
    y1 = models.FloatField(_("top"))
    x2 = models.FloatField(_("right"))
    y2 = models.FloatField(_("bottom"))
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome.choices, default=Outcome.OPEN)
    by_machine = models.BooleanField(
        _("accepted without a person"),
        default=False,
        help_text=_(
            "When it was made. It stays so whatever people do later, and is no evidence about the model."
        ),
    )
    feedback = models.CharField(
        _("feedback"), max_length=8, choices=Box.Feedback.choices, blank=True, default=""
    )
    iou = models.FloatField(
        _("IoU"), null=True, blank=True, help_text=_("Between what was proposed and the box as it is now.")
    )
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("judged by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="judged_proposals",
    )
    judged_at = models.DateTimeField(_("judged"), null=True, blank=True)
    judged_revision = models.BigIntegerField(_("judged at revision"), null=True, blank=True)
    ms = models.PositiveIntegerField(
        _("time to verdict"), null=True, blank=True, help_text=_("Milliseconds that the person spent on it.")
    )
    reversals = models.PositiveSmallIntegerField(
        _("reversals"), default=0, help_text=_("How often a verdict was changed into another one.")
    )

    if TYPE_CHECKING:
        box_id: Any
        label_id: int

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["detection", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["open", "accepted", "corrected", "rejected", "replaced"]),
                name="proposal_outcome_known",
            )
        ]
        indexes = [
            models.Index(fields=["frame", "outcome"], name="proposal_of_frame"),
            models.Index(fields=["detection", "outcome"], name="proposal_of_detection"),
            models.Index(fields=["judged_at"], name="proposal_judged_at"),
            models.Index(fields=["box"], condition=models.Q(reversals__gt=0), name="proposal_with_reversals"),
        ]

    def __str__(self) -> str:
        return str(self.box_id)
