"""Which label of the project the classes of a file become, in the transaction of the import."""

import msgspec
from django.utils.translation import gettext_noop

from ..labels.changing import record
from ..labels.states import states_of
from ..models import Label, Project, User
from ..palette import new_label
from .checking import CheckReport
from .import_wish import ImportWish
from .imported import ImportChanged, Imported


class ImportLabels:
    """From names in the file to labels of the project; new ones are made when the first box needs them, and for a
    new project all of them, in the order of the file."""

    def __init__(
        self, project: Project, report: CheckReport, wish: ImportWish, done: Imported, *, is_new: bool
    ) -> None:
        self.project = project
        self.done = done
        labels = list(Label.objects.filter(project=project))
        self.by_name = {label.name.casefold(): label.pk for label in labels}
        self.inactive = {label.pk for label in labels if not label.is_active}
        self.given = {label["name"]: label for label in report["labels"]}
        self.wanted = wish.labels
        self.position = max((label.position for label in labels), default=0)
        self.chosen: dict[str, int | None] = {}
        self.made: list[int] = []
        self.reactivated: list[int] = []
        if is_new:
            for name in self.given:
                self.of(name)

    def of(self, name: str) -> int | None:
        if name not in self.chosen:
            self.chosen[name] = self._choose(name)
        return self.chosen[name]

    def _choose(self, name: str) -> int | None:
        wanted = self.wanted.get(name, "new")
        if wanted == "leave_out":
            return None
        label = wanted if isinstance(wanted, int) else self.by_name.get(name.casefold())
        if label is None:
            return self._make(name)
        if label not in self.by_name.values():
            raise ImportChanged(gettext_noop("A chosen label was deleted meanwhile. Nothing was imported."))
        if label in self.inactive:  # its boxes are back, so it is in use again
            Label.objects.filter(pk=label).update(is_active=True)
            self.inactive.discard(label)
            self.reactivated.append(label)
        return label

    def _make(self, name: str) -> int:
        label = new_label(self.project)
        given = self.given.get(name)
        label.name = name
        label.color = given["color"] if given and given["color"] else label.color
        label.key = self._key(given["key"] if given else "", label.key)
        self.position += 1
        label.position = self.position
        label.save()
        self.by_name[name.casefold()] = label.pk
        self.made.append(label.pk)
        self.done.new_labels += 1
        return label.pk

    def _key(self, given: str, free: str) -> str:
        """Of a new label: that of the file unless another has it; a free one where the file gives none any."""
        if given:
            return free if Label.objects.filter(project=self.project, key=given).exists() else given
        return "" if any(label["key"] for label in self.given.values()) else free

    def record(self, user: User | None) -> None:
        """In the history of the labels, as one step."""
        if not self.made and not self.reactivated:
            return
        now = states_of(self.project.pk)
        before = {pk: msgspec.structs.replace(now[pk], is_active=False) for pk in self.reactivated}
        record(self.project.pk, user, before, {pk: now[pk] for pk in (*self.made, *self.reactivated)})
