"""Several people independently: who labels what, how much they agree, where they do not, and the way to one result."""

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from ..access import Role, at_least, require_role
from ..actions.jobs import may_change, message_about
from ..actions.projects import archive
from ..agreement.cards import class_rows, decimal, frame_card, most_disputed, pair_rows, percent, person_rows
from ..agreement.comparing import Pile, compare, piles_in, waiting_in
from ..agreement.copies import Copy, CopyRefused, ask, copies_of, mark_gold
from ..agreement.files import tables_of
from ..agreement.merging import mergeable, words_for
from ..jobs import merge as work
from ..models import Job, Project, User
from ..review.independent import wanted_in
from .agreement_forms import AskForm
from .job_cards import state_name

PER_PAGE = 12
OUTCOMES = ("merged", "undone", "boxes", "disputes", "has_boxes", "done", "changed", "gone")


def outcome_of(job: Job) -> str:
    """What a merge, or its undo, has done so far, in words."""
    counts: dict[str, int] = job.result.get("counts", {})

    def words(name: str) -> str:
        number = counts[name]
        texts = {
            "merged": ngettext("%(n)s image merged", "%(n)s images merged", number),
            "undone": ngettext("%(n)s image as before", "%(n)s images as before", number),
            "boxes": ngettext("%(n)s box", "%(n)s boxes", number),
            "disputes": ngettext("%(n)s disagreement to decide", "%(n)s disagreements to decide", number),
            "has_boxes": ngettext(
                "%(n)s image left out: it has boxes", "%(n)s images left out: they have boxes", number
            ),
            "done": ngettext(
                "%(n)s image left out: somebody finished it",
                "%(n)s images left out: somebody finished them",
                number,
            ),
            "changed": ngettext(
                "%(n)s image left alone: somebody changed it meanwhile",
                "%(n)s images left alone: somebody changed them meanwhile",
                number,
            ),
            "gone": ngettext("%(n)s image is gone", "%(n)s images are gone", number),
        }
        return texts[name] % {"n": number}

    return " · ".join(words(name) for name in OUTCOMES if counts.get(name))


def merge_context(project: Project, user: User, role: str, piles: list[Pile]) -> dict[str, Any]:
    """For annotate/_merge.html: what can be merged or taken back, and how the last job went."""
    free, left_out = mergeable(piles)
    last, undoable = work.last_merge(project)
    active = last if last is not None and last.state in work.ACTIVE else None
    return {
        "ready": len(free),
        "left_out": left_out,
        **waiting_in(piles),
        "wanted": wanted_in(project),
        "job": last,
        "job_state": state_name(last) if last else "",
        "job_text": (outcome_of(last) or message_about(last)) if last else "",
        "is_undo": bool(last and last.payload["undoes"]),
        "is_busy": active is not None,
        "may_cancel": active is not None and not active.cancel_requested and may_change(active, user, role),
        "undoable": undoable if undoable and undoable.created_by_id == user.pk else None,
    }


