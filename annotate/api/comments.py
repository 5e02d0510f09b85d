"""What people say about an image: pinned to a box or a place, or about the image as a whole."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from .. import comments
from ..access import Role, check_role
from ..actions import comments as acting
from ..models import Comment, Frame
from .calls import Call, Problem, missing
from .paging import Page, PageQuery, rows_of
from .routes import route


class CommentInfo(Struct):
    """``x`` and ``y`` in image pixels. ``mentions`` are user names. ``is_dispute``: a merge wrote it where people who
    labelled independently disagree."""

    id: UUID
    frame: int
    parent: UUID | None
    box: UUID | None
    x: float | None
    y: float | None
    by: int | None
    name: str
    text: str
    is_dispute: bool
    mentions: list[str]
    created_at: datetime
    edited_at: datetime | None
    resolved_at: datetime | None


def info_of(comment: Comment) -> CommentInfo:
    author = comment.author
    return CommentInfo(
        id=comment.pk,
        frame=comment.frame_id,
        parent=comment.parent_id,
        box=comment.box_id,
        x=comment.x,
        y=comment.y,
        by=author.pk if author else None,
        name=author.display_name if author else "",
        text=comment.text,
        is_dispute=comment.is_dispute,
        mentions=[user.username for user in comment.mentions.all()],
        created_at=comment.created_at,
        edited_at=comment.edited_at,
        resolved_at=comment.resolved_at,
    )


def refused_by(refused: comments.CommentRefused) -> Problem:
    return Problem(422, str(refused), code="comment")


@route("GET", "frames/<id:frame_id>/comments", role=Role.VIEWER)
def list_comments(call: Call, frame: Frame, query: PageQuery) -> Page[CommentInfo]:
    """The comments of an image, oldest first."""
    found, following = rows_of(comments.comments_of(frame), query, "created_at", "pk")
    return Page([info_of(one) for one in found], following)


@route("POST", "frames/<id:frame_id>/comments", role=Role.ANNOTATOR, status=201)
def create_comment(call: Call, frame: Frame, body: acting.NewComment) -> CommentInfo:
    """A new comment. Its id is made by the sender, so a repeat is harmless."""
    pin = comments.Pin(body.box, body.x, body.y, body.parent)
    try:
        return info_of(comments.add_comment(frame.pk, call.user, body.id, body.text, pin))
    except comments.CommentRefused as refused:
        raise refused_by(refused) from refused


@route("PATCH", "comments/<uuid:comment_id>")
def change_comment(call: Call, comment_id: UUID, body: acting.CommentChange) -> CommentInfo:
    """Its text (the author), whether it is resolved (annotators), whether it is deleted (the author or a reviewer)."""
    comment = Comment.objects.select_related("frame", "author").filter(pk=comment_id).first()
    if comment is None:
        raise missing()
    role = check_role(call.user, comment.frame.project_id, Role.VIEWER)
    try:
        acting.change(comment, call.user, role, body)
    except comments.CommentRefused as refused:
        raise refused_by(refused) from refused
    return info_of(comment)
