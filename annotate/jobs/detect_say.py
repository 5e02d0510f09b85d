"""What a detection writes into its log."""

from collections.abc import Mapping

from ..ai.problems import gettext_noop
from .said import Said, said

BEGUN = gettext_noop("Model %(model)s. Images: %(total)s, of which looked at before: %(done)s.")
UNREADABLE = gettext_noop("Image %(number)s cannot be read.")
DONE = gettext_noop("Proposals: %(proposed)s, of which accepted without a person: %(accepted)s.")
LEFT_OUT = gettext_noop("Left out: %(reasons)s.")
COUNT = gettext_noop("%(number)s %(reason)s")
REASONS = {
    "not_finite": gettext_noop("not a number"),
    "bad_confidence": gettext_noop("no usable confidence"),
    "bad_class": gettext_noop("a class that the model does not have"),
    "no_area": gettext_noop("without an area"),
    "outside": gettext_noop("outside the image"),
    "too_small": gettext_noop("smaller than a pixel"),
    "too_many": gettext_noop("too many on one image"),
    "unmapped": gettext_noop("without a label in this project"),
    "already_there": gettext_noop("drawn or judged already"),
    "unchanged": gettext_noop("proposed already"),
    "overtaken": gettext_noop("answered by a later request"),
    "unreadable": gettext_noop("images that cannot be read"),
}
"""Of ai.hygiene, detection.plan and our own; the same words as in detection-words.js."""


def reasons_in(left_out: Mapping[str, int]) -> list[Said]:
    return [
        said(COUNT, number=number, reason=said(REASONS[code]) if code in REASONS else code)
        for code, number in left_out.items()
        if number
    ]
