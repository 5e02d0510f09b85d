"""In which order waiting frames are given out: a registry. Project.strategy names one of it.

A strategy is a function that yields choices, the best first; the picker takes the first frame of the first choice
that it can have. To add one: write the function, give it a name and a label with ``@strategy``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ..models import Frame

RANDOM_SHARE = 0.25
"""Of the picks by expected use are drawn blindly: the cold start, the unbiased part of every figure, and the sensor
for drift (mlops.md 4.3: 20 to 30 %)."""
DEFAULT = "expected_use"

Reasons = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """Frames in the order in which to take one, and what to write down: ``why`` is a word of words.py."""

    frames: QuerySet[Frame]
    why: str
    facts: Reasons = field(default_factory=dict)

    @property
    def reasons(self) -> Reasons:
        return {"why": self.why, **self.facts}


Choose = Callable[[QuerySet[Frame], Random], Iterator[Choice]]
"""From the frames that wait, and dice."""


@dataclass(frozen=True, slots=True)
class Strategy:
    name: str
    label: Any
    choose: Choose


STRATEGIES: dict[str, Strategy] = {}


def strategy(name: str, label: Any) -> Callable[[Choose], Choose]:
    """Registers a function under ``name``. Raises ValueError for a name that is taken."""

    def register(choose: Choose) -> Choose:
        if name in STRATEGIES:
            raise ValueError(f"there is a strategy {name} already")
        STRATEGIES[name] = Strategy(name, label, choose)
        return choose

    return register


def strategy_named(name: str) -> Strategy:
    """The default for a name that no longer exists: work must go on when one is taken out."""
    return STRATEGIES.get(name) or STRATEGIES[DEFAULT]


def strategy_choices() -> list[tuple[str, Any]]:
    return [(one.name, one.label) for one in STRATEGIES.values()]


@strategy(DEFAULT, _("By expected use, a quarter at random"))
def by_expected_use(waiting: QuerySet[Frame], dice: Random) -> Iterator[Choice]:
    drawn = dice.random()
    facts = {"drawn": round(drawn, 4), "random_share": RANDOM_SHARE}
    if drawn < RANDOM_SHARE:
        yield drawn_from(waiting, dice, facts)
    scored = waiting.filter(score__isnull=False).order_by("-score", "pk")
    yield Choice(scored, "expected_use", facts)
    for choice in in_order(waiting, dice):
        yield Choice(choice.frames, "unscored", facts)


@strategy("in_order", _("In order, as the images came"))
def in_order(waiting: QuerySet[Frame], dice: Random) -> Iterator[Choice]:
    """What nobody has begun first."""
    for status in (Frame.Status.TO_ANNOTATE, None):
        frames = waiting.filter(status=status) if status else waiting
        yield Choice(frames.order_by("source", "index", "pk"), "in_order")


@strategy("random", _("At random"))
def at_random(waiting: QuerySet[Frame], dice: Random) -> Iterator[Choice]:
    yield drawn_from(waiting, dice, {})
    yield Choice(waiting.order_by("pk"), "random")  # the one that was drawn was just taken


def drawn_from(waiting: QuerySet[Frame], dice: Random, facts: Reasons) -> Choice:
    """One frame, each with the same chance."""
    total = waiting.count()
    chosen = waiting.order_by("pk").values_list("pk", flat=True)[dice.randrange(total) :][:1] if total else []
    return Choice(waiting.filter(pk__in=list(chosen)), "random", {**facts, "waiting": total})
