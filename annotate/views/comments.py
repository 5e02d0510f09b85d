"""Comments of a frame as JSON, for the editor, and the page of those that mention me."""

from typing import Any, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from .. import comments
from ..access import Role, check_role
from ..actions import comments as acting
from ..models import Comment, Frame, User
from .api import api_view
from .editor import frame_with_project, missing
from .json_body import BadBody, read_json


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
        acting.check_may_write(role)
        new = read_json(request, acting.NewComment)
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


@require_http_methods(["PATCH"])
@api_view
def change_comment(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Text and deletion: the author, and a reviewer may delete; resolving: whoever may write."""
    comment = Comment.objects.select_related("frame").filter(pk=comment_id).first()
    if comment is None:
        raise missing()
    user = cast(User, request.user)
    role = check_role(user, comment.frame.project_id, Role.VIEWER)
    acting.check_may_write(role)
    try:
        acting.change(comment, user, role, read_json(request, acting.CommentChange))
    except comments.CommentRefused as refused:
        raise BadBody(str(refused)) from refused
    comment.frame.refresh_from_db(fields=["comments_revision"])
    return JsonResponse(listing(comment.frame))


@login_required
@require_safe
def mentions(request: HttpRequest) -> HttpResponse:
    """The open comments that name me, newest first, each leading to its place."""
    page = Paginator(comments.mentions_for(cast(User, request.user)), 50).get_page(request.GET.get("page"))
    return render(request, "annotate/mentions.html", {"page": page})
