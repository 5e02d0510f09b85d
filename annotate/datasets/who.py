"""Who changed the boxes between two versions: the last one in the log, where the log still has it."""

from collections.abc import Iterable, Sequence

from django.db.models import Q

from ..models import Operation, Project, User
from .compare import FrameChange

CHUNK = 400


def who_changed(project: Project, changes: Sequence[FrameChange]) -> dict[str, str]:
    """The sign-in name by the id of the box; "" where the account of whoever changed it last is gone. Boxes that nobody
    changed, or a model, are not in it; nor those that such an account made: their record has its name."""
    since = {
        change.frame_id: int(change.before.extra.get("revision", 0)) if change.before else 0
        for change in changes
        if change.boxes
    }
    until = {
        change.frame_id: int(change.after.extra.get("revision", 0))
        for change in changes
        if change.after is not None
    }
    wanted = {box.box.id for change in changes for box in change.boxes}
    frame_ids, found = list(since), {}
    for start in range(0, len(frame_ids), CHUNK):
        chunk = frame_ids[start : start + CHUNK]
        rows = Operation.objects.filter(frame__in=chunk, frame__project=project)
        by_gone = Q(user__isnull=True, origin__in=Operation.BY_HAND) & ~Q(kind=Operation.Kind.CREATE)
        rows = rows.filter(Q(user__isnull=False) | by_gone)
        rows = rows.filter(revision__gt=min(since[pk] for pk in chunk)).order_by("revision")
        for frame, revision, box, name in rows.values_list("frame", "revision", "box", "user__username"):
            if str(box) in wanted and since[frame] < revision <= until.get(frame, revision):
                found[str(box)] = name or ""
    return found


def names_of(usernames: Iterable[str]) -> dict[str, str]:
    """How people are shown, by their sign-in names."""
    people = User.objects.filter(username__in=list(usernames))
    return {user.username: user.display_name for user in people}
