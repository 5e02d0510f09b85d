"""From the classes of a model to the labels of a project.

A class means the label of its name until somebody relies on that: when a model is chosen or asked, or the settings are
saved, it is written down (ClassMapping) and holds whatever the label is called then. ``labels.meanings`` does the same
for a label that gets another name.
"""

from collections.abc import Iterable

from django.db import transaction

from ..models import ClassMapping, Label, Project


def mapping_for(project: Project, classes: Iterable[str]) -> dict[str, int | None]:
    """Per class name, the id of the label that its boxes get. None: they are left out, because the project says so,
    or because no active label has that name."""
    by_name = active_labels(project)
    active, settled = set(by_name.values()), settled_classes(project)
    return {
        name: label if label in active else None
        for name in classes
        for label in [settled.get(name.casefold(), by_name.get(name.casefold()))]
    }


def active_labels(project: Project) -> dict[str, int]:
    labels = Label.objects.filter(project=project, is_active=True).values_list("name", "pk")
    return {name.casefold(): pk for name, pk in labels}


def settled_classes(project: Project) -> dict[str, int | None]:
    rows = ClassMapping.objects.filter(project=project).values_list("class_name", "label_id")
    return {name.casefold(): label for name, label in rows}


def settle(project: Project, classes: Iterable[str]) -> None:
    """What the classes mean by name now they mean from now on. One that nothing has the name of stays open for a label
    of that name. Two queries where nothing is new."""
    by_name, settled = active_labels(project), settled_classes(project)
    fresh = {name.casefold(): name for name in classes}
    ClassMapping.objects.bulk_create(
        [
            ClassMapping(project=project, class_name=name, label_id=by_name[key])
            for key, name in fresh.items()
            if key in by_name and key not in settled
        ],
        ignore_conflicts=True,  # somebody else asked at the same moment
    )


@transaction.atomic
def save_mapping(project: Project, wanted: dict[str, int | None]) -> None:
    """What a person said that classes mean. One that is left out as it was before needs no row, so that a new label
    of its name is found."""
    Project.objects.select_for_update(no_key=True).filter(pk=project.pk).first()
    present = mapping_for(project, wanted)
    for name, label in wanted.items():
        if label is None and present[name] is None:
            continue
        rows = ClassMapping.objects.filter(project=project, class_name__iexact=name)
        if not rows.update(label_id=label):
            ClassMapping.objects.create(project=project, class_name=name, label_id=label)
