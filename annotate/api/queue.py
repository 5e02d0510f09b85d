"""The next image for a person, and what keeps it theirs while they are on it."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from ..access import Role
from ..models import Claim, Frame, Project
from ..queue import claims
from ..queue.picking import take
from ..queue.words import nothing_left, sentence_for
from .calls import Call, missing
from .frames import FrameInfo, Id, info_of
from .routes import route


class ClaimInfo(Struct):
    """``text``: why this image, as a sentence. Renew it before ``expires_at``."""

    id: int
    strategy: str
    reasons: dict[str, Any]
    text: str
    expires_at: datetime


class Leaving(Struct, forbid_unknown_fields=True):
    """``leaving``: the image that is open now; it is not given again."""

    leaving: Id | None = None


class Next(Struct):
    """``frame`` and ``claim`` are null when nothing is left; ``message`` then says why."""

    frame: FrameInfo | None
    claim: ClaimInfo | None
    message: str


class Held(Struct):
    """``claim``: mine, or null where somebody else has the image; ``by`` then names them."""

    claim: ClaimInfo | None
    by: str | None


def claim_info(claim: Claim) -> ClaimInfo:
    text = sentence_for(str(claim.reasons.get("why", "")))
    return ClaimInfo(claim.pk, claim.strategy, claim.reasons, text, claim.expires_at)


@route("POST", "projects/<id:project_id>/queue/next", role=Role.ANNOTATOR)
def next_frame(call: Call, project: Project, body: Leaving) -> Next:
    """Claims the next image of the queue for me. No two people get the same one."""
    claim = take(project, call.user, leaving=body.leaving)
    if claim is None:
        return Next(None, None, nothing_left(project))
    return Next(info_of(Frame.objects.get(pk=claim.frame_id)), claim_info(claim), "")


@route("PUT", "frames/<id:frame_id>/claim", role=Role.ANNOTATOR)
def hold_frame(call: Call, frame: Frame) -> Held:
    """Renews my claim on an image, or takes it where nobody has it."""
    claim = claims.hold(frame.pk, call.user)
    if claim is not None:
        return Held(claim_info(claim), None)
    holder = claims.holder_of(frame.pk)
    return Held(None, holder.display_name if holder else None)


@route("DELETE", "frames/<id:frame_id>/claim", role=Role.ANNOTATOR)
def release_frame(call: Call, frame: Frame) -> None:
    """Gives the image back to the queue. 404 where I have no claim on it."""
    claim = claims.claim_on(frame, call.user)
    if claim is None or not claims.release(claim.pk, call.user):
        raise missing()
