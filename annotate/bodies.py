"""Django's door for HTTP: how much of a request's body is read, and from whom.

Django by itself takes in the whole body, however long, before anything looks at it. Here bytes are counted while
they come in, whatever Content-Length says; what is too long for memory goes into SCRATCH_DIR by a thread, so that
live editing does not wait for the disk; and a long body is read at all only from somebody who may upload.
"""

import io
import logging
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from importlib import import_module
from typing import IO, Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _

from . import tokens
from .access import Role, at_least, role_of
from .actions.projects import may_create
from .media.connection import let_go
from .media.refusals import MESSAGES
from .media.scratch import ScratchFile
from .media.spool import Body, BodyTooLarge, Message, NoRoom, Receive, take_in
from .middleware import PageMiddleware
from .models import ApiToken, User
from .views.errors import answer

logger = logging.getLogger(__name__)

LONG_BODIES: dict[str, str] = {
    "upload": Role.MANAGER,
    "upload_import": Role.MANAGER,
    "v1:list_frames": Role.MANAGER,
    "v1:start_import": Role.MANAGER,
    "import_project": "",
    "v1:start_new_import": "",
}
"""Names of the addresses that take up to MAX_UPLOAD_BYTES, with the role in the project that they ask for; those that
make a project ask for the right to."""


AGAIN_AFTER_S = 5
uploading: Counter[int] = Counter()
"""Uploads that are on their way in this process, by the id of the sender."""


class Place:
    """One upload on its way. It is over when the answer begins: who waited for it may send the next at once."""

    def __init__(self, sender: int) -> None:
        self.sender = sender
        self.is_taken = True
        uploading[sender] += 1

    def free(self) -> None:
        if self.is_taken:
            uploading[self.sender] -= 1
        self.is_taken = False

    def freed_by(self, send: Any) -> Any:
        async def answer(message: Message) -> None:
            self.free()
            await send(message)

        return answer


class BodyHandler(ASGIHandler):
    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        limit, sender = await limit_for(scope)
        if sender is None:
            await self.handle_body(scope, receive, send, limit)
        elif uploading[sender] >= settings.UPLOADS_PER_USER:
            await self.send_response(too_many(scope), send)
        else:
            place = Place(sender)
            try:
                await self.handle_body(scope, receive, place.freed_by(send), limit)
            finally:
                place.free()

    async def handle_body(self, scope: Any, receive: Any, send: Any, limit: int) -> None:
        body = Body(receive, limit, declared_length(scope), copies=2 if is_form(scope) else 1)
        if limit == 0:
            scope, body = without_body(scope), Body(nothing_of(receive), 0)
        try:
            await super().handle(scope, body, send)
        except BodyTooLarge as error:
            await self.send_response(too_large(scope, error.limit), send)
        except NoRoom:
            await self.send_response(no_room(scope), send)

    def create_request(self, scope: Any, body_file: Any) -> Any:
        """With the length that came instead of the one that was promised: Django believes that header, and takes
        a form without it (chunked) for an empty one."""
        body_file.seek(0, io.SEEK_END)
        size = body_file.tell()
        body_file.seek(0)
        others = [each for each in scope["headers"] if each[0] != b"content-length"]
        length = [(b"content-length", b"%d" % size)] if size else []
        request, refusal = super().create_request({**scope, "headers": [*others, *length]}, body_file)
        if request is not None and isinstance(body_file, ScratchFile):
            request.received = body_file  # type: ignore[attr-defined]  # views may move it instead of copying it
        return request, refusal

    async def read_body(self, body: Any) -> IO[bytes]:
        """Raises BodyTooLarge, NoRoom, RequestAborted."""
        return await take_in(body)


