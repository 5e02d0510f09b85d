"""The figures there are: their names, and how they are explained to people (docs/figures.md says it at length)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
Word = Literal["version", "label", "threshold"]
NOT_BY: dict[Word, Text] = {
    "version": _("Not by model version"),
    "label": _("Not by label"),
    "threshold": _("Not by confidence"),
}


def not_by(*words: Word) -> dict[Word, Text]:
    return {word: NOT_BY[word] for word in words}


@dataclass(frozen=True, slots=True)
class About:
    """``shape``: lines over time or over the threshold, or bars in a table. ``is_personal``: people below reviewers see
    their own work alone. ``not_by``: the choices that it does not follow, and how the page says so."""

    name: str
    title: Text
    text: Text
    shape: Literal["lines", "bars"]
    is_personal: bool = False
    not_by: Mapping[Word, Text] = field(default_factory=dict)


CATALOGUE = (
    About(
        "proposals",
        _("Proposals per image"),
        _(
            "Per image on which something was judged or missed: proposals accepted as they were, corrected, "
            "and rejected, and boxes missed. Missed are boxes that people drew after the model had looked at the "
            "image, once the image is complete."
        ),
        "lines",
    ),
    About(
        "quality",
        _("Precision and recall over time"),
        _(
            "On complete images. Right is a proposal that was accepted, or corrected with the same label and an "
            "IoU of at least 0.5. Precision: right ones among all that were judged. Recall: right "
            "ones among all boxes kept or missed."
        ),
        "lines",
    ),
    About(
        "thresholds",
        _("Precision and recall by threshold"),
        _(
            "What precision and recall would be if only proposals from this confidence on were shown. "
            "An object whose proposal would not be shown counts as missed."
        ),
        "lines",
    ),
    About(
        "frame_seconds",
        _("Seconds per image"),
        _(
            "Median of the active time that one person spent on one complete image, by the day "
            "of their last edit on it."
        ),
        "lines",
        is_personal=True,
        not_by=not_by("version", "label", "threshold"),
    ),
    About(
        "versions",
        _("By model version"),
        _("What became of the proposals of each model version. Shares are of all that were judged."),
        "bars",
    ),
    About(
        "classes",
        _("By label"),
        _(
            "What became of the proposals of each label, as the model proposed it. Shares are of all that were judged."
        ),
        "bars",
    ),
    About(
        "box_seconds",
        _("Seconds by kind of action"),
        _(
            "Median of the active time that browsers measured, without pauses over 30 seconds: for one box, and for "
            "all boxes of one complete image by one person."
        ),
        "bars",
        is_personal=True,
        not_by=not_by("threshold"),
    ),
    About(
        "untouched",
        _("Never touched by hand"),
        _(
            "Of the boxes on images completed in this time: how many are proposals that were accepted "
            "exactly as they were."
        ),
        "bars",
        not_by=not_by("version", "threshold"),
    ),
    About(
        "sure",
        _("Accepted without a person"),
        _(
            "Proposals that were accepted because they were at least as sure as what is guaranteed, and what people "
            "changed of them since. They are in no other figure of proposals."
        ),
        "bars",
        not_by=not_by("threshold"),
    ),
    About(
        "people_frames",
        _("Images completed by person"),
        _("Images that each person declared complete."),
        "lines",
        is_personal=True,
        not_by=not_by("version", "label", "threshold"),
    ),
    About(
        "people_boxes",
        _("Boxes by person"),
        _("Boxes drawn and proposals judged by each person."),
        "lines",
        is_personal=True,
        not_by=not_by("version", "label", "threshold"),
    ),
    About(
        "people",
        _("Work by person"),
        _(
            "Images declared complete, boxes drawn and proposals judged, by person. Undone work is counted too."
        ),
        "bars",
        is_personal=True,
        not_by=not_by("version", "label", "threshold"),
    ),
    About(
        "reviews",
        _("Reviews by person"),
        _(
            "Of the images that a person completed: how many were approved and returned at their first review. "
            "And how many reviews the person gave."
        ),
        "bars",
        is_personal=True,
        not_by=not_by("version", "label", "threshold"),
    ),
    About(
        "queue",
        _("Images left"),
        _("How many images there are in each state, now."),
        "bars",
        not_by=not_by("version", "label", "threshold"),
    ),
    About(
        "feedback",
        _("Feedback"),
        _("Verdicts positive, negative and neutral, on single proposals and on detections of whole images."),
        "lines",
        not_by={"label": _("Whole images: not by label"), **not_by("threshold")},
    ),
)
BY_NAME = {one.name: one for one in CATALOGUE}
