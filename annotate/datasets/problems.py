"""What is wrong in a file, and what got lost, in words of the reader's language."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from ..media.refusals import MESSAGES as REFUSALS
from .formats.messages import ERRORS, LOSSES

MESSAGES = {
    "several_frames": gettext_lazy("%(count)s images of the project have this name. Send the images along."),
    "size_differs": gettext_lazy(
        "The file says %(width)s × %(height)s pixels, the image has %(here_width)s × %(here_height)s."
    ),
    "frame_twice": gettext_lazy("The file names this image twice."),
    "unknown_status": gettext_lazy("There is no status “%(status)s”."),
    "box_refused": gettext_lazy("This box cannot be stored: %(reason)s."),
}

REASONS = (
    gettext_noop("attributes are larger than 4 KiB"),
    gettext_noop("attributes contain a NUL character"),
    gettext_noop("a number in attributes is not finite"),
    gettext_noop("an attribute is a list or an object"),
    gettext_noop("z is out of range"),
    gettext_noop("the box is less than 1 pixel wide or high inside the image"),
)
"""Why sync.apply refuses a box, as far as a file can be the cause."""


def text_of(code: str, values: Mapping[str, object]) -> str:
    """Of a row error or a refusal; of a code that is not known here, the code and its values."""
    known = {**ERRORS, **REFUSALS, **MESSAGES}
    if code not in known:
        return f"{code} {dict(values)}" if values else code
    filled = {name: _(str(value)) if name == "reason" else value for name, value in values.items()}
    try:
        return _(str(known[code])) % filled
    except (KeyError, ValueError, TypeError):  # of another version
        return f"{code} {dict(values)}"


def loss_text(code: str) -> str:
    """What a format could not hold, or a file said in vain."""
    return _(LOSSES[code]) if code in LOSSES else code
