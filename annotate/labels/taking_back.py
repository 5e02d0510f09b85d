"""Taking a change of labels back as one step, as long as nobody changed the same since."""

from collections.abc import Collection, Iterable

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from ..models import Box, ClassMapping, Label, LabelChange, User
from .changing import changing
from .states import FIELDS, LabelState, States, differences, read, states_of

ANEW = [name for name in FIELDS if name != "position"]
"""What has to be as it was made: a place in the order is given to every label when one is moved."""


class TakeBackRefused(Exception):
    """Nothing was changed. The text is for the person."""


def take_back(change: LabelChange, user: User) -> LabelChange:
    """What a change did is undone by another one of that person. Raises TakeBackRefused."""
    try:
        with changing(change.project_id, user, takes_back=change) as undo:
            if is_as_left(change, states_of(change.project_id)):
                put_back(change)
    except IntegrityError as error:
        text = _(
            "Another label has this name or key by now, or boxes have the label. Nothing was taken back."
        )
        raise TakeBackRefused(text) from error
    if undo.row is None:
        raise TakeBackRefused(_("Somebody changed the same since. Nothing was taken back."))
    return undo.row


def put_back(change: LabelChange) -> None:
    """Raises IntegrityError (ProtectedError and RestrictedError are such) where another row stands in the way."""
    before, after = read(change.before), read(change.after)
    made = after.keys() - before.keys()
    with transaction.atomic():
        Label.objects.filter(pk__in=made).delete()
        for pk, state in before.items():
            if pk in after:
                values = {name: getattr(state, name) for name in differences(state, after[pk])}
                Label.objects.filter(pk=pk).update(**values)
            else:
                bring_back(change.project_id, state)


def bring_back(project_id: int, state: LabelState) -> None:
    """Under the id that it had, and with the classes of detectors that meant it and mean nothing else by now."""
    values = {name: getattr(state, name) for name in FIELDS}
    label = Label(pk=state.id, project_id=project_id, **values)
    label.save(force_insert=True)
    for name in state.classes:
        if not ClassMapping.objects.filter(project=project_id, class_name__iexact=name).exists():
            ClassMapping.objects.create(project_id=project_id, class_name=name, label=label)


def can_be_taken_back(project_id: int, changes: Iterable[LabelChange]) -> set[int]:
    """Ids of those that nobody changed the same since. Two queries."""
    changes, now = list(changes), states_of(project_id)
    made = {pk for change in changes for pk in read(change.after).keys() - read(change.before).keys()}
    used = used_labels(made)
    return {
        change.pk
        for change in changes
        if is_as_left(change, now) and used.isdisjoint(read(change.after).keys() - read(change.before).keys())
    }


def is_as_left(change: LabelChange, now: States) -> bool:
    """Whether everything that the change wrote still is as it wrote it."""
    before, after = read(change.before), read(change.after)
    return all(is_label_as_left(before.get(pk), after.get(pk), now.get(pk)) for pk in {**before, **after})


def is_label_as_left(before: LabelState | None, after: LabelState | None, now: LabelState | None) -> bool:
    if after is None or now is None:
        return after is now
    written = ANEW if before is None else differences(before, after)
    return set(written).isdisjoint(differences(after, now))


def used_labels(labels: Collection[int]) -> set[int]:
    """Those that have, or had, a box: they are never deleted."""
    boxes = Box.objects.filter(label=OuterRef("pk"))
    return set(Label.objects.filter(Exists(boxes), pk__in=labels).order_by().values_list("pk", flat=True))