@require_safe
@require_role(Role.REVIEWER)
def agreement_file(request: HttpRequest, project: Project, table: str) -> HttpResponse:
    """One table of the page as CSV."""
    copies = copies_of(project)
    tables = tables_of(project, copies, compare(project, piles_in(project, copies)))
    if table not in tables:
        raise Http404(_("There is no such page, or you are not a member of its project."))
    response = HttpResponse(tables[table], content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="project-{project.pk}-agreement-{table}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@require_role(Role.REVIEWER)
def agreement(request: HttpRequest, project: Project) -> HttpResponse:
    """With ``?part=merge`` only what a running merge changes, for the script that keeps the page up to date."""
    if request.GET.get("part") == "merge":
        user, role = cast(User, request.user), request.role  # type: ignore[attr-defined]
        context = merge_context(project, user, role, piles_in(project))
        return render(request, "annotate/_merge.html", {"project": project, **context})
    return page_with(request, project, AskForm(project=project))


def page_with(request: HttpRequest, project: Project, form: AskForm) -> HttpResponse:
    role: str = request.role  # type: ignore[attr-defined]
    copies = copies_of(project)
    piles = piles_in(project, copies)
    context = {
        "project": project,
        "form": form,
        "gold": project.frames.filter(is_gold=True).count(),
        **merge_context(project, cast(User, request.user), role, piles),
        **figures_of(project, copies, piles, request.GET.get("page")),
        "is_manager": at_least(role, Role.MANAGER),
        "section": "agreement",
    }
    return render(request, "annotate/agreement.html", context, status=400 if form.errors else 200)


def figures_of(project: Project, copies: list[Copy], piles: list[Pile], number: str | None) -> dict[str, Any]:
    found = compare(project, piles)
    by_frame = {pile.original.pk: pile for pile in piles}
    words = words_for(project, copies)
    page = Paginator(most_disputed(found), PER_PAGE).get_page(number)
    whole = found.measures.whole
    return {
        "people": person_rows(copies, found),
        "pairs": pair_rows(copies, found),
        "classes": class_rows(project, found),
        "compared": len(found.looks),
        "not_counted": found.left_out,
        "f1": percent(whole.f1),
        "iou": percent(whole.iou),
        "alpha": decimal(found.measures.alpha),
        "page": page,
        "cards": [
            frame_card(by_frame[pk], found.looks[pk], found.measures.frames[pk], words)
            for pk in page.object_list
        ],
    }


@require_POST
@require_role(Role.MANAGER)
def ask_people(request: HttpRequest, project: Project) -> HttpResponse:
    form = AskForm(request.POST, project=project)
    if not form.is_valid():
        return page_with(request, project, form)
    people = list(form.cleaned_data["people"])
    try:
        added = ask(project, people, form.frames(), cast(User, request.user), each=form.each())
    except CopyRefused as refused:
        form.add_error(None, str(refused))
        return page_with(request, project, form)
    text = ngettext(
        "%(n)s image was given out. It is in the list of projects of each person.",
        "%(n)s images were given out. They are in the list of projects of each person.",
        added,
    )
    nothing = _("Nothing was given out: they have these images already, or enough other people do.")
    messages.success(request, text % {"n": added} if added else nothing)
    return redirect("agreement", project.pk)


@require_POST
@require_role(Role.MANAGER)
def remove_copy(request: HttpRequest, project: Project, copy_id: int) -> HttpResponse:
    copy = project.copies.filter(pk=copy_id).first()
    if copy is None:
        raise Http404(_("There is no such page, or you are not a member of its project."))
    archive(copy)
    messages.success(request, _("“%(name)s” was archived, with its boxes.") % {"name": copy.name})
    return redirect("agreement", project.pk)


@require_POST
@require_role(Role.REVIEWER)
def merge_labels(request: HttpRequest, project: Project) -> HttpResponse:
    """``action`` is ``merge`` or ``undo``."""
    user, action = cast(User, request.user), request.POST.get("action")
    try:
        if action == "merge":
            work.start_merge(project, user)
        elif action == "undo":
            _last, undoable = work.last_merge(project)
            if undoable is None:
                raise work.MergeRefused(_("This cannot be undone."))
            work.start_undo(undoable, user)
        else:
            return HttpResponseBadRequest(_("There is no such action. Nothing was changed."))
    except work.MergeRefused as refused:
        messages.error(request, str(refused))
    return redirect("agreement", project.pk)


@require_POST
@require_role(Role.MANAGER)
def change_gold(request: HttpRequest, project: Project) -> HttpResponse:
    """``gold``: id of the frame, and 1 or 0, as in 17:1. ``back``: from which page."""
    frame, _colon, wanted = request.POST.get("gold", "").partition(":")
    found = project.frames.filter(pk=int(frame)).first() if frame.isdecimal() and len(frame) < 16 else None
    if found is None:
        raise Http404(_("There is no such page, or you are not a member of its project."))
    is_gold = wanted == "1"
    mark_gold([found.pk], is_gold=is_gold)
    text = _("%(name)s is a gold image now.") if is_gold else _("%(name)s is no gold image any more.")
    messages.success(request, text % {"name": found.name})
    return redirect("project" if request.POST.get("back") == "project" else "agreement", project.pk)