async def limit_for(scope: Message) -> tuple[int, int | None]:
    """How many bytes are read (0: none at all, because whoever asks may not send them), and the id of who uploads."""
    try:
        match = resolve(scope["path"])
    except Resolver404:
        return settings.MAX_BODY_BYTES, None
    wanted = LONG_BODIES.get(match.view_name or "")
    if wanted is None or scope["method"] != "POST":
        return settings.MAX_BODY_BYTES, None
    sender = await sync_to_async(uploader)(scope, match.kwargs.get("project_id"), wanted)
    return (0, None) if sender is None else (settings.MAX_UPLOAD_BYTES, sender)


def uploader(scope: Message, project_id: int | None, wanted: str) -> int | None:
    """The id of whose token it is, or whose session is in the cookie, if they have the role now, or without a project
    the right to make one. The view asks again, before anything is stored."""
    request = ASGIRequest(scope, io.BytesIO())
    try:
        sender = sender_of(request)
        if project_id is None:
            return sender.pk if isinstance(sender, User) and may_create(sender) else None
        return sender.pk if at_least(role_of(sender, project_id), wanted) else None
    except DatabaseError:
        return None  # the view meets the same error, and answers it
    finally:
        let_go()  # the body may take minutes to come


def sender_of(request: ASGIRequest) -> User | AnonymousUser:
    """A token that may not write counts as nobody; the view says why."""
    text = tokens.token_in(request)
    if text is not None:
        token = tokens.find(text)
        if token is None or not tokens.allows(token, ApiToken.Scope.WRITE):
            return AnonymousUser()
        token.user.limited_to = token.project_id
        return token.user
    engine = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return get_user(request)


def declared_length(scope: Message) -> int:
    values = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(values[0]) if values and values[0].isdigit() else 0


def is_form(scope: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(b"multipart/") for name, value in scope["headers"]
    )


def without_body(scope: Message) -> Message:
    """The same request as if it had no body: the views answer that the sender may not do this."""
    about_body = {b"content-length", b"content-type", b"transfer-encoding"}
    return {**scope, "headers": [each for each in scope["headers"] if each[0] not in about_body]}


def nothing_of(receive: Receive) -> Receive:
    """An empty body; what really comes is thrown away."""
    is_first = True

    async def receive_nothing() -> Message:
        nonlocal is_first
        if is_first:
            is_first = False
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await receive())["type"] == "http.request":
            pass
        return message

    return receive_nothing


def too_large(scope: Message, limit: int) -> HttpResponse:
    return refusal(
        scope,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        lambda: _("This is too large"),
        lambda: _("The limit here is %(limit)s bytes. Nothing was stored.") % {"limit": limit},
        lambda: _("Send it in smaller parts, or ask an administrator to import it on the server."),
    )


def too_many(scope: Message) -> HttpResponse:
    response = refusal(
        scope,
        HTTPStatus.TOO_MANY_REQUESTS,
        lambda: _("You send too many files at once"),
        lambda: (
            _("The limit is %(limit)s at a time. Nothing of this one was stored.")
            % {"limit": settings.UPLOADS_PER_USER}
        ),
        lambda: _("Wait until some of the others are done, then send it again."),
    )
    response["Retry-After"] = str(AGAIN_AFTER_S)
    return response


def no_room(scope: Message) -> HttpResponse:
    return refusal(
        scope,
        HTTPStatus.INSUFFICIENT_STORAGE,
        lambda: _("The server is full"),
        lambda: str(MESSAGES["disk_full"]),
        lambda: _("Boxes can still be drawn and saved. Tell an administrator, then send the files again."),
    )


Text = Callable[[], str]


def refusal(scope: Message, status: HTTPStatus, title: Text, detail: Text, advice: Text) -> HttpResponse:
    """The page, or the JSON, that a view would have answered with; in the language of the reader."""

    def page(request: HttpRequest) -> HttpResponse:
        with translation.override(translation.get_language_from_request(request)):
            response = answer(request, status, title=title(), detail=detail(), advice=advice())
        response["Content-Length"] = str(len(response.content))
        logger.warning("%d: the body of %s was not taken", status, request.path)
        return response

    return cast(HttpResponse, PageMiddleware(page)(ASGIRequest(scope, io.BytesIO())))
