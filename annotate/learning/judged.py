"""Which proposals people have decided on, and which of them were right, as far as learning goes."""

from django.db.models import F, Q

from ..models import Proposal

RIGHT_FROM_IOU = 0.75

Outcome = Proposal.Outcome
JUDGED = (Outcome.ACCEPTED, Outcome.CORRECTED, Outcome.REJECTED)
RIGHT = Q(outcome=Outcome.ACCEPTED) | Q(
    outcome=Outcome.CORRECTED, iou__gte=RIGHT_FROM_IOU, box__label=F("label")
)
