"""Why a model was promoted or not, in the language of the reader."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Promotion, Training
from ..training.enough import FEWEST_FRAMES
from .deciding import Decision
from .promotion import CHOSEN, SUPERSEDED

SHOWN = 5


def points(value: float) -> str:
    """A difference of average precision, in points of a hundred, with its sign."""
    text = number_format(abs(value) * 100, decimal_pos=1)
    return f"+{text}" if value >= 0 else f"−{text}"


def reason_of(decision: Decision) -> str:
    if decision.has_too_few_frames:
        return too_few_text(decision)
    low, high = decision.low or 0.0, decision.high or 0.0
    words = {"low": points(low), "high": points(high), "classes": fallen_text(decision)}
    texts = {
        "first": _("Nothing has proposed here before that it could be compared with."),
        "better": _(
            "Surely better: with 95 %% certainty it gains between %(low)s and %(high)s points of mAP, and no "
            "class loses more than the margin."
        ),
        "not_measured": _("It could not be measured: there are no held-out images, or no boxes on them."),
        "finds_nothing": _("It finds nothing on the held-out images."),
        "not_sure": _(
            "Not surely better: with 95 %% certainty the difference is between %(low)s and %(high)s points of "
            "mAP. More held-out images make this interval narrower."
        ),
        "class_fell": _("Better on the whole, but these classes lose more than the margin: %(classes)s."),
    }
    return texts[decision.code] % words


def too_few_text(decision: Decision) -> str:
    words = {"frames": decision.frames, "needed": FEWEST_FRAMES}
    said = ngettext(
        "Not surely better: %(frames)s image is held out, and at least %(needed)s are needed before a difference "
        "says anything.",
        "Not surely better: %(frames)s images are held out, and at least %(needed)s are needed before a difference "
        "says anything.",
        decision.frames,
    )
    if decision.may_be_chosen:
        return f"{said % words} " + _("On these it looks better; it takes over by a manager's click alone.")
    return str(said % words)


def fallen_text(decision: Decision) -> str:
    shown = [f"{name} ({points(delta)})" for name, delta in list(decision.fallen.items())[:SHOWN]]
    more = len(decision.fallen) - len(shown)
    return ", ".join(shown) + (" …" if more > 0 else "")


def training_reason(training: Training) -> str:
    """Why it ended as it did, where that is not the decision itself."""
    if training.reason == SUPERSEDED:
        return _("Another model was chosen before anybody decided.")
    return _(training.reason) if training.reason else ""


def promotion_reason(promotion: Promotion) -> str:
    if promotion.reason == CHOSEN:
        return _("Chosen on the page of the model.")
    return promotion.reason
