"""Labels change inside ``changing``: as one step, which its author is known of, and which can be taken back.

Open editors need no telling: every web process compares the labels of what is open with the database (sync.fanout).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from django.db import transaction

from ..models import LabelChange, Project, User
from .meanings import keep_meanings
from .states import LabelState, States, classes_of, states_of, stored


class Change:
    """Of one step: ``row`` is what was recorded when it ended, None where nothing was different."""

    def __init__(self) -> None:
        self.row: LabelChange | None = None


@contextmanager
def changing(
    project_id: int, user: User | None, *, takes_back: LabelChange | None = None
) -> Iterator[Change]:
    """A transaction. Labels of a project change one step after the other; nobody else is kept waiting."""
    change = Change()
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).filter(pk=project_id).order_by().first()
        before = states_of(project_id)
        classes = classes_of(before)
        yield change
        after = states_of(project_id)
        keep_meanings(project_id, before, after)
        gone = [state for pk, state in before.items() if pk not in after]
        kept = {state.id: msgspec.structs.replace(state, classes=classes.get(state.id, ())) for state in gone}
        change.row = record(project_id, user, {**before, **kept}, after, takes_back=takes_back)


def record(
    project_id: int,
    user: User | None,
    before: States,
    after: States,
    *,
    takes_back: LabelChange | None = None,
) -> LabelChange | None:
    """None where nothing is different. For whoever cannot hold the project for so long."""
    changed = [pk for pk in {**before, **after} if before.get(pk) != after.get(pk)]
    if not changed:
        return None
    return LabelChange.objects.create(
        project_id=project_id,
        user=user,
        before=stored(chosen(before, changed)),
        after=stored(chosen(after, changed)),
        takes_back=takes_back,
    )


def chosen(states: States, ids: list[int]) -> list[LabelState]:
    return [states[pk] for pk in ids if pk in states]
