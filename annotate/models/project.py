from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

FEWEST_PEOPLE, MOST_PEOPLE = 2, 5
"""Who label an image independently, where a project asks for that."""


class Project(models.Model):
    """Frames that are labelled with one set of labels by one group of people."""

    class TrainingMode(models.TextChoices):
        OFF = "off", _("Do nothing")
        ASK = "ask", _("Suggest a training")
        AUTOMATIC = "automatic", _("Train by itself")

    class ReviewMode(models.TextChoices):
        NONE = "none", _("No review")
        ONE = "one", _("One reviewer")
        CONSENSUS = "consensus", _("Several people independently, then one reviewer")

    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True, default="", max_length=4000)
    model_version = models.ForeignKey(
        "annotate.ModelVersion",
        verbose_name=_("model"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_(
            "What proposes boxes where nobody chooses another. Empty: the default of this installation."
        ),
    )
    confidence = models.FloatField(
        _("confidence"),
        default=0.25,
        validators=[MinValueValidator(0.01), MaxValueValidator(1.0)],
        help_text=_("Proposals below it are not made."),
    )
    blind_percent = models.PositiveSmallIntegerField(
        _("blind sample"),
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_("Percent of new images that are labelled without proposals, to measure honestly."),
    )
    strategy = models.CharField(
        _("order of images"),
        max_length=40,
        default="expected_use",
        help_text=_("How the next image for a person is chosen."),
    )
    review = models.CharField(_("review"), max_length=9, choices=ReviewMode.choices, default=ReviewMode.NONE)
    annotators_per_image = models.PositiveSmallIntegerField(
        _("people per image"),
        default=2,
        validators=[MinValueValidator(FEWEST_PEOPLE), MaxValueValidator(MOST_PEOPLE)],
        help_text=_(
            "Where several people label independently: an image is approved when so many have labelled it and their "
            "labels were merged. 2 to 5."
        ),
    )
    consensus_since = models.DateTimeField(
        _("labelled independently since"),
        null=True,
        blank=True,
        editable=False,
        help_text=_(
            "When it was switched on that several people label independently; what was complete then needs one "
            "reviewer alone."
        ),
    )
    reviews_own_work = models.BooleanField(
        _("reviewers may approve their own work"),
        default=False,
        help_text=_("For small teams; otherwise somebody else has to look."),
    )
    copy_of = models.ForeignKey(
        "self",
        verbose_name=_("copy of"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="copies",
        help_text=_("The project whose images one person labels here, without seeing what others draw."),
    )
    training_mode = models.CharField(
        _("when enough is newly labelled"),
        max_length=9,
        choices=TrainingMode.choices,
        default=TrainingMode.ASK,
        help_text=_("Enough: 50 images, or a tenth of those trained on, whichever is more."),
    )
    promotes_itself = models.BooleanField(
        _("a better model takes over by itself"),
        default=False,
        help_text=_("Off: a manager decides, with the comparison on one page."),
    )
    class_margin = models.FloatField(
        _("margin per class"),
        default=0.05,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("No class may lose more average precision than this."),
    )
    auto_accept_precision = models.FloatField(
        _("guaranteed precision"),
        default=0.95,
        validators=[MinValueValidator(0.5), MaxValueValidator(0.999)],
        help_text=_(
            "From which confidence on this share of the proposals is right is said class by class. Where proposals are "
            "accepted without a person, a new number holds when it has been counted, within minutes."
        ),
    )
    accepts_itself = models.BooleanField(
        _("what is surely right is accepted without a person"),
        default=False,
        help_text=_("Only from the confidence on from which the precision is guaranteed, class by class."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    archived_at = models.DateTimeField(
        _("archived"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Since when it is in no list and nobody changes anything in it. It can be restored."),
    )

    if TYPE_CHECKING:
        model_version_id: int | None

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(review__in=["none", "one", "consensus"]), name="project_review_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    annotators_per_image__gte=FEWEST_PEOPLE, annotators_per_image__lte=MOST_PEOPLE
                ),
                name="project_people_per_image",
            ),
        ]
        permissions = [
            ("snapshot_project", gettext_noop("Can make dataset versions of projects")),
            ("export_project", gettext_noop("Can export projects")),
            ("train_project", gettext_noop("Can start trainings of projects")),
            ("archive_project", gettext_noop("Can archive projects and restore them")),
        ]

    def __str__(self) -> str:
        return self.name


class Label(models.Model):
    """A class of object. Its id is stable: renaming or reordering never changes what a box means."""

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="labels"
    )
    name = models.CharField(_("name"), max_length=80)
    color = models.CharField(
        _("colour"),
        max_length=7,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write a colour as #rrggbb."))],
    )
    key = models.CharField(
        _("key"),
        max_length=1,
        blank=True,
        default="",
        validators=[RegexValidator(r"^[0-9]$", _("The key is one digit."))],
        help_text=_("The digit that chooses this label in the editor."),
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("An inactive label keeps its boxes but cannot be given to new ones."),
    )

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ["project", "position", "pk"]
        constraints = [
            models.UniqueConstraint("project", Lower("name"), name="label_name_unique_in_project"),
            models.UniqueConstraint(
                fields=["project", "key"],
                condition=~models.Q(key=""),
                name="label_key_unique_in_project",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What a person may do in a project. The roles include one another, in the order of RANK."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("Viewer")
        ANNOTATOR = "annotator", _("Annotator")
        REVIEWER = "reviewer", _("Reviewer")
        MANAGER = "manager", _("Manager")

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="memberships",
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.ANNOTATOR)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["project", "user"]
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="membership_unique"),
            models.CheckConstraint(
                condition=models.Q(role__in=["viewer", "annotator", "reviewer", "manager"]),
                name="membership_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
