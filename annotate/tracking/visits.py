"""Annotation sessions: which visit of a person something belongs to. The relay is the only one who asks.

Sessions follow from the times of events alone. However late they are placed, the same events make the same sessions.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from msgspec import Struct

from ..models import AnnotationSession
from ..signals import session_ended
from ..sync import statements

IDLE = timedelta(minutes=15)
"""Who does nothing for this long has left; what they do next is another visit."""

End = AnnotationSession.End


class SessionRow(Struct):
    """The columns of AnnotationSession that change."""

    id: UUID
    last_at: datetime
    ended_at: datetime | None
    end: str


class Visits:
    """Decides in memory; ``store`` writes, in as short a transaction as can be."""

    def __init__(self) -> None:
        self.open: dict[tuple[int, int], AnnotationSession | None] = {}
        self.opened: dict[UUID, AnnotationSession] = {}
        self.changed: dict[UUID, AnnotationSession] = {}
        self.closed: list[AnnotationSession] = []

    def session_at(self, user_id: int, project_id: int, at: datetime) -> AnnotationSession:
        """The session that this belongs to: the open one, or a new one after a pause."""
        session = self._open_session(user_id, project_id)
        if session is not None and at - session.last_at >= IDLE:
            self.close(session, End.IDLE, session.last_at)
            session = None
        if session is None:
            session = AnnotationSession(user_id=user_id, project_id=project_id, started_at=at, last_at=at)
            self.opened[session.pk] = session
        elif at > session.last_at:
            session.last_at = at
            self.changed[session.pk] = session
        self.open[user_id, project_id] = session
        return session

    def _open_session(self, user_id: int, project_id: int) -> AnnotationSession | None:
        key = user_id, project_id
        if key not in self.open:
            found = open_sessions().filter(user=user_id, project=project_id)
            self.open[key] = found.first()
        return self.open[key]

    def sign_out(self, user_id: int, at: datetime) -> None:
        """Closes what is open. Who had gone before is not said to have stayed until they signed out."""
        for project_id in open_sessions().filter(user=user_id).values_list("project", flat=True):
            self._open_session(user_id, project_id)
        theirs = [one for (user, _), one in self.open.items() if user == user_id and one is not None]
        for session in theirs:
            if at - session.last_at >= IDLE:
                self.close(session, End.IDLE, session.last_at)
            else:
                self.close(session, End.SIGNED_OUT, max(at, session.last_at))

    def close(self, session: AnnotationSession, end: AnnotationSession.End, at: datetime) -> None:
        session.end, session.ended_at = end, at
        self.closed.append(session)
        self.changed[session.pk] = session
        if session.user_id is not None:
            self.open[session.user_id, session.project_id] = None

    def store(self) -> None:
        """Ends before beginnings: one session of a person and project is open. Inside a transaction."""
        rows = [
            SessionRow(one.pk, one.last_at, one.ended_at, str(one.end))
            for key, one in self.changed.items()
            if key not in self.opened
        ]
        statements.update(AnnotationSession, rows, updated=("last_at", "ended_at", "end"))
        AnnotationSession.objects.bulk_create(self.opened.values())
        for session in self.closed:
            session_ended.send(Visits, session=session)


def open_sessions() -> QuerySet[AnnotationSession]:
    return AnnotationSession.objects.filter(ended_at__isnull=True)


def left_before(now: datetime) -> Visits:
    """The end of sessions in which nothing was done for a while; not stored yet.

    To be asked when every event has its place: one that waits may still belong to an open session.
    """
    visits = Visits()
    for session in open_sessions().filter(last_at__lt=now - IDLE):
        visits.close(session, End.IDLE, session.last_at)
    return visits
