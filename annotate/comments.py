"""What people say about a frame. Each change moves Frame.comments_revision in its transaction; open screens then
ask for the comments again (docs/protocol.md), so a message that is lost on the way costs a second and no comment."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import Box, Comment, Frame, Membership, User, locked_frames
from .sync.fanout import announce

MENTION = re.compile(r"(?<![\w@.+-])@([\w@.+-]{1,150})")
MOST_ON_A_FRAME = 2000


class CommentRefused(Exception):
    """The comment cannot be written; the text is for the person. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What a comment is about: a box, a place in image pixels, the comment it answers, or (all empty) the frame."""

    box: UUID | None = None
    x: float | None = None
    y: float | None = None
    parent: UUID | None = None


def comments_of(frame: Frame) -> QuerySet[Comment]:
    """What is to be shown, oldest first, with author, resolver and mentions."""
    return (
        frame.comments.filter(deleted_at__isnull=True)
        .filter(Q(parent__isnull=True) | Q(parent__deleted_at__isnull=True))
        .select_related("author", "resolved_by")
        .prefetch_related("mentions")
        .order_by("created_at", "pk")
    )


def mentions_for(user: User) -> QuerySet[Comment]:
    """Open comments of the user's projects that name them, newest first."""
    own = Comment.objects.filter(
        mentions=user,
        deleted_at__isnull=True,
        resolved_at__isnull=True,
        parent__resolved_at__isnull=True,
        frame__set_aside_at__isnull=True,
        frame__project__archived_at__isnull=True,
    ).filter(Q(parent__isnull=True) | Q(parent__deleted_at__isnull=True))
    if not user.is_superuser:
        own = own.filter(frame__project__memberships__user=user)
    return own.select_related("frame__project", "author").order_by("-created_at")


def add_comment(
    frame_id: int, author: User, comment_id: UUID, text: str, pin: Pin, *, is_dispute: bool = False
) -> Comment:
    """Sent again with the same id by the same author, it is the same comment. ``is_dispute``: a merge says where people
    disagree, and needs a place. Raises CommentRefused."""
    known = Comment.objects.filter(pk=comment_id).first()
    if known is not None:
        if known.author_id == author.pk and known.frame_id == frame_id:
            return known
        raise CommentRefused(_("There is another comment with this id."))
    with changing(frame_id) as frame:
        check_pin(frame, pin)
        if frame.comments.count() >= MOST_ON_A_FRAME:
            raise CommentRefused(_("There are too many comments on this image."))
        try:
            with transaction.atomic():
                comment = Comment.objects.create(
                    id=comment_id,
                    frame=frame,
                    author=author,
                    text=clean(text),
                    box_id=pin.box,
                    x=pin.x,
                    y=pin.y,
                    parent_id=pin.parent,
                    is_dispute=is_dispute,
                )
        except IntegrityError as error:
            raise CommentRefused(_("There is another comment with this id.")) from error
        comment.mentions.set(mentioned(frame, comment.text))
    return comment


def change_text(comment: Comment, text: str) -> None:
    """Raises CommentRefused."""
    with changing(comment.frame_id) as frame:
        comment.text, comment.edited_at = clean(text), timezone.now()
        comment.save(update_fields=["text", "edited_at"])
        comment.mentions.set(mentioned(frame, comment.text))


def resolve(comment: Comment, user: User, *, is_resolved: bool) -> None:
    """Of a whole conversation: its first comment carries the mark. Raises CommentRefused for a reply."""
    if comment.parent_id is not None:
        raise CommentRefused(_("A reply is resolved together with the comment it answers."))
    with changing(comment.frame_id):
        comment.resolved_at = timezone.now() if is_resolved else None
        comment.resolved_by = user if is_resolved else None
        comment.save(update_fields=["resolved_at", "resolved_by"])


def delete(comment: Comment, *, is_deleted: bool = True) -> None:
    """Hides it, and with a first comment its replies; the row stays, and can be shown again."""
    with changing(comment.frame_id):
        comment.deleted_at = timezone.now() if is_deleted else None
        comment.save(update_fields=["deleted_at"])


@contextmanager
def changing(frame_id: int) -> Iterator[Frame]:
    """A transaction that holds the frame's row and counts one change of its comments. Raises CommentRefused."""
    with transaction.atomic():
        frame = locked_frames(Frame.objects.filter(pk=frame_id)).first()
        if frame is None:
            raise CommentRefused(_("The image was deleted meanwhile."))
        yield frame
        Frame.objects.filter(pk=frame_id).update(comments_revision=F("comments_revision") + 1)
        transaction.on_commit(partial(announce, frame_id))


def clean(text: str) -> str:
    """Raises CommentRefused for a text that says nothing or cannot be stored."""
    text = text.strip()
    if not text:
        raise CommentRefused(_("Write something first."))
    if "\0" in text:
        raise CommentRefused(_("The text holds a character that cannot be stored."))
    return text


def check_pin(frame: Frame, pin: Pin) -> None:
    """Raises CommentRefused. A box may be deleted: what was said about it stays readable."""
    if pin.box is not None and not Box.objects.filter(pk=pin.box, frame=frame).exists():
        raise CommentRefused(_("The box is not on this image."))
    if pin.parent is not None:
        parent = frame.comments.filter(pk=pin.parent, deleted_at__isnull=True).first()
        if parent is None or parent.parent_id is not None:
            raise CommentRefused(_("The comment you answer is not there any more."))
    if (pin.x is None) != (pin.y is None) or sum(one is not None for one in (pin.box, pin.x, pin.parent)) > 1:
        raise CommentRefused(_("A comment is about one thing: a box, a place, or another comment."))
    if (
        pin.x is not None
        and pin.y is not None
        and not (0 <= pin.x <= frame.width and 0 <= pin.y <= frame.height)
    ):
        raise CommentRefused(_("The place is not on the image."))


def mentioned(frame: Frame, text: str) -> list[User]:
    """The members of the project whose user names stand in the text behind an @."""
    names = {name.rstrip(".") for name in MENTION.findall(text)}
    names |= set(MENTION.findall(text))
    if not names:
        return []
    members = Membership.objects.filter(project=frame.project_id, user__username__in=names)
    return [membership.user for membership in members.select_related("user")]
