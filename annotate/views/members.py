"""Who belongs to a project, and as what. A project always keeps a manager."""

from typing import cast

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ..access import Role, require_role
from ..actions.members import LastManagerError, change_role
from ..forms import MemberForm, RoleForm
from ..models import Membership, Project, User


def member_page(request: HttpRequest, project: Project, form: MemberForm) -> HttpResponse:
    members = project.memberships.select_related("user").order_by("user__username")
    context = {
        "project": project,
        "members": members,
        "form": form,
        "roles": Role.choices,
        "is_manager": True,
        "section": "members",
    }
    return render(request, "annotate/members.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MANAGER)
def members(request: HttpRequest, project: Project) -> HttpResponse:
    if request.method != "POST":
        return member_page(request, project, MemberForm(project=project))
    form = MemberForm(request.POST, project=project)
    if not form.is_valid() or form.user is None:
        return member_page(request, project, form)
    try:
        with transaction.atomic():
            Membership.objects.create(project=project, user=form.user, role=form.cleaned_data["role"])
    except IntegrityError:  # added twice at the same moment: the person is in, which was the wish
        return redirect("members", project.pk)
    messages.success(request, _("%(name)s was added.") % {"name": form.user.display_name})
    return redirect("members", project.pk)


@require_POST
@require_role(Role.MANAGER)
def change(request: HttpRequest, project: Project, membership_id: int) -> HttpResponse:
    """``action`` is ``role`` (with ``role``) or ``remove``."""
    removing = request.POST.get("action") == "remove"
    form = RoleForm(request.POST)
    if not removing and not form.is_valid():
        messages.error(request, _("There is no such role. Nothing was changed."))
        return redirect("members", project.pk)
    try:
        membership = change_role(project, membership_id, "" if removing else form.cleaned_data["role"])
    except LastManagerError:
        messages.error(
            request,
            _("A project needs a manager, so nothing was changed. Make somebody else manager first."),
        )
        return redirect("members", project.pk)
    name = membership.user.display_name
    if removing:
        messages.success(request, _("%(name)s was removed. Their boxes stay.") % {"name": name})
    else:
        role = membership.get_role_display()
        messages.success(request, _("%(name)s: the role is now %(role)s.") % {"name": name, "role": role})
    if membership.user_id == cast(User, request.user).pk and (removing or membership.role != Role.MANAGER):
        return redirect("projects")
    return redirect("members", project.pk)
