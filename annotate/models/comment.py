from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .box import Box
from .frame import Frame

MAX_CHARACTERS = 2000


class Comment(models.Model):
    """Something said about a frame: pinned to a box, to a place, or to the frame as a whole; or a reply.

    Written by annotate.comments alone, which also moves Frame.comments_revision. Deleted comments stay as rows.
    """

    id = models.UUIDField(primary_key=True)
    frame = models.ForeignKey(
        Frame, verbose_name=_("frame"), on_delete=models.CASCADE, related_name="comments"
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("reply to"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="replies",
    )
    box = models.ForeignKey(
        Box, verbose_name=_("box"), null=True, blank=True, on_delete=models.CASCADE, related_name="comments"
    )
    x = models.FloatField(_("x"), null=True, blank=True, help_text=_("Image pixels."))
    y = models.FloatField(_("y"), null=True, blank=True, help_text=_("Image pixels."))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="comments",
    )
    text = models.CharField(_("text"), max_length=MAX_CHARACTERS)
    is_dispute = models.BooleanField(
        _("dispute"),
        default=False,
        editable=False,
        help_text=_(
            "Written by a merge where people who labelled independently disagree (annotate.agreement)."
        ),
    )
    mentions = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("mentions"), blank=True, related_name="mentioned_in"
    )
    created_at = models.DateTimeField(_("time"), auto_now_add=True)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("resolved by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                # A comparison with NULL is not false: that both are there has to be said.
                condition=models.Q(x__isnull=True, y__isnull=True)
                | models.Q(x__isnull=False, y__isnull=False, x__gte=0, x__lte=1e6, y__gte=0, y__lte=1e6),
                name="comment_place_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(box__isnull=True) | models.Q(x__isnull=True), name="comment_one_pin"
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="comment_says_something"),
            models.CheckConstraint(
                condition=models.Q(is_dispute=False) | models.Q(parent__isnull=True, x__isnull=False),
                name="comment_dispute_has_place",
            ),
        ]
        indexes = [
            models.Index(fields=["frame", "created_at"], name="comment_by_frame"),
            models.Index(
                fields=["frame"],
                condition=models.Q(is_dispute=True, resolved_at__isnull=True, deleted_at__isnull=True),
                name="comment_open_dispute",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]
