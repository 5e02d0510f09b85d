"""Which frame a reviewer looks at next: complete, not their own work, with nobody else on it."""

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from ..models import Assignment, Claim, Frame, Project, StatusChange, User, locked_frames
from ..queue.claims import EXPIRED, NEXT, REVIEW, close_expired, end, expiry, open_claims
from .deciding import why_not
from .independent import bound

LOOK_AHEAD = 200
"""So many frames, those that wait longest first, are looked at for one that the person may review."""


def waiting_for_review(project: Project) -> QuerySet[Frame]:
    """The frames that are complete and not reviewed since, those that wait longest first (``completed_at``). Left out:
    those that several people have to label first."""
    if project.review == Project.ReviewMode.NONE:
        return Frame.objects.none()
    completed = StatusChange.objects.filter(frame=OuterRef("pk"), after=Frame.Status.COMPLETE)
    frames = Frame.objects.filter(project=project, status=Frame.Status.COMPLETE)
    if project.review == Project.ReviewMode.CONSENSUS:
        frames = frames.exclude(pk__in=bound(frames.filter(merged_from=0)))
    since = Subquery(completed.order_by("-pk").values("created_at")[:1])
    return frames.annotate(completed_at=since).order_by(F("completed_at").asc(nulls_first=True), "pk")


def offers_for(project: Project, user: User, leaving: int | None) -> list[Frame]:
    """What is assigned to the person first, then what is assigned to nobody."""
    claimed = open_claims().exclude(user=user).filter(expires_at__gt=timezone.now()).values("frame")
    waiting = waiting_for_review(project).exclude(pk__in=claimed).select_related("project")
    if leaving is not None:
        waiting = waiting.exclude(pk=leaving)
    assigned = Assignment.objects.filter(work=Assignment.Work.REVIEW, frame__project=project)
    mine = waiting.filter(pk__in=assigned.filter(user=user).values("frame"))
    free = waiting.exclude(pk__in=assigned.values("frame"))
    return [*mine[:LOOK_AHEAD], *free[:LOOK_AHEAD]]


def take_for_review(project: Project, user: User, *, leaving: int | None = None) -> Claim | None:
    """Claims the next frame to review, and ends the person's other claims in the project; None when none is left."""
    close_expired(project.pk)
    for frame in offers_for(project, user, leaving):
        if not why_not(frame, user):
            claim = _claim(frame, user)
            if claim is not None:
                return claim
    return None


def _claim(frame: Frame, user: User) -> Claim | None:
    """None when somebody else was quicker."""
    try:
        with transaction.atomic():
            waiting = Frame.objects.filter(pk=frame.pk, status=Frame.Status.COMPLETE)
            if locked_frames(waiting).first() is None:
                return None
            end(Claim.objects.filter(frame=frame, expires_at__lte=timezone.now()), EXPIRED)
            end(Claim.objects.filter(user=user, frame__project=frame.project_id), NEXT)
            return Claim.objects.create(
                frame=frame, user=user, strategy=REVIEW, reasons={"why": REVIEW}, expires_at=expiry()
            )
    except IntegrityError:
        return None
