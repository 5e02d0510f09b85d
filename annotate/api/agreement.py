"""Several people independently: asking them, how much they agree, merging what they drew, and gold images."""

from typing import Annotated

from django.utils.translation import gettext as _
from msgspec import UNSET, Meta, Struct, UnsetType

from ..access import Role
from ..actions.agreement import who_may_be_asked
from ..agreement.cards import frame_card, most_disputed
from ..agreement.comparing import Comparison, Pile, compare, piles_in, waiting_in
from ..agreement.copies import (
    MOST_FRAMES,
    MOST_PEOPLE,
    Copy,
    CopyRefused,
    ask,
    copies_of,
    mark_gold,
    next_to_label,
)
from ..agreement.measures import Score
from ..agreement.merging import Words, mergeable, words_for
from ..jobs import merge as work
from ..models import Frame, Project
from ..review.independent import labelled_for, wanted_in, what_is_missing
from .calls import Call, Problem, invalid
from .changes import queued
from .frames import FrameInfo, Id, info_of
from .jobs import JobInfo
from .routes import route

Number = Annotated[int, Meta(ge=1, le=MOST_FRAMES)]


class PersonFigures(Struct):
    """``copy``: id of the project in which they label; ``done`` of ``frames`` are complete. ``compared``: on how many
    images they were compared with others; ``gold_f1``: with ``gold_frames`` gold images. ``alpha``: Krippendorff's, of
    what they say of each object with what each of the others says. Shares go from 0 to 1, and are null where there is
    nothing to have a share in."""

    user: int
    name: str
    copy: int
    frames: int
    done: int
    compared: int
    f1: float | None
    iou: float | None
    alpha: float | None
    gold_frames: int
    gold_f1: float | None


class PairFigures(Struct):
    """Of two people, by their ids."""

    one: int
    other: int
    f1: float | None
    iou: float | None


class ClassFigures(Struct):
    """``alpha``: Krippendorff's, of this class against the rest."""

    name: str
    boxes: int
    f1: float | None
    iou: float | None
    alpha: float | None


class DisputedFrame(Struct):
    """``says``: the first disagreements in words, ``more``: how many others there are."""

    frame: int
    f1: float | None
    says: list[str]
    more: int


class AgreementInfo(Struct):
    """Counted on the last ``compared`` images that at least two people have finished; ``not_counted`` are older.
    ``disputed``: images of these on which people disagree, ``disagreements`` of them, the most disputed first.
    ``wanted``: how many people label an image before it is merged. ``ready``: images that can be merged, ``left_out``:
    finished by all, but finished or drawn on in the project too, ``short``: given to fewer people than wanted,
    ``waiting``: those that somebody has not finished. ``gold``: how many gold images there are."""

    compared: int
    not_counted: int
    f1: float | None
    iou: float | None
    alpha: float | None
    people: list[PersonFigures]
    pairs: list[PairFigures]
    classes: list[ClassFigures]
    disagreements: int
    disputed: list[DisputedFrame]
    wanted: int
    ready: int
    left_out: int
    short: int
    waiting: int
    gold: int


class Ask(Struct, forbid_unknown_fields=True):
    """``people``: members who may draw. Either ``frames``, or ``number`` of the next images to annotate. ``per_image``:
    how many of them label each image, those counted who have it already; null: all of them. Left out, it is the number
    of the project where several people label each image, and otherwise null."""

    people: Annotated[list[Id], Meta(min_length=1, max_length=MOST_PEOPLE)]
    frames: Annotated[list[Id], Meta(max_length=MOST_FRAMES)] = []
    number: Number | None = None
    per_image: Annotated[int, Meta(ge=1, le=MOST_PEOPLE)] | UnsetType | None = UNSET


class Asked(Struct):
    """``added``: images that were given out, counted for each person; those that they have already are not, nor those
    that enough other people have."""

    added: int


class FrameLabelled(Struct):
    """Of ``wanted`` people ``done`` have labelled the image independently; ``asked`` have a copy of it.
    ``merged_from``: of how many people's labels its boxes were made, 0 for none. ``missing``: what an approval still
    waits for, in words."""

    wanted: int
    asked: int
    done: int
    merged_from: int
    missing: str


class Labelling(Struct):
    """``labelled`` is null where one reviewer decides alone: in projects without this mode, for gold images, and for
    what was complete before it was switched on."""

    labelled: FrameLabelled | None


class Gold(Struct, forbid_unknown_fields=True):
    is_gold: bool


@route("GET", "projects/<id:project_id>/agreement", role=Role.REVIEWER)
def get_agreement(call: Call, project: Project) -> AgreementInfo:
    """How much people agree who labelled the same images independently: in all, by person, pair and class."""
    copies = copies_of(project)
    piles = piles_in(project, copies)
    found = compare(project, piles)
    free, left_out = mergeable(piles)
    disputed = disputed_in(found, piles, words_for(project, copies))
    whole = found.measures.whole
    return AgreementInfo(
        compared=len(found.looks),
        not_counted=found.left_out,
        f1=whole.f1,
        iou=whole.iou,
        alpha=found.measures.alpha,
        people=[person_figures(copy, found) for copy in copies],
        pairs=[
            PairFigures(*pair, score.f1, score.iou) for pair, score in sorted(found.measures.pairs.items())
        ],
        classes=classes_in(project, found),
        disagreements=len(disputed),
        disputed=disputed,
        wanted=wanted_in(project),
        ready=len(free),
        left_out=left_out,
        **waiting_in(piles),
        gold=project.frames.filter(is_gold=True).count(),
    )


