"""Images on which people who labelled independently disagree."""

from django.db.models import QuerySet

from ..models import Comment


def open_disputes() -> QuerySet[Comment]:
    """Comments of merges that nobody has resolved. In the words of their index."""
    return Comment.objects.filter(
        is_dispute=True, resolved_at__isnull=True, deleted_at__isnull=True
    ).order_by()
