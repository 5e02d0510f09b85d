"""Small pictures of frames with their boxes drawn: the thumbnail, and over it an SVG. Two queries for a whole page."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from ..models import Box, Frame

MOST_BOXES = 40
"""Drawn on one picture."""
SIDE_PX = 120
CROP_PX = 72
LEAST_SHARE = 0.15
"""Of the picture's long side: a box is shown with at least so much around it."""


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """``is_marked``: what the page is about; the others are there for orientation."""

    id: UUID
    frame_id: int
    edges: tuple[float, float, float, float]
    color: str
    status: str
    is_marked: bool = False


NAMES = ("pk", "frame_id", "x1", "y1", "x2", "y2", "label__color", "status")


def drawn(row: Sequence[Any], *, is_marked: bool = False) -> DrawnBox:
    key, frame, x1, y1, x2, y2, color, status = row
    return DrawnBox(key, frame, (x1, y1, x2, y2), color, status, is_marked)


def boxes_on(frames: Collection[int]) -> dict[int, list[DrawnBox]]:
    """By frame, the first MOST_BOXES that are there and not rejected."""
    alive = Box.objects.filter(frame__in=frames, deleted_revision__isnull=True)
    numbered = alive.exclude(status=Box.Status.REJECTED).annotate(
        place=Window(RowNumber(), partition_by=F("frame_id"), order_by=F("created_revision").asc())
    )
    return by_frame(drawn(row) for row in numbered.filter(place__lte=MOST_BOXES).values_list(*NAMES))


def marked(boxes: Iterable[UUID]) -> list[DrawnBox]:
    return [drawn(row, is_marked=True) for row in Box.objects.filter(pk__in=list(boxes)).values_list(*NAMES)]


def by_frame(boxes: Iterable[DrawnBox]) -> dict[int, list[DrawnBox]]:
    found: dict[int, list[DrawnBox]] = {}
    for box in boxes:
        found.setdefault(box.frame_id, []).append(box)
    return found


def address_of(frame_id: int) -> str:
    return reverse("admin:annotate_frame_thumbnail", args=[frame_id])


def shapes(boxes: Iterable[DrawnBox]) -> SafeString:
    return format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" stroke="{}" class="{}"/>',
        (
            (
                *(f"{side:.1f}" for side in (x1, y1, x2 - x1, y2 - y1)),
                box.color,
                f"desk-box desk-box--{box.status}" + (" desk-box--marked" if box.is_marked else ""),
            )
            for box in boxes
            for x1, y1, x2, y2 in [box.edges]
        ),
    )


def size_on_screen(width: int, height: int, side: int) -> tuple[int, int]:
    scale = side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def picture_of(frame: Frame, boxes: Sequence[DrawnBox], *, side: int = SIDE_PX) -> SafeString:
    """The whole frame. Its text for those who do not see it is how many boxes are drawn."""
    width, height = size_on_screen(frame.width, frame.height, side)
    text = ngettext("%(count)d box drawn", "%(count)d boxes drawn", len(boxes)) % {"count": len(boxes)}
    return format_html(
        '<span class="desk-picture"><img src="{}" alt="" width="{}" height="{}" loading="lazy">'
        '<svg viewBox="0 0 {} {}" width="{}" height="{}" preserveAspectRatio="none" role="img" aria-label="{}">'
        "{}</svg></span>",
        *(address_of(frame.pk), width, height, frame.width, frame.height, width, height, text),
        shapes(boxes),
    )


def crop_of(box: Box, frame: Frame) -> SafeString:
    """The box and what is around it."""
    left, top, side = crop_around(box, frame)
    one = DrawnBox(box.pk, frame.pk, (box.x1, box.y1, box.x2, box.y2), box.label.color, box.status)
    return format_html(
        '<svg class="desk-crop" viewBox="{} {} {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        '<image href="{}" width="{}" height="{}" preserveAspectRatio="none"/>{}</svg>',
        *(f"{left:.1f}", f"{top:.1f}", f"{side:.1f}", f"{side:.1f}", CROP_PX, CROP_PX, box.label.name),
        *(address_of(frame.pk), frame.width, frame.height, shapes([one])),
    )


def crop_around(box: Box, frame: Frame) -> tuple[float, float, float]:
    """Left, top and side of a square that holds the box with its surroundings, inside the picture where it can be."""
    longest = max(frame.width, frame.height)
    side = min(longest, max(1.6 * max(box.x2 - box.x1, box.y2 - box.y1), LEAST_SHARE * longest))
    left = min(max(0.0, (box.x1 + box.x2 - side) / 2), max(0.0, frame.width - side))
    top = min(max(0.0, (box.y1 + box.y2 - side) / 2), max(0.0, frame.height - side))
    return left, top, side
