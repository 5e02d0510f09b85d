"""The next frame for a person: one that nobody is on. Twenty people who ask at once get twenty frames.

Looking and taking are two steps: the look sorts all that waits and locks nothing, the take locks one frame for as long
as a row is written. Whoever was slower looks again. The constraint of Claim (one open claim per frame) is the judge.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from random import Random, SystemRandom

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from ..models import Claim, Frame, Project, User, locked_frames
from .claims import (
    CLOSED,
    EXPIRED,
    NEXT,
    REMEMBERED_FOR,
    WAITING,
    close_expired,
    end,
    expiry,
    hold,
    open_claims,
    renew,
    to_be_labelled,
)
from .own import asked_of_others, own_first
from .scores import parts_of
from .strategies import Choice, Strategy, strategy_named

LOOK_AHEAD = 25
"""So many frames of one look are tried, the best first: others may be taking the same ones."""
TRIES = 200
"""Each failed look means that somebody else got a frame: this ends long before."""


class QueueJammed(RuntimeError):
    """TRIES times somebody else was quicker; a strategy that offers claimed frames would do that."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What one look found, the best first: the choice of a strategy, and ids of frames."""

    strategy: Strategy
    choice: Choice
    frame_ids: list[int]


def waiting_in(project: Project) -> QuerySet[Frame]:
    """The frames that nobody is on and that are to be worked on."""
    claimed = open_claims().filter(frame__project=project).values("frame")
    return to_be_labelled(project).exclude(pk__in=claimed)


def take(
    project: Project, user: User, *, leaving: int | None = None, dice: Random | None = None
) -> Claim | None:
    """Claims the next frame, and ends the person's other claims in the project; None when none is left.

    ``leaving``: the frame that the person looks at now, which is not given again. Their claims stay when there is
    nothing else.
    """
    close_expired(project.pk)
    for attempt in range(TRIES):
        offer = look(project, user, leaving, dice or SystemRandom())
        if offer is None:
            return None
        for frame_id in offer.frame_ids:
            # Every other time it waits for frames that are locked just now, for example by an edit.
            claim = claim_offered(frame_id, offer, user, waits=attempt % 2 == 1)
            if claim is not None:
                return claim
    raise QueueJammed(f"no frame of project {project.pk} after {TRIES} tries")


def look(project: Project, user: User, leaving: int | None, dice: Random) -> Offer | None:
    """By the strategy; what the person has passed over lately comes last, the longest ago first."""
    strategy = strategy_named(project.strategy)
    waiting = waiting_in(project).exclude(pk__in=asked_of_others(project.pk, user))
    if leaving:
        waiting = waiting.exclude(pk=leaving)
    passed = Claim.objects.filter(
        user=user, frame__project=project, reasons__ended=NEXT, released_at__gte=remembered_since()
    )
    fresh = waiting.exclude(pk__in=passed.values("frame"))
    for choice in chain(own_first(fresh, user), strategy.choose(fresh, dice)):
        if found := first_of(choice.frames):
            return Offer(strategy, choice, found)
    last = passed.filter(frame=OuterRef("pk")).order_by("-released_at").values("released_at")[:1]
    again = waiting.filter(pk__in=passed.values("frame")).annotate(passed_at=Subquery(last))
    found = first_of(again.order_by("passed_at", "pk"))
    return Offer(strategy, Choice(again, "passed"), found) if found else None


def first_of(frames: QuerySet[Frame]) -> list[int]:
    return list(frames.values_list("pk", flat=True)[:LOOK_AHEAD])


def claim_offered(frame_id: int, offer: Offer, user: User, *, waits: bool) -> Claim | None:
    """None when somebody else has it meanwhile, or, unless ``waits``, when its row is locked just now."""
    reasons = {**offer.choice.reasons, **facts_of(frame_id)}
    try:
        with transaction.atomic():
            rows = Frame.objects.filter(pk=frame_id, status__in=WAITING)
            frame = locked_frames(rows, skips=not waits).first()
            if frame is None:
                return None
            claim = Claim.objects.create(
                frame=frame,
                user=user,
                strategy=offer.strategy.name,
                score=frame.score,
                reasons=reasons,
                expires_at=expiry(),
            )
            others = Claim.objects.filter(user=user, frame__project=frame.project_id)
            end(others.exclude(pk=claim.pk), NEXT)
            return claim
    except IntegrityError:
        return None


def remembered_since() -> datetime:
    return timezone.now() - REMEMBERED_FOR


def facts_of(frame_id: int) -> dict[str, float | None]:
    """What the score is made of, as it is now."""
    parts = parts_of([frame_id]).get(frame_id)
    if parts is None:
        return {}
    return {
        "uncertainty": parts.uncertainty,
        "rarity": parts.rarity,
        "disagreement": parts.disagreement,
    }


def held(project: Project, user: User) -> Frame | None:
    """What is the person's now, without making it theirs for longer."""
    claim = open_claims().filter(user=user, frame__project=project, frame__status__in=WAITING)
    newest = claim.select_related("frame").order_by("-pk").first()
    return newest.frame if newest else None


def resume(project: Project, user: User, *, dice: Random | None = None) -> Claim | None:
    """Where the person was: their open claim, else the frame they left last, unfinished and still free; else the next.

    Asked twice, it gives the same frame.
    """
    newest = Claim.objects.filter(user=user, frame__project=project).order_by("-pk")
    claim = newest.filter(released_at__isnull=True, frame__status__in=WAITING).first()
    if claim is not None:
        return renew(claim)
    last = newest.filter(released_at__gte=remembered_since()).first()
    again = hold(last.frame_id, user) if last and last.reasons.get("ended") in (CLOSED, EXPIRED) else None
    return again or take(project, user, dice=dice)
