"""Whose work a frame is: a reviewer does not approve what they labelled themselves."""

from collections.abc import Sequence

from django.db.models import Q

from ..models import WHOSE_WORK, Frame, Operation, User

COMPLETE = Frame.Status.COMPLETE


def labelled_by(frame: Frame, user: User) -> bool:
    """Whether the person labelled the frame: edited it while it was open, or declared it complete last.

    What a reviewer corrects while it is complete is reviewing, and does not count; nor does an opinion of a model,
    nor what an import brought.
    """
    changes = list(frame.status_changes.order_by("pk").values_list("after", "revision", WHOSE_WORK))
    completions = [by for after, _revision, by in changes if after == COMPLETE]
    if completions and completions[-1] == user.pk:
        return True
    while_open = Q()
    for first, last in open_spans(changes):
        while_open |= Q(revision__gt=first, revision__lte=last)
    edits = Operation.objects.filter(frame=frame, user=user, origin__in=Operation.BY_HAND, box__isnull=False)
    return bool(while_open) and edits.filter(while_open).exists()


def open_spans(changes: Sequence[tuple[str, int, int | None]]) -> list[tuple[int, int]]:
    """The revisions made while somebody was to label: after the first, up to the last. The frame began open."""
    spans, opened = [], 0
    is_open = True
    for after, revision, _by in changes:
        if is_open and after in Frame.DONE:
            spans.append((opened, revision))
            is_open = False
        elif not is_open and after not in Frame.DONE:
            opened, is_open = revision, True
    return spans
