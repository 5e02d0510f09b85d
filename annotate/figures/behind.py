"""The frames that a figure, a row or a cell of it counts."""

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Q, QuerySet

from ..models import Frame
from .choice import Choice
from .proposals import COMPLETE, KEPT, RIGHT, above, judged_proposals, missed_boxes, sure_proposals
from .reviews import first_reviews, given_reviews
from .times import frames_timed, on_boxes, times_for
from .work import DRAWN, JUDGED, UNTOUCHED, complete_boxes, completions, handwork, rated_boxes, rated_images

MOST_SHOWN = 200
Frames = QuerySet[Any] | Collection[int]
"""Ids of frames, most for a subquery."""


def frames_behind(name: str, choice: Choice) -> QuerySet[Frame]:
    """In the order that frames have everywhere. Raises KeyError for a figure that there is not."""
    wanted = Q()
    for ids in BEHIND[name](choice):
        wanted |= Q(pk__in=ids)
    found = Frame.objects.filter(wanted, project=choice.project)
    return found.order_by("-source__created_at", "-source_id", "index", "pk")


def going_on(found: QuerySet[Frame], choice: Choice) -> QuerySet[Frame]:
    """Those behind the frame that was asked for; frames that come or go meanwhile shift nothing."""
    if choice.asked.after is None:
        return found
    last = Frame.everything.select_related("source").filter(pk=choice.asked.after).first()
    if last is None:  # deleted a moment ago
        return found.none()
    source, same = last.source, Q(source=last.source_id)
    return found.filter(
        Q(source__created_at__lt=source.created_at)
        | Q(source__created_at=source.created_at, source__lt=source.pk)
        | same & Q(index__gt=last.index)
        | same & Q(index=last.index, pk__gt=last.pk)
    )


def of_proposals(choice: Choice) -> list[Frames]:
    """By outcome; with none, every frame where something was judged or missed."""
    outcome = choice.asked.outcome
    judged = judged_proposals(choice).filter(
        **choice.chosen(version="detection__model_version", label="label")
    )
    drawn = (
        missed_boxes(choice).filter(**choice.chosen(version="version", label="box__label")).values("frame")
    )
    shown = judged.filter(above(choice))
    hidden = judged.filter(COMPLETE, KEPT).exclude(above(choice)).values("frame")
    complete = shown.filter(COMPLETE)
    if outcome is None:
        return [judged.values("frame"), drawn]
    if outcome == "missed":
        return [drawn, hidden]
    if outcome == "kept":
        return [complete.filter(KEPT).values("frame"), hidden, drawn]
    narrowed = {"judged": complete, "right": complete.filter(RIGHT)}
    return [narrowed.get(outcome, shown.filter(outcome=outcome)).values("frame")]


def of_times(choice: Choice) -> list[Frames]:
    """From the same operations as the figure, so that both are of the same frames."""
    found = on_boxes(times_for(choice), choice)
    if choice.asked.action is not None:
        found = [one for one in found if one.action == choice.asked.action]
    if choice.asked.of == "image":  # times of whole images are those of complete ones
        found = [one for one in found if one.is_complete]
    return [{one.frame for one in found}]


def of_complete_times(choice: Choice) -> list[Frames]:
    return [frames_timed(choice)]


def of_untouched(choice: Choice) -> list[Frames]:
    boxes = complete_boxes(choice)
    return [(boxes.filter(UNTOUCHED) if choice.asked.of == "untouched" else boxes).values("frame")]


def of_sure(choice: Choice) -> list[Frames]:
    found = sure_proposals(choice)
    if choice.asked.outcome is not None:
        found = found.filter(outcome=choice.asked.outcome)
    return [found.values("frame")]


def of_feedback(choice: Choice) -> list[Frames]:
    verdict, of = choice.asked.verdict, choice.asked.of
    boxes, images = rated_boxes(choice), rated_images(choice)
    if verdict is not None:
        boxes, images = boxes.filter(feedback=verdict), images.filter(verdict=verdict)
    found = {"box": boxes.values("frame"), "image": images.values("frame")}
    return [found[of]] if of in found else [*found.values()]


def of_people(choice: Choice) -> list[Frames]:
    """Below reviewers ``choice`` holds the reader: whoever else is asked for has no frames."""
    asked = choice.asked
    done, edits = completions(choice), handwork(choice).filter(DRAWN | JUDGED)
    if asked.person is not None:
        done, edits = done.filter(user=asked.person), edits.filter(user=asked.person)
    if asked.work == "frames":
        return [done.values("frame")]
    kinds = {"drawn": DRAWN, "judged": JUDGED}
    edits = edits.filter(kinds.get(asked.work or "", Q()))
    return [edits.values("frame")] if asked.work else [done.values("frame"), edits.values("frame")]


def of_reviews(choice: Choice) -> list[Frames]:
    """Like ``of_people``, of what is the reader's own below reviewers."""
    asked = choice.asked
    first, given = first_reviews(choice), given_reviews(choice)
    if asked.person is not None:
        first, given = first.filter(completed_by=asked.person), given.filter(reviewer=asked.person)
    if asked.review == "given":
        return [given.values("frame")]
    if asked.review is not None:
        return [first.filter(verdict=asked.review).values("frame")]
    return [first.values("frame"), given.values("frame")]


def of_queue(choice: Choice) -> list[Frames]:
    frames = Frame.objects.filter(project=choice.project).order_by()
    if choice.asked.status == "left":
        frames = frames.exclude(status__in=Frame.DONE)
    elif choice.asked.status is not None:
        frames = frames.filter(status=choice.asked.status)
    return [frames.values("pk")]


BEHIND: dict[str, Callable[[Choice], list[Frames]]] = {
    "proposals": of_proposals,
    "quality": of_proposals,
    "thresholds": of_proposals,
    "versions": of_proposals,
    "classes": of_proposals,
    "box_seconds": of_times,
    "frame_seconds": of_complete_times,
    "untouched": of_untouched,
    "sure": of_sure,
    "feedback": of_feedback,
    "people": of_people,
    "people_frames": of_people,
    "people_boxes": of_people,
    "reviews": of_reviews,
    "queue": of_queue,
}
