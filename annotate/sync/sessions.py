"""Who is at the other end of a socket, at the handshake and for as long as it lives."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from annotate.models import Frame, User

from . import protocol, statements
from .rights import asked_roles, roles_for, roles_in

LABELS = """
SELECT id, name, color, key, is_active FROM annotate_label
WHERE project_id = (SELECT project_id FROM annotate_frame WHERE id = %s)
ORDER BY position, id
"""
ALL_LABELS = "SELECT project_id, id, name, color, key, is_active FROM annotate_label"

Labels = list[dict[str, Any]]
"""Of a project, in their order, as the wire has them."""

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
    labels: Labels


@dataclass(frozen=True, slots=True)
class Watched:
    """What is so now. ``verdicts``: for each viewer the role, or the close code. ``labels``: by project."""

    verdicts: list[int | str]
    labels: dict[int, Labels]


def authenticate(session_key: str, frame_id: int) -> tuple[Viewer, FrameInfo]:
    """Session cookie and frame to a viewer. Raises Denied; a missing frame answers as a foreign one."""
    user = _user_of(session_key)
    with statements.one_trip():
        columns = ("width", "height", "project_id", "set_aside_at")
        asked_frame = statements.read(Frame, columns, by="id", values=[frame_id])
        asked_role = asked_roles(frame_id, [user.pk])
        asked_labels = statements.ask(LABELS, [frame_id])
    frames, labels = asked_frame.rows(), asked_labels.rows()
    role = roles_in(asked_role).get(user.pk)
    if not frames or role is None or frames[0][-1] is not None:
        raise Denied(NOT_A_MEMBER)
    width, height, project_id, _ = frames[0]
    info = FrameInfo(
        frame={"id": frame_id, "width": width, "height": height},
        labels=wire_labels(labels),
    )
    return Viewer(user.pk, user.display_name, role, session_key, user.password, project_id), info


def wire_labels(rows: Iterable[Sequence[Any]]) -> Labels:
    return [
        {"id": pk, "name": name, "color": color, "key": key, "active": bool(is_active)}
        for pk, name, color, key, is_active in rows
    ]


def labels_text(labels: Labels) -> str:
    """The message that tells them."""
    return protocol.text_of({"t": "labels", "labels": labels})


def _user_of(session_key: str) -> User:
    if not session_key:
        raise Denied(SIGNED_OUT)
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user_id = store.get(SESSION_KEY)
    if user_id is None:
        raise Denied(SIGNED_OUT)
    user = User.objects.filter(pk=user_id, is_active=True).order_by().first()
    if user is None:
        raise Denied(SIGNED_OUT)
    if not constant_time_compare(store.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        raise Denied(SIGNED_OUT)
    return user


def watch(viewers: Collection[Viewer]) -> Watched:
    """Whether they may go on, and the labels of what they have open: whoever changed those, and by whatever way."""
    return Watched(recheck(viewers), labels_in({viewer.project_id for viewer in viewers}))


def labels_in(projects: Collection[int]) -> dict[int, Labels]:
    """One query."""
    found: dict[int, Labels] = {project: [] for project in projects}
    among, given = statements.one_of(projects)
    rows = statements.ask(
        f"{ALL_LABELS} WHERE project_id {among} ORDER BY project_id, position, id", given
    ).rows()
    for project, *row in rows:
        found[project] += wire_labels([row])
    return found


def recheck(viewers: Collection[Viewer]) -> list[int | str]:
    """For each viewer the present role, or the close code when it must go. Three queries for all
    of a project."""
    roles: dict[tuple[int, int], str] = {}
    for project_id in {viewer.project_id for viewer in viewers}:
        members = {viewer.user_id for viewer in viewers if viewer.project_id == project_id}
        roles |= {(project_id, user): role for user, role in roles_for(project_id, members).items()}
    # After the roles: an account that is deactivated in between has no role, but the reason is another.
    signed_in = still_signed_in(viewers)
    return [
        roles.get((viewer.project_id, viewer.user_id), NOT_A_MEMBER) if alive else SIGNED_OUT
        for viewer, alive in zip(viewers, signed_in, strict=True)
    ]


def still_signed_in(viewers: Collection[Viewer]) -> list[bool]:
    """For each viewer whether session, account and password are those of the handshake. One trip."""
    with statements.one_trip():
        asked_sessions = _asked_sessions({viewer.session_key for viewer in viewers})
        users = {viewer.user_id for viewer in viewers}
        asked_users = statements.read(User, ("id", "password", "is_active"), by="id", values=users)
    sessions = {key for (key,) in asked_sessions.rows()}
    passwords = {pk: password for pk, password, is_active in asked_users.rows() if is_active}
    return [
        viewer.session_key in sessions and passwords.get(viewer.user_id) == viewer.password
        for viewer in viewers
    ]


def _asked_sessions(keys: Collection[str]) -> statements.Reading:
    """Those of the keys that are not over."""
    among, given = statements.one_of(keys)
    theirs = f"SELECT session_key FROM django_session WHERE session_key {among} AND expire_date > %s"  # noqa: S608
    return statements.ask(theirs, [*given, statements.moment(timezone.now())])
