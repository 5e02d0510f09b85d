"""Who is at the other end of a socket, at the handshake and for as long as it lives."""

from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from annotate.models import Frame, Label, User

from .rights import roles_for

SIGNED_OUT = 4401
NOT_A_MEMBER = 4403


class Denied(Exception):
    """The socket may not be opened; ``code`` is the close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Viewer:
    """A signed-in person on one frame. ``role`` follows the database while the socket lives."""

    user_id: int
    name: str
    role: str
    session_key: str
    password: str  # the stored hash, only to notice that it changed
    project_id: int


@dataclass(frozen=True, slots=True)
class FrameInfo:
    """What ``welcome`` says of the frame."""

    frame: dict[str, int]
    labels: list[dict[str, Any]]


def authenticate(session_key: str, frame_id: int) -> tuple[Viewer, FrameInfo]:
    """Session cookie and frame to a viewer. Raises Denied; a missing frame answers as a foreign one."""
    user = _user_of(session_key)
    frame = Frame.objects.filter(pk=frame_id).only("width", "height", "project_id").first()
    role = roles_for(frame.project_id, {user.pk}).get(user.pk) if frame else None
    if frame is None or role is None:
        raise Denied(NOT_A_MEMBER)
    project_id = frame.project_id
    labels = Label.objects.filter(project_id=project_id).order_by("position", "pk")
    info = FrameInfo(
        frame={"id": frame.pk, "width": frame.width, "height": frame.height},
        labels=[
            {"id": one.pk, "name": one.name, "color": one.color, "key": one.key, "active": one.is_active}
            for one in labels
        ],
    )
    return Viewer(user.pk, user.display_name, role, session_key, user.password, project_id), info


def _user_of(session_key: str) -> User:
    if not session_key:
        raise Denied(SIGNED_OUT)
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user_id = store.get(SESSION_KEY)
    user = User.objects.filter(pk=user_id, is_active=True).first() if user_id is not None else None
    if user is None:
        raise Denied(SIGNED_OUT)
    if not constant_time_compare(store.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        raise Denied(SIGNED_OUT)
    return user


def recheck(viewers: Collection[Viewer]) -> list[int | str]:
    """For each viewer the present role, or the close code when it must go. Three queries for all
    of a project."""
    alive = set(
        Session.objects.filter(
            pk__in={viewer.session_key for viewer in viewers}, expire_date__gt=timezone.now()
        ).values_list("pk", flat=True)
    )
    passwords = dict(
        User.objects.filter(pk__in={viewer.user_id for viewer in viewers}, is_active=True).values_list(
            "pk", "password"
        )
    )
    roles: dict[tuple[int, int], str] = {}
    for project_id in {viewer.project_id for viewer in viewers}:
        members = {viewer.user_id for viewer in viewers if viewer.project_id == project_id}
        roles |= {(project_id, user): role for user, role in roles_for(project_id, members).items()}
    return [_verdict(viewer, alive, passwords, roles) for viewer in viewers]


def _verdict(
    viewer: Viewer, alive: set[str], passwords: dict[int, str], roles: dict[tuple[int, int], str]
) -> int | str:
    if viewer.session_key not in alive or passwords.get(viewer.user_id) != viewer.password:
        return SIGNED_OUT
    return roles.get((viewer.project_id, viewer.user_id), NOT_A_MEMBER)
