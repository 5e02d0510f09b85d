from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .comment import Comment
from .frame import Frame


class Review(models.Model):
    """What a reviewer decided about a frame, and at which revision of it. Rows are only added, by annotate.review."""

    class Verdict(models.TextChoices):
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")

    frame = models.ForeignKey(
        Frame, verbose_name=_("frame"), on_delete=models.CASCADE, related_name="reviews"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reviewer"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="reviews",
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices)
    comment = models.ForeignKey(
        Comment,
        verbose_name=_("reason"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reviews",
        help_text=_("Why it was returned; pinned to a box or a place where it is about one."),
    )
    revision = models.BigIntegerField(_("revision"), help_text=_("Of the frame at that moment."))
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    if TYPE_CHECKING:
        frame_id: int
        reviewer_id: int | None

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=["approved", "returned"]), name="review_verdict_known"
            )
        ]
        indexes = [models.Index(fields=["frame", "-id"], name="review_newest_of_frame")]

    def __str__(self) -> str:
        return self.get_verdict_display()


class Assignment(models.Model):
    """A frame that a person is asked to label or to review, until a day. Others may still open it."""

    class Work(models.TextChoices):
        ANNOTATE = "annotate", _("Annotate")
        REVIEW = "review", _("Review")

    frame = models.ForeignKey(
        Frame, verbose_name=_("frame"), on_delete=models.CASCADE, related_name="assignments"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="assignments",
    )
    work = models.CharField(_("work"), max_length=8, choices=Work.choices, default=Work.ANNOTATE)
    due_on = models.DateField(_("due"), null=True, blank=True)
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
        frame_id: int
        user_id: int

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["frame", "work"], name="assignment_one_per_frame_and_work"),
            models.CheckConstraint(
                condition=models.Q(work__in=["annotate", "review"]), name="assignment_work_known"
            ),
        ]
        indexes = [models.Index(fields=["user", "work"], name="assignment_of_person")]

    def __str__(self) -> str:
        return f"{self.user} · {self.frame}"
