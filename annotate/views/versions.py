"""The pages of dataset versions: what there is, what differs between two, and the buttons that start work on them."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ..access import Role, at_least, require_role
from ..datasets import remotes
from ..datasets.catalogue import FORMATS
from ..datasets.compare import KINDS, sums_of
from ..datasets.export_wish import WishRefused, parse_export
from ..datasets.repository import Repository
from ..datasets.snapshot import MESSAGE_CHARACTERS
from ..datasets.versions import Difference, difference
from ..datasets.who import names_of, who_changed
from ..jobs import exporting
from ..jobs import versions as work
from ..models import DatasetVersion, Frame, Job, Project, User
from .version_cards import NAMES, cards_for, counts_of, frame_card, sum_rows, work_row

PER_PAGE = 20
FRAMES_PER_PAGE = 24
WORK_SHOWN = 5
COUNTED = 1500
"""Changed images up to which every box is counted while the reader waits; beyond, only those of the page."""
WORK_KINDS = (Job.Kind.SNAPSHOT, Job.Kind.RESTORE, Job.Kind.SYNC_DATA)


@require_safe
@require_role(Role.VIEWER)
def versions(request: HttpRequest, project: Project) -> HttpResponse:
    """With ``?part=rows`` only what changes, for the script that keeps the page up to date."""
    role: str = request.role  # type: ignore[attr-defined]
    user = cast(User, request.user)
    found = DatasetVersion.objects.filter(project=project).select_related("created_by").order_by("-number")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    jobs = project.jobs.filter(kind__in=WORK_KINDS).select_related("created_by").order_by("-created_at")
    rows = [work_row(job, user, role) for job in jobs[:WORK_SHOWN]]
    colors = dict(project.labels.values_list("name", "color"))
    context = {
        "project": project,
        "page": page,
        "cards": cards_for(list(page.object_list), colors, Repository(project.pk)),
        "rows": rows,
        "is_busy": any(row["is_active"] for row in rows),
        "ready": project.frames.filter(status__in=Frame.DONE).exists(),
        "has_remote": remotes.is_set(),
        "message_characters": MESSAGE_CHARACTERS,
        "is_manager": at_least(role, Role.MANAGER),
        "may_export": at_least(role, Role.REVIEWER),
        "formats": FORMATS.values(),
        "section": "versions",
    }
    part = request.GET.get("part") == "rows"
    return render(request, "annotate/_version_rows.html" if part else "annotate/versions.html", context)


@require_POST
@require_role(Role.MANAGER)
def make_version(request: HttpRequest, project: Project) -> HttpResponse:
    message = " ".join(request.POST.get("message", "").replace("\x00", "").split())
    work.start_snapshot(project, user=cast(User, request.user), message=message)
    messages.success(request, _("The new version is being made. Everybody can go on working meanwhile."))
    return redirect("versions", project.pk)


@require_POST
@require_role(Role.MANAGER)
def restore_version(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    version = version_or_404(project, str(number))
    work.start_restore(version, user=cast(User, request.user))
    messages.success(request, _("Version %(number)s is being restored, image by image.") % {"number": number})
    return redirect("versions", project.pk)


@require_POST
@require_role(Role.REVIEWER)
def export_version(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    """``format``: one of catalogue.FORMATS. The archive is fetched on the page of data, like every export."""
    version = version_or_404(project, str(number))
    try:
        wish = parse_export(project, {"format": request.POST.get("format", ""), "version": version.number})
        exporting.start_export(project, wish, user=cast(User, request.user))
    except WishRefused as refused:
        messages.error(request, str(refused))
        return redirect("versions", project.pk)
    except exporting.TooMany:
        messages.error(request, _("Several exports are running already. Wait for one of them, or stop it."))
        return redirect("versions", project.pk)
    messages.success(request, _("The export has begun. It can be downloaded here when it is ready."))
    return redirect(f"{reverse('data', args=[project.pk])}#exports")


@require_POST
@require_role(Role.MANAGER)
def copy_versions(request: HttpRequest, project: Project) -> HttpResponse:
    is_pull = request.POST.get("action") == "pull"
    work.start_copy(project, user=cast(User, request.user), pull=is_pull)
    return redirect("versions", project.pk)


@require_safe
@require_role(Role.VIEWER)
def compare_versions(request: HttpRequest, project: Project) -> HttpResponse:
    """``?before=1&after=2``; without, the newest two."""
    numbers = list(
        DatasetVersion.objects.filter(project=project).order_by("-number").values_list("number", flat=True)
    )
    if len(numbers) < 2:
        raise Http404(_("There are no two versions to compare yet."))
    before = version_or_404(project, request.GET.get("before", str(numbers[1])))
    after = version_or_404(project, request.GET.get("after", str(numbers[0])))
    context = {
        "project": project,
        "numbers": numbers,
        "before": before,
        "after": after,
        "is_manager": at_least(request.role, Role.MANAGER),  # type: ignore[attr-defined]
        "section": "versions",
        "page_query": urlencode({"before": before.number, "after": after.number}),
    }
    try:
        found = difference(Repository(project.pk), before.digest, after.digest)
        context |= comparison(project, found, request.GET.get("page"))
    except (OSError, ValueError):
        context["is_missing"] = True
    return render(request, "annotate/compare_versions.html", context)


def comparison(project: Project, found: Difference, page_number: str | None) -> dict[str, Any]:
    """What the template shows of a difference. Raises OSError, ValueError."""
    frame_ids = list(found.files)
    page = Paginator(frame_ids, FRAMES_PER_PAGE).get_page(page_number)
    is_counted = len(frame_ids) <= COUNTED
    shown = list(page.object_list)
    changes = found.changes(frame_ids if is_counted else shown)
    by_frame = {change.frame_id: change for change in changes}
    sums = sums_of(changes, who_changed(project, changes))
    there = set(Frame.objects.filter(project=project, pk__in=shown).values_list("pk", flat=True))
    return {
        "page": page,
        "frames": found.frames,
        "is_counted": is_counted,
        "kinds": [NAMES[kind] for kind in KINDS],
        "totals": counts_of(sums.kinds),
        "people": sum_rows(sums.people, names_of(sums.people)),
        "models": sum_rows(sums.models, {}),
        "cards": [frame_card(by_frame[pk], has_image=pk in there) for pk in shown],
    }


def version_or_404(project: Project, number: str) -> DatasetVersion:
    found = number.isdecimal() and len(number) < 10
    version = DatasetVersion.objects.filter(project=project, number=int(number)).first() if found else None
    if version is None:
        raise Http404(_("There is no such version."))
    return version
