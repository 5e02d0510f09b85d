"""Who is on a frame, for minutes: rows of Claim. A claim keeps the queue from giving the frame to somebody else; it
never keeps anybody from opening or editing it.

Frames are locked before claims. A claim whose time is over still stands until somebody needs the frame.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ..models import Claim, Frame, Project, User, locked_frames

CLAIM_FOR = timedelta(minutes=10)
"""Renewed by the editor every minute in which the person does anything."""
REMEMBERED_FOR = timedelta(hours=12)
"""So long "Continue" leads back to what was left open, and a frame that was passed over comes last."""
BY_HAND = "by_hand"
"""The strategy of a claim that the queue did not give: the person opened the frame and began to edit."""
REVIEW = "review"
"""The strategy of a claim on a frame that is complete, of somebody who reviews it (annotate.review.waiting)."""

WAITING = (Frame.Status.TO_ANNOTATE, Frame.Status.IN_PROGRESS, Frame.Status.RETURNED)
"""The one place that says in which states frames are given out."""

# How a claim ended, in ``reasons["ended"]``.
NEXT, CLOSED, COMPLETE, EXPIRED = "next", "closed", "complete", "expired"


def to_be_labelled(project: Project) -> QuerySet[Frame]:
    """What people label in the project itself, whoever is on it. Where several label independently, they do so in their
    copies (annotate/review/independent.py): here gold frames are, and what is corrected after a return or a merge."""
    frames = Frame.objects.filter(project=project, status__in=WAITING)
    if project.review != Project.ReviewMode.CONSENSUS:
        return frames
    return frames.filter(Q(is_gold=True) | Q(status=Frame.Status.RETURNED) | Q(merged_from__gt=0))


def open_claims() -> QuerySet[Claim]:
    return Claim.objects.filter(released_at__isnull=True)


def expiry() -> datetime:
    return timezone.now() + CLAIM_FOR


def end(claims: QuerySet[Claim], how: str) -> int:
    """Ends those of ``claims`` that are open; how many. Inside a transaction."""
    ended, now = 0, timezone.now()
    for claim in claims.filter(released_at__isnull=True).select_for_update(of=("self",)):
        claim.reasons = {**claim.reasons, "ended": how}
        claim.released_at = now
        claim.save(update_fields=["reasons", "released_at"])
        ended += 1
    return ended


def close_expired(project_id: int) -> int:
    """Ends what nobody renewed in time; called before every pick."""
    late = open_claims().filter(frame__project=project_id, expires_at__lte=timezone.now())
    if not late.exists():  # most of the time; spares SQLite a write lock
        return 0
    with transaction.atomic():
        return end(late, EXPIRED)


def hold(frame_id: int, user: User, window: str = "") -> Claim | None:
    """Renews the person's claim, or makes one where nobody has the frame. ``window``: the page that asks.

    None when somebody else has it, and for a frame that is not to be worked on or does not exist.
    """
    with transaction.atomic():
        frame = locked_frames(Frame.objects.filter(pk=frame_id)).first()
        if frame is None:
            return None
        others = Claim.objects.filter(frame=frame, expires_at__lte=timezone.now()).exclude(user=user)
        end(others, EXPIRED)
        claim = open_claims().filter(frame=frame).first()
        if claim is None and frame.status not in WAITING:
            return None
        if claim is None:
            return Claim.objects.create(
                frame=frame, user=user, window=window, expires_at=expiry(), **origin_of(frame_id, user)
            )
        return renew(claim, window) if claim.user_id == user.pk else None


def renew(claim: Claim, window: str = "") -> Claim:
    claim.expires_at = expiry()
    claim.window = window or claim.window
    claim.save(update_fields=["expires_at", "window"])
    return claim


def origin_of(frame_id: int, user: User) -> dict[str, Any]:
    """Of a claim that is made without a pick: that of the person's last one here, taken up again, else by hand."""
    since = timezone.now() - REMEMBERED_FOR
    last = Claim.objects.filter(frame=frame_id, user=user, released_at__gte=since).order_by("-pk").first()
    if last is None:
        return {"strategy": BY_HAND, "reasons": {"why": BY_HAND}}
    reasons = {name: value for name, value in last.reasons.items() if name != "ended"}
    return {"strategy": last.strategy, "score": last.score, "reasons": {**reasons, "again": True}}


def release(claim_id: int, user: User, window: str = "") -> bool:
    """The person left the frame unfinished; whether it was their open claim, and no other page of theirs has it."""
    with transaction.atomic():
        return end(held_by(window).filter(pk=claim_id, user=user), CLOSED) == 1


def release_mine(frame_id: int, user: User, window: str = "") -> bool:
    """The same, by a page that has asked for a claim on the frame and was left before it heard its number."""
    with transaction.atomic():
        return end(held_by(window).filter(frame=frame_id, user=user), CLOSED) > 0


def held_by(window: str) -> QuerySet[Claim]:
    """What a page may give back. A page that is loaded again says so when it goes away, and the server may hear it only
    after the new page has renewed the claim. Programs name no window; they may give everything of theirs back."""
    claims = Claim.objects.all()
    return claims.filter(window__in=["", window]) if window else claims


def release_frame(frame_id: int) -> None:
    """The frame is complete: nobody needs it any more. Inside the transaction that says so."""
    end(Claim.objects.filter(frame=frame_id), COMPLETE)


def holder_of(frame_id: int) -> User | None:
    """Who has the frame now."""
    claim = open_claims().filter(frame=frame_id, expires_at__gt=timezone.now()).select_related("user").first()
    return claim.user if claim else None


def claim_on(frame: Frame, user: User) -> Claim | None:
    """The person's own open claim."""
    return open_claims().filter(frame=frame, user=user).first()
