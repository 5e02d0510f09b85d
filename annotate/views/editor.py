"""The editor of one frame: the page, and the same data as JSON for going on without a reload."""

from typing import Any, TypedDict, cast

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..access import Role, check_role, require_role
from ..models import Box, Frame, Project, Proposal, User
from ..preferences import preferences_of
from ..queue.claims import claim_on
from ..queue.words import card_of
from .api import signed_out
from .detection_cards import page_data
from .review_cards import review_card
from .thumbnail_boxes import is_proposal, live_boxes

WINDOW = 30
"""How many frames the filmstrip gets on each side of the present one."""
BOXES_IN_FILMSTRIP = 40
MOST_MEMBERS = 500


class FrameCard(TypedDict):
    """A frame in the filmstrip. ``boxes``: x, y, width, height in image pixels, the colour, and whether it is an open
    proposal."""

    id: int
    name: str
    position: int
    status: str
    is_blind: bool
    width: int
    height: int
    url: str
    data: str
    image: str
    thumbnail: str
    boxes: list[list[float | str | bool]]


def before(frame: Frame) -> Q:
    """The frames before this one, in the order that frames have everywhere (Meta of Source, then index)."""
    source = frame.source
    same = Q(source__created_at=source.created_at)
    return (
        Q(source__created_at__gt=source.created_at)
        | (same & Q(source__gt=source.pk))
        | Q(source=source.pk, index__lt=frame.index)
        | Q(source=source.pk, index=frame.index, pk__lt=frame.pk)
    )


def ordered(frames: QuerySet[Frame], *, backwards: bool = False) -> QuerySet[Frame]:
    names = ["-source__created_at", "-source_id", "index", "pk"]
    query = frames.order_by(*names)
    return query.reverse() if backwards else query


def frames_around(frame: Frame) -> tuple[list[Frame], int]:
    """Up to WINDOW frames on each side, this one among them, and the position of the first, from 1."""
    frames = Frame.objects.filter(project=frame.project_id)
    earlier = list(ordered(frames.filter(before(frame)), backwards=True)[:WINDOW])
    rest = ordered(frames.exclude(before(frame)).exclude(pk=frame.pk))
    first = frames.filter(before(frame)).count() - len(earlier) + 1
    return [*reversed(earlier), frame, *rest[:WINDOW]], first


def cards(project_id: int, frames: list[Frame], first: int) -> list[FrameCard]:
    boxes = live_boxes(frames)
    return [
        {
            "id": frame.pk,
            "name": frame.name,
            "position": position,
            "status": frame.status,
            "is_blind": frame.is_blind,
            "width": frame.width,
            "height": frame.height,
            "url": reverse("editor", args=[project_id, frame.pk]),
            "data": reverse("editor_data", args=[frame.pk]),
            "image": f"/frames/{frame.pk}/image",
            "thumbnail": f"/frames/{frame.pk}/thumbnail",
            "boxes": [outline(box) for box in boxes.get(frame.pk, [])[:BOXES_IN_FILMSTRIP]],
        }
        for position, frame in enumerate(frames, start=first)
    ]


def outline(box: Box) -> list[float | str | bool]:
    place = (box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1)
    return [*(round(pixels, 1) for pixels in place), box.label.color, is_proposal(box)]


def editor_state(frame: Frame, user: User, role: str) -> dict[str, Any]:
    """All that the page needs to begin; what is live comes through the socket."""
    frames, first = frames_around(frame)
    filmstrip = cards(frame.project_id, frames, first)
    here = frames.index(frame)
    labels = frame.project.labels.order_by("position", "pk")
    claim = claim_on(frame, user)
    return {
        "project": {
            "id": frame.project_id,
            "name": frame.project.name,
            "url": reverse("project", args=[frame.project_id]),
        },
        "frame": filmstrip[here],
        "claim": card_of(claim) if claim else None,
        "total": frame.project.frames.count(),
        "previous": filmstrip[here - 1] if here else None,
        "next": filmstrip[here + 1] if here + 1 < len(filmstrip) else None,
        "filmstrip": filmstrip,
        "labels": [
            {"id": one.pk, "name": one.name, "color": one.color, "key": one.key, "active": one.is_active}
            for one in labels
        ],
        "statuses": dict(Frame.Status.choices),
        "role": role,
        "review": review_card(frame, user, role),
        "user": {"id": user.pk, "name": user.display_name},
        "members": members_of(frame.project),
        "preferences": preferences_of(user),
        "detection": page_data(frame.project, role),
        "judges": judges_of(frame),
    }


def judges_of(frame: Frame) -> dict[str, tuple[int, int]]:
    """By box, of what a model proposed: who judged it, and at which revision."""
    judged = Proposal.objects.filter(frame=frame, judged_by__isnull=False, box__deleted_revision__isnull=True)
    return {
        str(box): (user, revision or 0)
        for box, user, revision in judged.values_list("box_id", "judged_by_id", "judged_revision")
    }


def members_of(project: Project) -> list[dict[str, Any]]:
    """Whom a comment can mention, and whose boxes a filter can show."""
    memberships = project.memberships.filter(user__is_active=True).select_related("user")
    people = [membership.user for membership in memberships.order_by("user__username")[:MOST_MEMBERS]]
    return [{"id": one.pk, "username": one.username, "name": one.display_name} for one in people]


def missing() -> Http404:
    return Http404(_("There is no such page, or you are not a member of its project."))


def frame_with_project(frame_id: int) -> Frame:
    """Raises Http404."""
    frame = Frame.objects.select_related("project", "source").filter(pk=frame_id).first()
    if frame is None:
        raise missing()
    return frame


@require_safe
@require_role(Role.VIEWER)
def editor(request: HttpRequest, project: Project, frame_id: int) -> HttpResponse:
    """The page. 404 for a frame of another project, as for one that does not exist."""
    frame = frame_with_project(frame_id)
    if frame.project_id != project.pk:
        raise missing()
    role: str = request.role  # type: ignore[attr-defined]
    state = editor_state(frame, cast(User, request.user), role)
    return render(request, "annotate/editor.html", {"project": project, "frame": frame, "state": state})


@require_safe
def editor_data(request: HttpRequest, frame_id: int) -> HttpResponse:
    """The same as JSON, by frame alone. 401 for somebody signed out, 404 for somebody who is not a member."""
    if not request.user.is_authenticated:
        return signed_out()
    user = request.user
    frame = frame_with_project(frame_id)
    role = check_role(user, frame.project_id, Role.VIEWER)
    return JsonResponse(editor_state(frame, user, role))
