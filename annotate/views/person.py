"""The work of one person in a project: their own page for everybody, those of others for reviewers and managers."""

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..access import Refused, Role, at_least, require_role
from ..agreement.cards import decimal, percent
from ..agreement.comparing import compare, piles_in
from ..agreement.copies import copies_of
from ..agreement.measures import Score
from ..assigning import shares, there
from ..figures.choice import DAYS, Asked, BadChoice, Choice, asked_in, start_of
from ..figures.reviews import Verdicts, verdicts_by_person
from ..figures.times import effort_of, times_for
from ..figures.work import Done, completed_by_people, done_by_people
from ..models import AnnotationSession, Project, User
from ..tracking.links import links_for, may_look
from .share_cards import share_card

CHART_HEIGHT = 60
"""In units of the drawing; a day is one unit wide."""
SESSIONS_SHOWN = 20


@require_safe
@require_role(Role.VIEWER)
def person(request: HttpRequest, project: Project, user_id: int) -> HttpResponse:
    """``?days=``: how far back, as on the page of figures."""
    reader, role = cast(User, request.user), request.role  # type: ignore[attr-defined]
    if user_id != reader.pk and not at_least(role, Role.REVIEWER):
        raise Refused(_("Only reviewers and managers see the work of others."))
    shown = person_in(project, user_id, reader)
    choice = Choice(project.pk, shown.pk, Asked(days=days_in(request)))
    done = done_by_people(choice)
    context = {
        "project": project,
        "person": shown,
        "is_own": shown.pk == reader.pk,
        "days": [number for number in DAYS if number > 1],
        "asked": choice.asked,
        "numbers": [*work_numbers(choice, done), *quality_numbers(project, shown, choice)],
        "bars": bars_of(choice, done),
        "chart": {"width": len(choice), "height": CHART_HEIGHT},
        "shares": [share_card(share) for share in shares(there().filter(frame__project=project, user=shown))],
        "sessions": sessions_of(project, shown, reader),
        "is_manager": at_least(role, Role.MANAGER),
        "section": "work",
    }
    return render(request, "annotate/person.html", context)


def person_in(project: Project, user_id: int, reader: User) -> User:
    """A member, or the reader. Raises Http404."""
    if user_id == reader.pk:
        return reader
    found = User.objects.filter(pk=user_id, memberships__project=project).first()
    if found is None:
        raise Http404(_("There is no such page, or you are not a member of its project."))
    return found


def sessions_of(project: Project, shown: User, reader: User) -> list[dict[str, Any]]:
    """The newest visits, for who may look at their runs in MLflow; nobody else is told of them."""
    if not may_look(reader):
        return []
    found = list(AnnotationSession.objects.filter(project=project, user=shown)[:SESSIONS_SHOWN])
    runs = links_for(reader, [session.pk for session in found])
    return [{"session": session, "run": runs.get(session.pk, "")} for session in found]


def days_in(request: HttpRequest) -> Any:
    """What cannot be understood, and a single day, are left at the default."""
    try:
        asked = asked_in({"days": request.GET.get("days", "")}).days
    except BadChoice:
        return Asked().days
    return asked if asked > 1 else Asked().days


def seconds(value: float | None) -> str:
    return "–" if value is None else _("%(number)s s") % {"number": number_format(round(value, 1), 1)}


def work_numbers(choice: Choice, done: list[Done]) -> list[tuple[str, str, str]]:
    """Value, title and explanation."""
    drawn, judged = (sum(getattr(one, name) for one in done) for name in ("drawn", "judged"))
    frames = sum(completed_by_people(choice).values())  # of one person; by day, one of two days would be two
    effort = effort_of(times_for(choice))
    return [
        (number_format(frames), _("images completed"), ""),
        (number_format(drawn), _("boxes drawn"), ""),
        (number_format(judged), _("proposals judged"), ""),
        (
            seconds(effort.per_box),
            _("per box"),
            _("Median of the active time, without pauses over 30 seconds."),
        ),
        (seconds(effort.per_frame), _("per image"), _("Median of the active time on one complete image.")),
    ]


def quality_numbers(project: Project, shown: User, choice: Choice) -> list[tuple[str, str, str]]:
    """What is not known is left out: reviews where nothing was reviewed, agreement where nobody labelled twice."""
    verdicts = verdicts_by_person(choice).get(shown.pk, Verdicts())
    numbers = []
    if verdicts.first_pass is not None:
        text = _("%(approved)s approved and %(returned)s returned at their first review.") % {
            "approved": verdicts.first_approved,
            "returned": verdicts.first_returned,
        }
        numbers.append((percent(verdicts.first_pass), _("approved at first review"), text))
    if verdicts.given:
        numbers.append((number_format(verdicts.given), _("reviews given"), ""))
    return numbers + agreement_numbers(project, shown)


def agreement_numbers(project: Project, shown: User) -> list[tuple[str, str, str]]:
    """From the copies of the project; in a copy, those of the project that it is a copy of."""
    original = project.copy_of or project
    copies = copies_of(original)
    own = next((copy for copy in copies if copy.person.pk == shown.pk), None)
    if own is None:
        return []
    found = compare(original, piles_in(original, copies))
    measured = [
        (found.measures.of_person(shown.pk), _("agreement with the others (F1)")),
        (found.gold.get(shown.pk, Score()), _("agreement with gold images (F1)")),
    ]
    why = _("On images that several people labelled independently, of all time.")
    numbers = [(percent(score.f1), title, why) for score, title in measured if score.f1 is not None]
    alpha = found.measures.alphas.get(shown.pk)
    if alpha is not None:
        text = _("Krippendorff’s alpha with the others: 1 is perfect agreement, 0 what chance would give.")
        numbers.insert(1, (decimal(alpha), _("agreement beyond chance (alpha)"), text))
    if own.project.pk == project.pk:  # counted above
        return numbers
    text = _("In their own copy; the other numbers leave it out.")
    return [(number_format(own.done), _("images labelled independently"), text), *numbers]


def bars_of(choice: Choice, done: list[Done]) -> list[dict[str, Any]]:
    """Images completed per day, oldest first; heights in units of the drawing."""
    frames: dict[str, int] = dict.fromkeys(choice.buckets(), 0)
    for one in done:
        frames[one.bucket] = frames.get(one.bucket, 0) + one.frames
    highest = max(frames.values(), default=0) or 1
    return [
        {
            "day": date_format(start_of(bucket), "SHORT_DATE_FORMAT"),
            "count": count,
            "x": place,
            "y": f"{CHART_HEIGHT * (1 - count / highest):.2f}",
            "height": f"{CHART_HEIGHT * count / highest:.2f}",
        }
        for place, (bucket, count) in enumerate(sorted(frames.items()))
    ]