def person_figures(copy: Copy, found: Comparison) -> PersonFigures:
    person = copy.person.pk
    score = found.measures.of_person(person)
    return PersonFigures(
        user=person,
        name=copy.person.display_name,
        copy=copy.project.pk,
        frames=copy.frames,
        done=copy.done,
        compared=found.measures.looked.get(person, 0),
        f1=score.f1,
        iou=score.iou,
        alpha=found.measures.alphas.get(person),
        gold_frames=found.gold_frames.get(person, 0),
        gold_f1=found.gold.get(person, Score()).f1,
    )


def classes_in(project: Project, found: Comparison) -> list[ClassFigures]:
    """By name, written as in the project where it has such a label."""
    written = {name.casefold(): name for name in project.labels.values_list("name", flat=True)}
    return [
        ClassFigures(written.get(name, name), one.boxes, one.score.f1, one.score.iou, one.alpha)
        for name, one in sorted(found.measures.classes.items())
    ]


def disputed_in(found: Comparison, piles: list[Pile], words: Words) -> list[DisputedFrame]:
    by_frame = {pile.original.pk: pile for pile in piles}
    disputed = []
    for pk in most_disputed(found):
        score = found.measures.frames[pk]
        card = frame_card(by_frame[pk], found.looks[pk], score, words)
        disputed.append(DisputedFrame(pk, score.f1, card["lines"], card["more"]))
    return disputed


@route("POST", "projects/<id:project_id>/agreement/ask", role=Role.MANAGER, status=201)
def ask_people(call: Call, project: Project, body: Ask) -> Asked:
    """Gives images to several people, each in a copy of the project where nobody sees what others draw. Asked again it
    adds what is missing."""
    people = list(who_may_be_asked(project).filter(pk__in=body.people))
    if len(people) < len(set(body.people)):
        text = _("The role of this person does not allow this work. Nothing was changed.")
        raise invalid({"people": [text]})
    try:
        return Asked(ask(project, people, frames_of(project, body), call.user, each=each_in(project, body)))
    except CopyRefused as refused:
        raise Problem(422, str(refused), code="ask") from refused


def each_in(project: Project, body: Ask) -> int | None:
    if body.per_image is not UNSET:
        return body.per_image
    return project.annotators_per_image if project.review == Project.ReviewMode.CONSENSUS else None


def frames_of(project: Project, body: Ask) -> list[int]:
    """Raises Problem."""
    if body.number is not None and not body.frames:
        return next_to_label(project, body.number)
    found = list(project.frames.filter(pk__in=body.frames).values_list("pk", flat=True))
    if len(found) < len(set(body.frames)):
        raise invalid({"frames": [_("There is no such image.")]})
    return found


@route(
    "POST",
    "projects/<id:project_id>/agreement/merge",
    role=Role.REVIEWER,
    status=202,
    also={409: "No image can be merged, or a merge is still running."},
)
def merge_labels(call: Call, project: Project) -> JobInfo:
    """Queues merging: what people agree on becomes boxes, what they dispute becomes comments."""
    try:
        return queued(call, project, work.start_merge(project, call.user))
    except work.MergeRefused as refused:
        raise Problem(409, str(refused), code="merge") from refused


@route(
    "POST",
    "projects/<id:project_id>/agreement/merge/undo",
    role=Role.REVIEWER,
    status=202,
    also={409: "There is no merge of mine to take back, or one is still running."},
)
def undo_merge(call: Call, project: Project) -> JobInfo:
    """Queues taking back the last merge, for whoever started it; what people changed since stays."""
    _last, undoable = work.last_merge(project)
    if undoable is None:
        raise Problem(409, _("This cannot be undone."), code="merge")
    try:
        return queued(call, project, work.start_undo(undoable, call.user))
    except work.MergeRefused as refused:
        raise Problem(409, str(refused), code="merge") from refused


@route("GET", "frames/<id:frame_id>/labelled", role=Role.REVIEWER)
def get_labelled(call: Call, frame: Frame) -> Labelling:
    """How many people have labelled an image independently, and what its approval still waits for."""
    found = labelled_for([frame]).get(frame.pk)
    if found is None:
        return Labelling(None)
    return Labelling(
        FrameLabelled(found.wanted, found.asked, found.done, found.merged_from, what_is_missing(found))
    )


@route("PUT", "frames/<id:frame_id>/gold", role=Role.MANAGER)
def set_gold(call: Call, frame: Frame, body: Gold) -> FrameInfo:
    """Whether its boxes are what people are measured with."""
    mark_gold([frame.pk], is_gold=body.is_gold)
    frame.is_gold = body.is_gold
    return info_of(frame)
