"""All figures of a project at once: read by sixteen queries at most, whatever there is in it."""

from django.utils.translation import gettext as _
from msgspec import Struct

from ..models import Frame, Label, ModelVersion
from . import effort, loop, reviews, work
from .choice import Choice
from .figure import Figure, Number, Select
from .loop import Names
from .proposals import Counts, counts_for, sure_by_label
from .tally import Tally, share, tally
from .times import effort_of, on_boxes, times_for


class Option(Struct, frozen=True):
    id: int
    name: str


class Report(Struct, frozen=True):
    """``is_empty``: nothing at all was judged, missed, timed or done in this time. ``versions`` and ``labels``: what
    can be asked for."""

    numbers: list[Number]
    figures: list[Figure]
    versions: list[Option]
    labels: list[Option]
    is_empty: bool


def report_for(choice: Choice) -> Report:
    counts = counts_for(choice)
    names = names_for(choice, counts)
    chosen = loop.narrowed(counts, choice)
    times, done = times_for(choice), work.done_by_people(choice)
    box_times = on_boxes(times, choice)
    verdicts = reviews.verdicts_by_person(choice)
    people = work.names_of({one.user for one in done} | verdicts.keys())
    shown = {user: people[user] for user in effort.busiest(done) if user in people}
    untouched = work.untouched_by_label(choice)
    opinions, queue = work.opinions_for(choice), work.queue_of(choice.project)
    figures = [
        loop.proposals(chosen, choice),
        loop.quality(chosen, choice),
        loop.thresholds(chosen),
        effort.frame_seconds(times, choice),
        loop.versions(chosen, choice, names),
        loop.classes(chosen, choice, names),
        effort.box_seconds(box_times),
        effort.untouched(untouched, names.labels),
        loop.sure(sure_by_label(choice), names.labels),
        effort.people_frames(done, shown, choice),
        effort.people_boxes(done, shown, choice),
        effort.people(done, work.completed_by_people(choice), people),
        reviews.figure(verdicts, people),
        effort.queue(queue),
        effort.feedback(opinions, choice),
    ]
    whole = tally(chosen.judged, chosen.missed, choice.step)
    return Report(
        [
            *model_numbers(whole),
            *work_numbers(effort_of(box_times).per_box, effort_of(times).per_frame, untouched, queue),
        ],
        figures,
        [Option(key, name) for key, name in sorted(names.versions.items(), key=lambda pair: pair[1])],
        [Option(key, name) for key, name in names.labels.items()],
        not (counts.frames or times or done or opinions or verdicts or is_narrowed(choice)),
    )


def is_narrowed(choice: Choice) -> bool:
    """Then what is not shown may be there all the same."""
    return choice.asked.version is not None or choice.asked.label is not None


def names_for(choice: Choice, counts: Counts) -> Names:
    """Of the versions that were seen or asked for, and of all labels. Two queries."""
    seen = {one.version for one in counts.judged} | {one.version for one in counts.missed}
    if choice.asked.version is not None:
        seen.add(choice.asked.version)
    labels = Label.objects.filter(project=choice.project).order_by("position", "pk")
    return Names(
        {one.pk: str(one) for one in ModelVersion.objects.filter(pk__in=seen)},
        dict(labels.values_list("pk", "name")),
    )


def model_numbers(whole: Tally) -> list[Number]:
    def number(key: str, title: str, value: float | None, select: Select) -> Number:
        return Number(key, title, value, "share", "proposals", select)

    return [
        number(
            "accepted",
            _("Accepted as proposed"),
            share(whole.accepted, whole.decided),
            {"outcome": "accepted"},
        ),
        number("precision", _("Precision"), whole.precision, {"outcome": "judged"}),
        number("recall", _("Recall"), whole.recall, {"outcome": "kept"}),
    ]


def work_numbers(
    per_box: float | None,
    per_frame: float | None,
    untouched: list[work.Untouched],
    queue: dict[str, int],
) -> list[Number]:
    """``per_box``, ``per_frame``: median seconds."""
    boxes, kept = sum(one.boxes for one in untouched), sum(one.untouched for one in untouched)
    left = sum(count for status, count in queue.items() if status not in Frame.DONE)
    return [
        Number(
            "untouched",
            _("Never touched by hand"),
            share(kept, boxes),
            "share",
            "untouched",
            {"of": "untouched"},
        ),
        Number("box_seconds", _("Seconds per box"), per_box, "seconds", "box_seconds", {}),
        Number("frame_seconds", _("Seconds per image"), per_frame, "seconds", "frame_seconds", {}),
        Number("left", _("Images left"), left, "count", "queue", {"status": "left"}),
    ]
