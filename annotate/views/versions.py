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
from ..actions.jobs import message_about
from ..datasets import remotes
from ..datasets.catalogue import FORMATS
from ..datasets.compare import KINDS
from ..datasets.export_wish import WishRefused, parse_export
from ..datasets.repository import Repository
from ..datasets.snapshot import MESSAGE_CHARACTERS
from ..datasets.totals import AT_ONCE, Totals, totals_of
from ..datasets.versions import Difference, difference
from ..datasets.who import names_of
from ..jobs import comparing, exporting
from ..jobs import versions as work
from ..models import DatasetVersion, Frame, Job, Project, User
from .version_cards import NAMES, cards_for, counts_of, frame_card, sum_rows, work_row

PER_PAGE = 20
FRAMES_PER_PAGE = 24
WORK_SHOWN = 5
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
        "cards": cards_for(list(page.object_list), colors, Repository(project.pk), user),
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
    _job, is_new = work.start_copy(project, user=cast(User, request.user), pull=is_pull)
    if not is_new:
        said = (
            _("Versions are being fetched already.") if is_pull else _("Versions are being copied already.")
        )
        messages.info(request, said)
    return redirect("versions", project.pk)


@require_safe
@require_role(Role.VIEWER)
def compare_versions(request: HttpRequest, project: Project) -> HttpResponse:
    """``?before=1&after=2``; without, the newest two. With ``?part=totals`` only what changes, for the script that
    keeps the page up to date while a job counts."""
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
        if request.GET.get("part") == "totals":
            return render(request, "annotate/_compare_totals.html", context | totals_shown(before, after))
        found = difference(Repository(project.pk), before.digest, after.digest)
        context |= totals_shown(before, after, found) | frames_shown(project, found, request.GET.get("page"))
    except (OSError, ValueError):
        context["is_missing"] = True
    return render(request, "annotate/compare_versions.html", context)


@require_POST
@require_role(Role.VIEWER)
def count_difference(request: HttpRequest, project: Project) -> HttpResponse:
    """Of two versions between which many images changed: ``before``, ``after``."""
    before = version_or_404(project, request.POST.get("before", ""))
    after = version_or_404(project, request.POST.get("after", ""))
    try:
        comparing.start_comparison(before, after, user=cast(User, request.user))
    except comparing.TooMany:
        messages.error(
            request, _("Several comparisons are running already. Wait for one of them, or stop it.")
        )
    query = urlencode({"before": before.number, "after": after.number})
    return redirect(f"{reverse('compare_versions', args=[project.pk])}?{query}")


def totals_shown(
    before: DatasetVersion, after: DatasetVersion, found: Difference | None = None
) -> dict[str, Any]:
    """What the template shows of all boxes. ``found``: counted right now where it is small; without, only what a job
    has counted. Raises OSError, ValueError."""
    job = comparing.job_for(before, after)
    totals = comparing.totals_in(job)
    if totals is None and found is not None and len(found.files) <= AT_ONCE:
        totals = totals_of(before.project, found)
    is_busy = job is not None and job.state in comparing.AT_WORK
    shown = {"job": job, "is_busy": is_busy, "is_counted": totals is not None}
    return shown | {"message": message_about(job) if job else ""} | table_of(totals)


def table_of(totals: Totals | None) -> dict[str, Any]:
    if totals is None:
        return {}
    return {
        "kinds": [NAMES[kind] for kind in KINDS],
        "totals": counts_of(totals.boxes),
        "people": sum_rows(totals.people, names_of(totals.people)),
        "models": sum_rows(totals.models, {}),
    }


def frames_shown(project: Project, found: Difference, page_number: str | None) -> dict[str, Any]:
    """What the template shows of the images, a page of them. Raises OSError, ValueError."""
    page = Paginator(list(found.files), FRAMES_PER_PAGE).get_page(page_number)
    shown = list(page.object_list)
    there = set(Frame.objects.filter(project=project, pk__in=shown).values_list("pk", flat=True))
    cards = [frame_card(change, has_image=change.frame_id in there) for change in found.changes(shown)]
    return {"page": page, "frames": found.frames, "cards": cards}


def version_or_404(project: Project, number: str) -> DatasetVersion:
    found = number.isdecimal() and len(number) < 10
    version = DatasetVersion.objects.filter(project=project, number=int(number)).first() if found else None
    if version is None:
        raise Http404(_("There is no such version."))
    return version
