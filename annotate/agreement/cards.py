"""What the page of agreement shows: figures as text, and the images on which people disagree as pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Project
from ..palette import person_color
from .comparing import Comparison, Pile
from .copies import Copy
from .matching import Group
from .measures import Looked, Score
from .merging import Words, who_said_what

LINES = 4
"""Disagreements told in words under a picture; the picture shows all."""
BOXES_SHOWN = 200


class Meter(TypedDict):
    """``width``: percent with a decimal point in every language, for the bar."""

    text: str
    width: str


def percent(share: float | None) -> str:
    """Rounded, as 83% or 83 %; a dash where there is nothing to have a share in."""
    if share is None:
        return "–"
    return _("%(percent)s%%") % {"percent": number_format(round(share * 100))}


def meter(share: float | None) -> Meter:
    return {"text": percent(share), "width": f"{100 * (share or 0):.1f}%"}


def decimal(value: float | None) -> str:
    return "–" if value is None else number_format(round(value, 2), 2)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """``gold_frames``: how many gold images they are measured on."""

    copy: Copy
    color: str
    f1: Meter
    iou: str
    alpha: str
    compared: int
    gold: Meter
    gold_frames: int


def person_rows(copies: Sequence[Copy], found: Comparison) -> list[PersonRow]:
    rows = []
    for copy in copies:
        person = copy.person.pk
        score = found.measures.of_person(person)
        rows.append(
            PersonRow(
                copy,
                person_color(person),
                meter(score.f1),
                percent(score.iou),
                decimal(found.measures.alphas.get(person)),
                found.measures.looked.get(person, 0),
                meter(found.gold.get(person, Score()).f1),
                found.gold_frames.get(person, 0),
            )
        )
    return rows


def pair_rows(copies: Sequence[Copy], found: Comparison) -> list[dict[str, Any]]:
    """Those who agree least first; only where there are more than two people, as otherwise it is the whole."""
    names = {copy.person.pk: copy.person.display_name for copy in copies}
    if len(names) < 3:
        return []
    pairs = sorted(
        found.measures.pairs.items(), key=lambda pair: (pair[1].f1 is None, pair[1].f1 or 0, pair[0])
    )
    return [
        {"one": names[one], "other": names[other], "f1": meter(score.f1), "iou": percent(score.iou)}
        for (one, other), score in pairs
    ]


def class_rows(project: Project, found: Comparison) -> list[dict[str, Any]]:
    """In the order of the project's labels, then what it does not have."""
    known = {label.name.casefold(): label for label in project.labels.order_by("position", "pk")}
    order = [*known, *sorted(found.measures.classes.keys() - known.keys())]
    return [
        {
            "name": known[name].name if name in known else name,
            "color": known[name].color if name in known else "",
            "boxes": one.boxes,
            "f1": meter(one.score.f1),
            "iou": percent(one.score.iou),
            "alpha": decimal(one.alpha),
        }
        for name in order
        if (one := found.measures.classes.get(name)) is not None
    ]


def most_disputed(found: Comparison) -> list[int]:
    """Ids of originals on which anything is disputed, the most first."""
    apart = {
        frame: score.one + score.other - 2 * score.same for frame, score in found.measures.frames.items()
    }
    return sorted(
        (frame for frame, number in apart.items() if number), key=lambda frame: (-apart[frame], frame)
    )


def frame_card(pile: Pile, look: Looked, score: Score, words: Words) -> dict[str, Any]:
    """The picture with everybody's boxes, and what they disagree about in words."""
    groups = look.groups()
    disputed = [group for group in groups if not is_agreed(group, look)]
    boxes = [
        {
            "x": f"{box.edges.x1:.1f}",
            "y": f"{box.edges.y1:.1f}",
            "width": f"{box.edges.width:.1f}",
            "height": f"{box.edges.height:.1f}",
            "color": person_color(box.person),
            "is_agreed": is_agreed(group, look),
        }
        for group in groups
        for box in group
    ]
    return {
        "frame": pile.original,
        "boxes": boxes[:BOXES_SHOWN],
        "f1": percent(score.f1),
        "people": [(words.people[person], person_color(person)) for person in look.people],
        "lines": [who_said_what(look, group, words) for group in disputed[:LINES]],
        "more": max(len(disputed) - LINES, 0),
        "agreed": agreed_text(len(groups) - len(disputed)),
    }


def is_agreed(group: Group, look: Looked) -> bool:
    """Everybody who looked drew it, under one name."""
    return len(group) == len(look.people) and len({box.label for box in group}) == 1


def agreed_text(number: int) -> str:
    return ngettext("They agree on %(number)s object.", "They agree on %(number)s objects.", number) % {
        "number": number
    }
