"""From the classes of a model to the labels of a project."""

from collections.abc import Iterable

from ..models import ClassMapping, Label, Project


def mapping_for(project: Project, classes: Iterable[str]) -> dict[str, int | None]:
    """Per class name, the id of the label that its boxes get. None: they are left out, because the project says so,
    or because no active label has that name."""
    labels = list(Label.objects.filter(project=project, is_active=True).values_list("pk", "name"))
    active = {pk for pk, _ in labels}
    by_name = {name.casefold(): pk for pk, name in labels}
    rows = ClassMapping.objects.filter(project=project).values_list("class_name", "label_id")
    chosen: dict[str, int | None] = {name.casefold(): label for name, label in rows}
    return {
        name: label if label in active else None
        for name in classes
        for label in [chosen.get(name.casefold(), by_name.get(name.casefold()))]
    }


def save_mapping(project: Project, wanted: dict[str, int | None]) -> None:
    """Writes what differs from matching by name; the rest needs no row, so that a new label of that name is found."""
    by_name = {label.name.casefold(): label.pk for label in project.labels.filter(is_active=True)}
    for name, label in wanted.items():
        rows = ClassMapping.objects.filter(project=project, class_name__iexact=name)
        if label == by_name.get(name.casefold()):
            rows.delete()
        elif not rows.update(label_id=label):
            ClassMapping.objects.create(project=project, class_name=name, label_id=label)
