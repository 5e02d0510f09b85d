"""Comments of a frame as JSON, for the editor, and the page of those that mention me."""

from typing import Annotated, Any, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from msgspec import UNSET, Meta, Struct, UnsetType

from .. import comments
from ..access import Refused, Role, at_least, check_role
from ..models import Comment, Frame, User
from .api import api_view
from .editor import frame_with_project, missing
from .json_body import BadBody, read_json

Pixel = Annotated[float, Meta(ge=0, le=1e6)]
Text = Annotated[str, Meta(min_length=1, max_length=2000)]


class NewComment(Struct, forbid_unknown_fields=True):
    id: UUID
    text: Text
    box: UUID | None = None
    x: Pixel | None = None
    y: Pixel | None = None
    parent: UUID | None = None


class CommentChange(Struct, forbid_unknown_fields=True):
    text: Text | UnsetType = UNSET
    resolved: bool | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET


def as_json(comment: Comment) -> dict[str, Any]:
    """``at`` in milliseconds since 1970; ``mentions`` are user names."""
    author = comment.author
    return {
        "id": str(comment.pk),
        "parent": str(comment.parent_id) if comment.parent_id else None,
        "box": str(comment.box_id) if comment.box_id else None,
        "x": comment.x,
        "y": comment.y,
        "by": author.pk if author else None,
        "name": author.display_name if author else "",
        "text": comment.text,
        "mentions": [user.username for user in comment.mentions.all()],
        "at": int(comment.created_at.timestamp() * 1000),
        "edited": comment.edited_at is not None,
        "resolved": comment.resolved_at is not None,
        "resolved_by": comment.resolved_by.display_name if comment.resolved_by else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@api_view
def frame_comments(request: HttpRequest, frame_id: int) -> HttpResponse:
    """GET: all comments and their revision. POST: a new one; its id is made by the client, so a repeat is harmless."""
    frame = frame_with_project(frame_id)
    user = cast(User, request.user)
    role = check_role(user, frame.project_id, Role.VIEWER)
    if request.method == "POST":
        check_may_write(role)
        new = read_json(request, NewComment)
        pin = comments.Pin(new.box, new.x, new.y, new.parent)
        try:
            comments.add_comment(frame.pk, user, new.id, new.text, pin)
        except comments.CommentRefused as refused:
            raise BadBody(str(refused)) from refused
        frame.refresh_from_db(fields=["comments_revision"])
    return JsonResponse(listing(frame), status=201 if request.method == "POST" else 200)


def listing(frame: Frame) -> dict[str, Any]:
    return {
        "revision": frame.comments_revision,
        "comments": [as_json(comment) for comment in comments.comments_of(frame)],
    }


def check_may_write(role: str) -> None:
    if not at_least(role, Role.ANNOTATOR):
        raise Refused(_("Your role in this project does not allow this."))


@require_http_methods(["PATCH"])
@api_view
def change_comment(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Text and deletion: the author, and a reviewer may delete; resolving: whoever may write."""
    comment = Comment.objects.select_related("frame").filter(pk=comment_id).first()
    if comment is None:
        raise missing()
    user = cast(User, request.user)
    role = check_role(user, comment.frame.project_id, Role.VIEWER)
    check_may_write(role)
    change = read_json(request, CommentChange)
    is_own = comment.author_id == user.pk
    if change.text is not UNSET and not is_own:
        raise Refused(_("Only its author may change a comment."))
    if change.deleted is not UNSET and not (is_own or at_least(role, Role.REVIEWER)):
        raise Refused(_("Only its author or a reviewer may delete a comment."))
    try:
        carry_out(comment, user, change)
    except comments.CommentRefused as refused:
        raise BadBody(str(refused)) from refused
    comment.frame.refresh_from_db(fields=["comments_revision"])
    return JsonResponse(listing(comment.frame))


def carry_out(comment: Comment, user: User, change: CommentChange) -> None:
    if isinstance(change.text, str):
        comments.change_text(comment, change.text)
    if isinstance(change.resolved, bool):
        comments.resolve(comment, user, is_resolved=change.resolved)
    if isinstance(change.deleted, bool):
        comments.delete(comment, is_deleted=change.deleted)


@login_required
@require_safe
def mentions(request: HttpRequest) -> HttpResponse:
    """The open comments that name me, newest first, each leading to its place."""
    page = Paginator(comments.mentions_for(cast(User, request.user)), 50).get_page(request.GET.get("page"))
    return render(request, "annotate/mentions.html", {"page": page})
