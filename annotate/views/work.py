"""Who was asked to do what until when. Managers give images out; everybody else sees their own."""

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from ..access import Role, at_least, require_role
from ..assigning import (
    MOST_FRAMES,
    AssignRefused,
    Work,
    assign,
    change_due,
    free_frames,
    people_for,
    shares_in,
    take_back,
)
from ..models import Project, User
from .agreement_forms import Person
from .share_cards import share_card

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AssignForm(forms.Form):
    work = forms.ChoiceField(label=gettext_lazy("Work"), choices=Work.choices)
    number = forms.IntegerField(
        label=gettext_lazy("How many images"), min_value=1, max_value=MOST_FRAMES, initial=20
    )
    due_on = forms.DateField(
        label=gettext_lazy("Due"), required=False, input_formats=["%Y-%m-%d"], widget=DAY
    )

    field_order = ("person", "work", "number", "due_on")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"] = Person(
            label=_("Person"), queryset=people_for(project, Work.ANNOTATE), empty_label=None
        )
        self.order_fields(self.field_order)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.VIEWER)
def work(request: HttpRequest, project: Project) -> HttpResponse:
    """POST gives images out, by a manager."""
    form = AssignForm(request.POST if request.method == "POST" else None, project=project)
    if request.method != "POST":
        return work_page(request, project, form)
    return cast(HttpResponse, give_out(request, project.pk))  # asks for the role


@require_role(Role.MANAGER)
def give_out(request: HttpRequest, project: Project) -> HttpResponse:
    form = AssignForm(request.POST, project=project)
    if not form.is_valid():
        return work_page(request, project, form)
    asked = form.cleaned_data
    try:
        given = assign(
            project,
            asked["person"],
            asked["work"],
            asked["number"],
            due_on=asked["due_on"],
            by=cast(User, request.user),
        )
    except AssignRefused as refused:
        form.add_error(None, str(refused))
        return work_page(request, project, form)
    name = asked["person"].display_name
    if given:
        text = ngettext("%(name)s has %(n)s more image.", "%(name)s has %(n)s more images.", given)
        messages.success(request, text % {"name": name, "n": given})
    else:
        messages.warning(request, _("No image is left for this. Nothing was changed."))
    return redirect("work", project.pk)


def work_page(request: HttpRequest, project: Project, form: AssignForm) -> HttpResponse:
    user, role = cast(User, request.user), request.role  # type: ignore[attr-defined]
    sees_everybody = at_least(role, Role.REVIEWER)
    shares = [share for share in shares_in(project) if sees_everybody or share.person.pk == user.pk]
    context = {
        "project": project,
        "form": form,
        "cards": [share_card(share) for share in shares],
        "free": free_frames(project, user, Work.ANNOTATE).count(),
        "sees_everybody": sees_everybody,
        "people": people_for(project, Work.ANNOTATE) if sees_everybody else [user],
        "is_manager": at_least(role, Role.MANAGER),
        "section": "work",
    }
    return render(request, "annotate/work.html", context, status=400 if form.errors else 200)


@require_POST
@require_role(Role.MANAGER)
def change_share(request: HttpRequest, project: Project) -> HttpResponse:
    """``share``: person, work and day as share_cards names it; ``action``: ``due`` (with ``due_on``) or ``remove``."""
    try:
        person, work_word, day = request.POST.get("share", "").split(":")
        share = int(person[:18]), Work(work_word), as_day(day)
        to = as_day(request.POST.get("due_on", ""))
    except ValueError:
        messages.error(
            request, _("The day or the share of work could not be understood. Nothing was changed.")
        )
        return redirect("work", project.pk)
    if request.POST.get("action") == "remove":
        count = take_back(project, *share)
        text = ngettext("%(n)s image is free again.", "%(n)s images are free again.", count)
    else:
        count = change_due(project, *share, to=to)
        text = ngettext("%(n)s image has another day.", "%(n)s images have another day.", count)
    messages.success(request, text % {"n": count})
    return redirect("work", project.pk)


def as_day(text: str) -> date | None:
    """Raises ValueError."""
    return date.fromisoformat(text) if text else None
