"""The list of projects, and the page of one: its frames, its progress, the way on."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..access import Refused, Role, at_least, require_role, standing_of
from ..actions import projects as making
from ..assigning import shares_of
from ..detection.request import no_model_text
from ..detection.versions import usable_for
from ..forms import ProjectForm
from ..models import Box, Frame, Membership, Project, User
from ..queue import picking
from ..queue.words import nothing_left
from ..review.independent import labelled_for, people_text
from .jobs import upload_context
from .share_cards import share_card
from .thumbnail_boxes import is_proposal, live_boxes
from .training_overview import proposing_in, suggestion_for

FRAMES_PER_PAGE = 60
OF_REVIEW = {Frame.Status.APPROVED, Frame.Status.RETURNED}
SEARCH_CHARACTERS = 100


def count_of(frames: QuerySet[Frame]) -> Coalesce:
    """The number of the outer project's frames among ``frames``, as a subquery."""
    counted = frames.filter(project=OuterRef("pk")).order_by().values("project").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), 0)


@login_required
@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    own_role = Membership.objects.filter(project=OuterRef("pk"), user=user).values("role")
    is_archive = request.GET.get("archived") == "1"
    projects = making.listed_for(user, archived=is_archive).annotate(
        frame_count=count_of(Frame.objects.all()),
        complete_count=count_of(Frame.objects.filter(status__in=Frame.DONE)),
        member_count=Coalesce(
            Subquery(
                Membership.objects.filter(project=OuterRef("pk"))
                .order_by()
                .values("project")
                .annotate(n=Count("pk"))
                .values("n"),
                output_field=IntegerField(),
            ),
            0,
        ),
        own_role=Subquery(own_role),
    )
    page = Paginator(projects, 50).get_page(request.GET.get("page"))
    own = shares_of(user, [project.pk for project in page.object_list])
    for project in page.object_list:
        project.shares = [share_card(share) for share in own.get(project.pk, [])]  # type: ignore[attr-defined]
    context = {
        "page": page,
        "may_create": making.may_create(user),
        "roles": dict(Role.choices),
        "is_archive": is_archive,
        "archived_count": 0 if is_archive else making.listed_for(user, archived=True).count(),
        "page_query": "archived=1" if is_archive else "",
    }
    return render(request, "annotate/projects.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new project, its maker the first manager. Needs the permission ``annotate.add_project``."""
    user = cast(User, request.user)
    if not making.may_create(user):
        raise Refused(_("You may not create projects. Ask an administrator for the right to."))
    form = ProjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        project = making.create(form, user)
        messages.success(request, _("The project was created. Give it its labels, then add images."))
        return redirect("labels", project.pk)
    return render(request, "annotate/project_form.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MANAGER)
def edit(request: HttpRequest, project: Project) -> HttpResponse:
    form = ProjectForm(request.POST if request.method == "POST" else None, instance=project)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The project was saved."))
        return redirect("project", project.pk)
    context = {"form": form, "project": project, "is_manager": True, "section": "settings"}
    return render(request, "annotate/project_form.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def archive(request: HttpRequest, project_id: int) -> HttpResponse:
    """``action``: ``archive`` or ``restore``. A copy is for managers of its project too, who are no members of it."""
    user = cast(User, request.user)
    project = Project.objects.filter(pk=project_id).first()
    may = project is not None and making.may_archive(user, project)
    if project is None or not (may or standing_of(user, project)):
        raise Http404(_("There is no such page, or you are not a member of its project."))
    if not may:
        raise Refused(_("Your role in this project does not allow this."))
    action, words = request.POST.get("action"), {"name": project.name}
    if action == "archive":
        making.archive(project)
        messages.success(request, _("“%(name)s” was archived. You find it under “Archived”.") % words)
        return redirect("projects")
    if action == "restore":
        making.restore(project)
        messages.success(request, _("“%(name)s” is as it was before it was archived.") % words)
        return redirect("project", project.pk)
    return HttpResponseBadRequest(_("There is no such action. Nothing was changed."))


def chosen_frames(request: HttpRequest, project: Project) -> tuple[QuerySet[Frame], dict[str, str]]:
    """The project's frames under the filters of the address, and the filters as understood."""
    status = request.GET.get("status", "")
    search = request.GET.get("q", "").replace("\x00", "").strip()[:SEARCH_CHARACTERS]
    frames = project.frames.order_by("source", "index", "pk")
    if status in Frame.Status.values:
        frames = frames.filter(status=status)
    else:
        status = ""
    if search:
        frames = frames.filter(name__icontains=search)
    return frames, {"status": status, "q": search}


def rectangle(box: Box) -> dict[str, object]:
    """What the template draws: image pixels as text with a decimal point in every language."""
    return {
        "x": f"{box.x1:.1f}",
        "y": f"{box.y1:.1f}",
        "width": f"{box.x2 - box.x1:.1f}",
        "height": f"{box.y2 - box.y1:.1f}",
        "color": box.label.color,
        "is_proposed": is_proposal(box),
    }


def cards_for(frames: list[Frame]) -> list[dict[str, Any]]:
    found = live_boxes(frames)
    cards = []
    for frame in frames:
        boxes = found.get(frame.pk, [])
        total = boxes[0].in_frame if boxes else 0  # type: ignore[attr-defined]
        cards.append({"frame": frame, "boxes": [rectangle(box) for box in boxes], "box_count": total})
    return cards


def tell_labelled(cards: list[dict[str, Any]]) -> None:
    """``labelled`` of each card: how many people have labelled it independently, None where nobody is asked to."""
    found = labelled_for(card["frame"] for card in cards)
    for card in cards:
        one = found.get(card["frame"].pk)
        card["labelled"] = {"short": f"{one.people}/{one.wanted}", "text": people_text(one)} if one else None


def progress_of(project: Project) -> dict[str, int]:
    """How many frames there are: ``total``, ``done`` (nobody has to label them), and by status."""
    return project.frames.aggregate(
        total=Count("pk"),
        done=Count("pk", filter=Q(status__in=Frame.DONE)),
        **{str(status): Count("pk", filter=Q(status=status)) for status in Frame.Status},
    )


def states_of(project: Project, progress: dict[str, int]) -> list[tuple[str, str, int]]:
    """Those of a review only where there is one, or was."""
    shown = set(Frame.Status) if project.review != Project.ReviewMode.NONE else set(Frame.Status) - OF_REVIEW
    return [(v, str(name), progress[v]) for v, name in Frame.Status.choices if v in shown or progress[v]]


@require_safe
@require_role(Role.VIEWER)
def detail(request: HttpRequest, project: Project) -> HttpResponse:
    frames, filters = chosen_frames(request, project)
    page = Paginator(frames, FRAMES_PER_PAGE).get_page(request.GET.get("page"))
    progress = progress_of(project)
    role: str = request.role  # type: ignore[attr-defined]
    user = cast(User, request.user)
    is_manager = at_least(role, Role.MANAGER)
    cards = cards_for(list(page.object_list))
    if at_least(role, Role.REVIEWER):
        tell_labelled(cards)
    context = {
        "project": project,
        "page": page,
        "cards": cards,
        "progress": progress,
        "filters": filters,
        "states": states_of(project, progress),
        "labels": list(project.labels.filter(is_active=True).order_by("position", "pk")),
        "people": [m.user for m in project.memberships.select_related("user")[:8]],
        "role": role,
        "role_name": dict(Role.choices)[role],
        "is_manager": is_manager,
        "page_query": urlencode({name: value for name, value in filters.items() if value}),
        **(upload_context(project) if is_manager else {}),
        "suggestion": suggestion_for(project) if is_manager else None,
        "news": proposing_in(project),
        "no_model": "" if usable_for(project) else no_model_text(),
        "shares": [share_card(one) for one in shares_of(user, [project.pk]).get(project.pk, [])],
        "section": "frames",
    }
    return render(request, "annotate/project.html", context)


def next_frame(project: Project) -> Frame | None:
    """Where somebody who only looks begins: the first that nobody has begun, else the first that is not complete."""
    frames = project.frames.order_by("source", "index", "pk")
    fresh = frames.filter(status=Frame.Status.TO_ANNOTATE).first()
    return fresh or frames.exclude(status__in=Frame.DONE).first()


def frame_for(user: User, project: Project, role: str, *, takes: bool) -> Frame | None:
    if not at_least(role, Role.ANNOTATOR):
        return next_frame(project)
    if not takes:
        return picking.held(project, user) or next_frame(project)
    claim = picking.resume(project, user)
    return claim.frame if claim else None


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.VIEWER)
def resume(request: HttpRequest, project: Project) -> HttpResponse:
    """On to the next frame. The button claims one for whoever may draw: asked twice, the same one. An address that was
    only followed claims nothing."""
    user, role = cast(User, request.user), request.role  # type: ignore[attr-defined]
    frame = frame_for(user, project, role, takes=request.method == "POST")
    if frame is None:
        messages.success(request, nothing_left(project))
        return redirect("project", project.pk)
    return redirect("editor", project.pk, frame.pk)
