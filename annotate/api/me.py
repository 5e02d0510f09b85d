"""Myself: account, tokens, preferences, and comments that name me."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from .. import comments, preferences, tokens
from ..models import ApiToken, Comment
from .calls import Call, missing
from .paging import Page, PageQuery, rows_of
from .routes import Scope, route


class TokenInfo(Struct):
    """Never with its secret: that is shown once, in the profile."""

    id: int
    name: str
    prefix: str
    scope: str
    project: int | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class Me(Struct):
    """``token``: what this call was made with; null for a browser's session."""

    id: int
    username: str
    name: str
    is_superuser: bool
    may_create_projects: bool
    token: TokenInfo | None


class Mention(Struct):
    id: UUID
    project: int
    frame: int
    by: str
    text: str
    created_at: datetime


def info_of(token: ApiToken) -> TokenInfo:
    return TokenInfo(
        id=token.pk,
        name=token.name,
        prefix=token.prefix,
        scope=token.scope,
        project=token.project_id,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
    )


@route("GET", "me")
def get_me(call: Call) -> Me:
    """Who I am, and what with."""
    user = call.user
    return Me(
        id=user.pk,
        username=user.username,
        name=user.display_name,
        is_superuser=user.is_superuser,
        may_create_projects=user.has_perm("annotate.add_project") and user.limited_to is None,
        token=info_of(call.token) if call.token else None,
    )


@route("GET", "me/tokens")
def list_tokens(call: Call, query: PageQuery) -> Page[TokenInfo]:
    """My tokens, without their secrets. They are made in the profile, by a person: no program can make itself one."""
    found, following = rows_of(ApiToken.objects.filter(user=call.user), query, "-pk")
    return Page([info_of(one) for one in found], following)


@route("DELETE", "me/tokens/<id:token_id>", scope=Scope.READ)
def revoke_token(call: Call, token_id: int) -> None:
    """Ends a token at once. Any token may end itself; another one takes a token that may do everything."""
    token = ApiToken.objects.filter(user=call.user, pk=token_id).first()
    is_own = call.token is None or (token is not None and call.token.pk == token.pk)
    if token is None or not (is_own or tokens.allows(call.token or token, Scope.MANAGE)):
        raise missing()
    tokens.revoke(token)


@route("GET", "me/preferences")
def get_preferences(call: Call) -> preferences.EditorPreferences:
    """What I chose for the editor. Values that are the default are left out."""
    return preferences.stored_for(call.user)


@route("PUT", "me/preferences")
def set_preferences(call: Call, body: preferences.EditorPreferences) -> preferences.EditorPreferences:
    """Replaces them; what is left out gets its default."""
    preferences.store(call.user, body)
    return body


@route("GET", "me/mentions")
def list_mentions(call: Call, query: PageQuery) -> Page[Mention]:
    """Open comments that name me, newest first."""
    mine = comments.mentions_for(call.user)
    if call.user.limited_to is not None:
        mine = mine.filter(frame__project=call.user.limited_to)
    found, following = rows_of(mine, query, "-created_at", "-pk")
    return Page([mention_of(one) for one in found], following)


def mention_of(comment: Comment) -> Mention:
    frame, author = comment.frame, comment.author
    name = author.display_name if author else ""
    return Mention(comment.pk, frame.project_id, frame.pk, name, comment.text, comment.created_at)
