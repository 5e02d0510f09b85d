"""A change of labels in words: what became of what."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from ..models import LabelChange
from .states import LabelState, States, differences, read

MOST_NAMES = 8

FIELD_WORDS: Mapping[str, Callable[[], str]] = {
    "name": lambda: _("name"),
    "color": lambda: _("colour"),
    "key": lambda: _("key"),
    "is_active": lambda: _("active"),
}


def words_of(change: LabelChange) -> list[str]:
    """One sentence for each label that was made, deleted or changed, and one for the order."""
    before, after = read(change.before), read(change.after)
    said = [
        sentence for pk in {**before, **after} if (sentence := sentence_of(before.get(pk), after.get(pk)))
    ]
    moved = [pk for pk in before if pk in after and before[pk].position != after[pk].position]
    if moved:
        text = _("order: %(before)s → %(after)s")
        said.append(text % {"before": order_of(before, moved), "after": order_of(after, moved)})
    return said


def sentence_of(before: LabelState | None, after: LabelState | None) -> str:
    """Empty for a label that has only moved."""
    if before is None:
        return _("“%(name)s” was added") % {"name": after.name} if after else ""
    if after is None:
        return _("“%(name)s” was deleted") % {"name": before.name}
    parts = [
        from_to(FIELD_WORDS[name](), value_of(before, name), value_of(after, name))
        for name in differences(before, after)
        if name in FIELD_WORDS
    ]
    return _("“%(name)s”: %(what)s") % {"name": before.name, "what": ", ".join(parts)} if parts else ""


def from_to(name: str, before: str, after: str) -> str:
    """Such as: colour #0072b2 → #e69f00."""
    return _("%(field)s %(before)s → %(after)s") % {"field": name, "before": before, "after": after}


def value_of(state: LabelState, field: str) -> str:
    value = getattr(state, field)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _("“%(name)s”") % {"name": value} if field == "name" else value or "–"


def order_of(states: States, ids: list[int]) -> str:
    names = [states[pk].name for pk in sorted(ids, key=lambda pk: (states[pk].position, pk))]
    return ", ".join([*names[:MOST_NAMES], *(["…"] if len(names) > MOST_NAMES else [])])
