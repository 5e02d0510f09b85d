"""Rows that are kept for a while only: what the API answered, tokens that ended, what webhooks were told."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from ..models import ApiToken, IdempotentAnswer, WebhookDelivery

ANSWERS_KEPT_FOR = timedelta(hours=24)
TOKENS_KEPT_FOR = timedelta(days=30)
"""After their end they are listed for that long."""
DELIVERIES_KEPT_FOR = timedelta(days=30)


def forget_old_rows() -> int:
    """How many."""
    now = timezone.now()
    ended = now - TOKENS_KEPT_FOR
    old = (
        IdempotentAnswer.objects.filter(created_at__lt=now - ANSWERS_KEPT_FOR),
        ApiToken.objects.filter(Q(expires_at__lt=ended) | Q(revoked_at__lt=ended)),
        WebhookDelivery.objects.filter(finished_at__lt=now - DELIVERIES_KEPT_FOR),
    )
    return sum(rows.delete()[0] for rows in old)
