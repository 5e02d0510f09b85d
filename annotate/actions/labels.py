"""Making, changing and ordering the labels of a project. A label that has boxes is never deleted, only set aside."""

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from ..forms import LabelForm
from ..models import Label, Project
from ..palette import new_label

__all__ = ["delete", "last_position", "move", "new_label", "save"]


def save(form: LabelForm) -> bool:
    """Saves; False with an error on the form when somebody else took the name or key at the same moment."""
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        form.add_error(None, _("Somebody else just took this name or key. Choose another."))
        return False
    return True


def last_position(project: Project) -> int:
    return project.labels.aggregate(last=Max("position"))["last"] or 0


def move(project: Project, label: Label, step: int) -> None:
    """Moves the label one place up (-1) or down (1); positions become 1, 2, 3 …"""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        order = list(project.labels.order_by("position", "pk"))
        place = order.index(label)
        target = min(max(place + step, 0), len(order) - 1)
        order.insert(target, order.pop(place))
        for position, each in enumerate(order, start=1):
            each.position = position
        Label.objects.bulk_update(order, ["position"])


def delete(label: Label) -> bool:
    """Deletes a label that never had a box; False, and nothing is changed, for any other. The database itself refuses
    it too (ProtectedError)."""
    with transaction.atomic():
        Label.objects.select_for_update().get(pk=label.pk)
        if label.boxes.exists():
            return False
        label.delete()
    return True
