"""How long people need, by what they do: from the active milliseconds that their browsers measured."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from msgspec import structs

from ..models import Frame, Operation
from ..sync.operations import EDGES
from .choice import Choice
from .tally import middle

MOST_OPERATIONS = 20_000
"""The newest so many are looked at: enough for a steady median, and few enough to fetch while people edit."""

ACTIONS = ("draw", "accept", "correct", "reject", "adjust", "relabel", "delete")
VERDICT_ACTIONS = {"accepted": "accept", "corrected": "correct", "rejected": "reject"}


class Timed(NamedTuple):
    """``action`` is '' where the seconds are none of a box, ``label`` None of a rating, ``version`` None where no model
    had proposed the box."""

    frame: int
    user: int
    action: str
    ms: int
    bucket: str
    is_complete: bool
    version: int | None = None
    label: int | None = None


@dataclass(frozen=True, slots=True)
class Effort:
    """Medians in seconds. ``count``: of boxes; ``per_frame``: of all that one person spent on one complete frame."""

    count: int
    per_box: float | None
    frames: int
    per_frame: float | None


def action() -> Combinable:
    """The kind of work of an operation on a box, as the database tells it; anything else is ''."""
    is_verdict = Q(revision=F("box__proposal__judged_revision"), kind__in=("set", "delete"))
    verdicts = [
        When(is_verdict & Q(box__proposal__outcome=outcome), then=Value(name))
        for outcome, name in VERDICT_ACTIONS.items()
    ]
    return Case(
        When(kind=Operation.Kind.CREATE, then=Value("draw")),
        *verdicts,
        When(kind=Operation.Kind.DELETE, then=Value("delete")),
        When(~Q(kind=Operation.Kind.SET), then=Value("")),
        When(fields__status="accepted", then=Value("accept")),
        When(fields__status="rejected", then=Value("reject")),
        When(fields__has_any_keys=list(EDGES), then=Value("adjust")),
        When(fields__has_key="label", then=Value("relabel")),
        default=Value(""),
        output_field=CharField(),
    )


def timed_operations(choice: Choice) -> QuerySet[Any]:
    """What people did by hand and their browsers timed, newest first; ``action`` says what."""
    timed = Operation.objects.filter(
        origin=Operation.Origin.USER,
        user__isnull=False,
        ms__gt=0,
        **choice.of_frames,
        **choice.within("created_at"),
    )
    if choice.reader is not None:
        timed = timed.filter(user=choice.reader)
    return timed.annotate(action=action()).order_by("-pk")


def times_for(choice: Choice) -> list[Timed]:
    """One query."""
    rows = timed_operations(choice).annotate(bucket=choice.named("created_at"))
    of_box = ("box__proposal__detection__model_version", "box__label")
    words = ("frame", "user", "action", "ms", "bucket", "frame__status", *of_box)
    newest = rows.values_list(*words)[:MOST_OPERATIONS]
    return [
        Timed(frame, user, name, ms, bucket, status in Frame.DONE, version, label)
        for frame, user, name, ms, bucket, status, version, label in newest
    ]


def on_boxes(times: list[Timed], choice: Choice) -> list[Timed]:
    """What was spent on single boxes, of the version and the label that were asked for."""
    return [one for one in times if one.action and choice.is_wanted(one.version, one.label)]


def seconds_per_frame(times: list[Timed]) -> dict[tuple[int, int], float]:
    """Of each person on each complete frame."""
    spent: dict[tuple[int, int], int] = defaultdict(int)
    for one in times:
        if one.is_complete:
            spent[one.frame, one.user] += one.ms
    return {pair: ms / 1000 for pair, ms in spent.items()}


def effort_of(times: list[Timed]) -> Effort:
    frames = seconds_per_frame(times)
    boxes = [one.ms / 1000 for one in times if one.action]
    return Effort(len(boxes), middle(boxes), len(frames), middle(frames.values()))


def effort_by_action(times: list[Timed]) -> dict[str, Effort]:
    return {name: effort_of([one for one in times if one.action == name]) for name in ACTIONS}


def last_buckets(times: list[Timed]) -> dict[tuple[int, int], str]:
    """When each person was last at work on each complete frame."""
    last: dict[tuple[int, int], str] = {}
    for one in times:
        if one.is_complete:
            pair = one.frame, one.user
            last[pair] = max(last.get(pair, ""), one.bucket)
    return last


def seconds_by_bucket(times: list[Timed]) -> dict[str, list[float]]:
    """What was spent on complete frames, by the bucket of the last operation."""
    last = last_buckets(times)
    found: dict[str, list[float]] = defaultdict(list)
    for pair, seconds in seconds_per_frame(times).items():
        found[last[pair]].append(seconds)
    return found


def frames_timed(choice: Choice) -> set[int]:
    """The frames behind ``seconds_by_bucket``: of the bucket ``at``, of all where none is asked for. From the same
    operations as the figure itself, so that both are about the same frames. One query."""
    at = choice.asked.at
    last = last_buckets(times_for(replace(choice, asked=structs.replace(choice.asked, at=None))))
    return {frame for (frame, _user), bucket in last.items() if at is None or bucket.startswith(at)}
