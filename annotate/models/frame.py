import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from .project import Project

MD5 = RegexValidator(r"^[0-9a-f]{32}$")


class Source(models.Model):
    """Where frames came from: one upload, archive, folder or video. Frames of one source stay together
    when the data is split for training."""

    class Kind(models.TextChoices):
        UPLOAD = "upload", _("Upload")
        ARCHIVE = "archive", _("Archive")
        FOLDER = "folder", _("Folder")
        VIDEO = "video", _("Video")
        DEMO = "demo", _("Demo")

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="sources"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=255)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class PresentFrames(models.Manager["Frame"]):
    """Frames that were not set aside."""

    def get_queryset(self) -> models.QuerySet["Frame"]:
        return super().get_queryset().filter(set_aside_at__isnull=True)


def locked_frames(frames: models.QuerySet["Frame"], *, skips: bool = False) -> models.QuerySet["Frame"]:
    """Their rows, until the end of the transaction; ``skips`` those that others hold.

    In no order: for the usual one the project and the source are joined, and PostgreSQL would lock their rows as well,
    and with them whoever works on another frame of the project.
    """
    return frames.order_by().select_for_update(no_key=True, skip_locked=skips)


class Frame(models.Model):
    """One image, or one image of a video. ``revision`` counts its operations; only sync.submit moves it.

    A frame that was set aside (annotate.frames) keeps all that was drawn and said. ``Frame.objects`` and
    ``project.frames`` leave it out, and with them every list, queue, export and version; ``Frame.everything`` does not:
    it is for what asks whether a file, a source or a project is still needed.
    """

    class Status(models.TextChoices):
        TO_ANNOTATE = "to_annotate", _("To annotate")
        IN_PROGRESS = "in_progress", _("In progress")
        COMPLETE = "complete", _("Complete")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")

    DONE = (Status.COMPLETE, Status.APPROVED)
    """Nobody has to label these."""

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="frames"
    )
    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.CASCADE, related_name="frames"
    )
    index = models.PositiveIntegerField(
        _("index"),
        default=0,
        help_text=_("Position within its source, from 0; of a video, in order of time."),
    )
    name = models.CharField(_("name"), max_length=255)
    md5 = models.CharField(
        _("MD5"),
        max_length=32,
        validators=[MD5],
        db_index=True,
        help_text=_("Of the stored, upright image."),
    )
    original_md5 = models.CharField(
        _("MD5 of the original"),
        max_length=32,
        validators=[MD5],
        help_text=_("Of the file as it came in, or of the video and the number of its image."),
    )
    media_type = models.CharField(_("media type"), max_length=20)
    width = models.PositiveIntegerField(_("width"), help_text=_("Pixels, upright."))
    height = models.PositiveIntegerField(_("height"), help_text=_("Pixels, upright."))
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.TO_ANNOTATE)
    revision = models.BigIntegerField(_("revision"), default=0, editable=False)
    epoch = models.UUIDField(
        _("epoch"),
        default=uuid.uuid4,
        editable=False,
        help_text=_("Changes when the log was rewound, for example by a restore; clients then start afresh."),
    )
    comments_revision = models.BigIntegerField(
        _("comments revision"),
        default=0,
        editable=False,
        help_text=_("Counts the changes of its comments; annotate.comments moves it."),
    )
    detections_revision = models.BigIntegerField(
        _("detections revision"),
        default=0,
        editable=False,
        help_text=_("Counts its detections; annotate.detection moves it."),
    )
    is_blind = models.BooleanField(
        _("blind"),
        default=False,
        help_text=_("Labelled without proposals, to measure people and models honestly; never trained on."),
    )
    is_gold = models.BooleanField(
        _("gold"),
        default=False,
        help_text=_("Its boxes are the measure that people's are compared with."),
    )
    merged_from = models.PositiveSmallIntegerField(
        _("people whose labels were merged"),
        default=0,
        editable=False,
        help_text=_(
            "Of how many people's independent labels its boxes were made; 0 for none (annotate.agreement.merging)."
        ),
    )
    score = models.FloatField(
        _("expected use"),
        null=True,
        blank=True,
        help_text=_("How much labelling it is expected to teach the model (annotate.queue)."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    set_aside_at = models.DateTimeField(
        _("set aside"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Since when it is in no list, queue, export or version. It can be put back."),
    )
    set_aside_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("set aside by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = PresentFrames()
    everything = models.Manager["Frame"]()

    class Meta:
        verbose_name = _("frame")
        verbose_name_plural = _("frames")
        ordering = ["project", "source", "index", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["project", "original_md5"], name="frame_original_once"),
            models.CheckConstraint(condition=models.Q(width__gte=1, height__gte=1), name="frame_has_size"),
            models.CheckConstraint(condition=models.Q(revision__gte=0), name="frame_revision_not_negative"),
        ]
        indexes = [
            models.Index(fields=["project", "status"], name="frame_project_status"),
            models.Index(fields=["project", "status", "-score"], name="frame_by_expected_use"),
            models.Index(
                fields=["set_aside_at"],
                condition=models.Q(set_aside_at__isnull=False),
                name="frame_set_aside",
            ),
            models.Index(fields=["source"], condition=models.Q(is_blind=True), name="frame_blind"),
        ]
        permissions = [
            ("send_back_frame", gettext_noop("Can send frames back to annotation")),
            ("assign_frame", gettext_noop("Can assign frames to people")),
            ("detect_frame", gettext_noop("Can ask for detections of frames")),
            ("set_aside_frame", gettext_noop("Can set frames aside and put them back")),
        ]

    def __str__(self) -> str:
        return self.name
