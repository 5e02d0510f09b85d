"""Accepting without a person: the switch of a project, and taking it back."""

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ..access import Role, require_role
from ..jobs.bulk_start import BulkRefused
from ..jobs.take_back import take_back
from ..learning.accepting import AcceptingRefused, switch
from ..models import Project, User


@require_POST
@require_role(Role.MANAGER)
def change_accepting(request: HttpRequest, project: Project) -> HttpResponse:
    """``action``: on, off, or back. What is refused changes nothing, and is said."""
    actions: dict[str, Callable[[Project, User], str]] = {"on": turn_on, "off": turn_off, "back": back}
    action = actions.get(request.POST.get("action", ""))
    if action is None:
        return HttpResponseBadRequest(_("There is no such action. Nothing was changed."))
    try:
        messages.success(request, action(project, cast(User, request.user)))
    except (AcceptingRefused, BulkRefused) as refused:
        messages.error(request, str(refused))
    return redirect("training", project.pk)


def turn_on(project: Project, user: User) -> str:
    switch(project, True)
    return _("New proposals that are sure enough are accepted without a person from now on.")


def turn_off(project: Project, user: User) -> str:
    switch(project, False)
    return _("People judge every proposal again. What was accepted stays as it is.")


def back(project: Project, user: User) -> str:
    take_back(project, user)
    return _("What was accepted without a person becomes proposals again, in the background.")
