"""Writing and changing comments: what may be sent, and who may do what."""

from typing import Annotated
from uuid import UUID

from django.utils.translation import gettext as _
from msgspec import UNSET, Meta, Struct, UnsetType

from .. import comments
from ..access import Refused, Role, at_least
from ..models import Comment, User

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


def check_may_write(role: str) -> None:
    if not at_least(role, Role.ANNOTATOR):
        raise Refused(_("Your role in this project does not allow this."))


def change(comment: Comment, user: User, role: str, wanted: CommentChange) -> None:
    """Text and deletion: the author, and a reviewer may delete; resolving: whoever may write. Raises Refused,
    CommentRefused."""
    check_may_write(role)
    is_own = comment.author_id == user.pk
    if wanted.text is not UNSET and not is_own:
        raise Refused(_("Only its author may change a comment."))
    if wanted.deleted is not UNSET and not (is_own or at_least(role, Role.REVIEWER)):
        raise Refused(_("Only its author or a reviewer may delete a comment."))
    carry_out(comment, user, wanted)


def carry_out(comment: Comment, user: User, change: CommentChange) -> None:
    if isinstance(change.text, str):
        comments.change_text(comment, change.text)
    if isinstance(change.resolved, bool):
        comments.resolve(comment, user, is_resolved=change.resolved)
    if isinstance(change.deleted, bool):
        comments.delete(comment, is_deleted=change.deleted)
