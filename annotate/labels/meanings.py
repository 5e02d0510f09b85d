"""Classes of detectors go on meaning a label that gets another name."""

from django.db.models import Q

from ..models import ClassMapping, ModelVersion, Proposal
from .states import LabelState, States


def keep_meanings(project_id: int, before: States, after: States) -> None:
    """In the transaction that gives labels other names: a class that had the old name of one, and nothing else said
    what it means, means that label from now on."""
    renamed = {
        pk: state
        for pk, state in before.items()
        if state.is_active and pk in after and state.name.casefold() != after[pk].name.casefold()
    }
    if not renamed:
        return
    known = known_classes(project_id)
    ClassMapping.objects.bulk_create(
        [
            ClassMapping(project_id=project_id, class_name=state.name, label_id=pk)
            for pk, state in renamed.items()
            if is_meant(state, after[pk], known)
        ],
        ignore_conflicts=True,  # what is written down already holds
    )


def is_meant(before: LabelState, after: LabelState, known: set[str]) -> bool:
    """Whether the class of the old name stands for this label. Where no box ever came of that, a label that gets the
    name of another class means the other one: “cat”, made by mistake, becomes “dog”."""
    if Proposal.objects.filter(label=before.id, class_name__iexact=before.name).exists():
        return True
    return before.name.casefold() in known and after.name.casefold() not in known


def known_classes(project_id: int) -> set[str]:
    """Of all models that can be, or could once be, asked in the project."""
    versions = ModelVersion.objects.filter(Q(project=project_id) | Q(project=None))
    return {name.casefold() for classes in versions.values_list("classes", flat=True) for name in classes}
