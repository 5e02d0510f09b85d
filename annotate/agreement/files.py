"""The tables of the page of agreement as CSV: a header of stable English names, numbers with a point."""

from collections.abc import Sequence

from ..figures.figure import Cell
from ..figures.files import csv_text
from ..models import Project
from .comparing import Comparison
from .copies import Copy
from .measures import Score

PEOPLE = (
    *("user", "name", "images", "done", "compared", "f1", "iou", "alpha"),
    *("gold_images", "gold_f1"),
)
CLASSES = ("label", "boxes", "f1", "iou", "alpha")
PAIRS = ("one", "one_name", "other", "other_name", "f1", "iou")


def tables_of(project: Project, copies: Sequence[Copy], found: Comparison) -> dict[str, str]:
    return {
        "people": csv_text(PEOPLE, [person_row(copy, found) for copy in copies]),
        "labels": csv_text(CLASSES, class_rows(project, found)),
        "pairs": csv_text(PAIRS, pair_rows(copies, found)),
    }


def person_row(copy: Copy, found: Comparison) -> Sequence[Cell]:
    person, measures = copy.person.pk, found.measures
    score, gold = measures.of_person(person), found.gold.get(person, Score())
    shares = (score.f1, score.iou, measures.alphas.get(person), found.gold_frames.get(person, 0), gold.f1)
    return (
        *(person, copy.person.display_name, copy.frames, copy.done, measures.looked.get(person, 0)),
        *shares,
    )


def class_rows(project: Project, found: Comparison) -> list[Sequence[Cell]]:
    """By name, written as in the project where it has such a label."""
    written = {name.casefold(): name for name in project.labels.values_list("name", flat=True)}
    return [
        (written.get(name, name), one.boxes, one.score.f1, one.score.iou, one.alpha)
        for name, one in sorted(found.measures.classes.items())
    ]


def pair_rows(copies: Sequence[Copy], found: Comparison) -> list[Sequence[Cell]]:
    names = {copy.person.pk: copy.person.display_name for copy in copies}
    return [
        (one, names[one], other, names[other], score.f1, score.iou)
        for (one, other), score in sorted(found.measures.pairs.items())
    ]
