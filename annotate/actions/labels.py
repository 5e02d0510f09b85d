"""Making, changing and ordering the labels of a project. A label that has boxes is never deleted, only set aside.

Each is one step in the history of the labels, under the name of who did it (annotate.labels)."""

from django.db import IntegrityError
from django.db.models import Max, ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from ..forms import LabelForm
from ..labels.changing import changing
from ..models import Label, Project, User
from ..palette import new_label

__all__ = ["delete", "last_position", "move", "new_label", "save", "set_active"]


def save(form: LabelForm, user: User) -> bool:
    """Saves; False with an error on the form when somebody else took the name or key at the same moment."""
    try:
        with changing(form.instance.project_id, user):
            form.save()
    except IntegrityError:
        form.add_error(None, _("Somebody else just took this name or key. Choose another."))
        return False
    return True


def last_position(project: Project) -> int:
    return project.labels.aggregate(last=Max("position"))["last"] or 0


def move(project: Project, label: Label, step: int, user: User) -> None:
    """Moves the label one place up (-1) or down (1); positions become 1, 2, 3 …"""
    with changing(project.pk, user):
        order = list(project.labels.order_by("position", "pk"))
        place = order.index(label)
        target = min(max(place + step, 0), len(order) - 1)
        order.insert(target, order.pop(place))
        for position, each in enumerate(order, start=1):
            each.position = position
        Label.objects.bulk_update(order, ["position"])


def set_active(label: Label, user: User, *, is_active: bool) -> None:
    with changing(label.project_id, user):
        Label.objects.filter(pk=label.pk).update(is_active=is_active)


def delete(label: Label, user: User) -> bool:
    """Deletes a label that never had a box; False, and nothing is changed, for any other, and for one that a detection
    has used."""
    try:
        with changing(label.project_id, user):
            Label.objects.select_for_update().filter(pk=label.pk).first()
            if label.boxes.exists():
                return False
            label.delete()
    except (ProtectedError, RestrictedError):
        return False
    return True
