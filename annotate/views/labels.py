"""The labels of a project, and what was changed about them. A label that has boxes is never deleted, only set aside."""

from typing import cast

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ..access import Role, require_role
from ..actions.labels import delete, last_position, move, new_label, save, set_active
from ..forms import LabelForm
from ..labels.history import newest
from ..labels.taking_back import TakeBackRefused, take_back
from ..models import Label, Project, User


def label_page(
    request: HttpRequest, project: Project, *, new: LabelForm | None = None, changed: LabelForm | None = None
) -> HttpResponse:
    """The page, with the form that was refused in place of its fresh one."""
    labels = project.labels.annotate(
        box_count=Count("boxes", filter=Q(boxes__deleted_revision__isnull=True)), ever=Count("boxes")
    ).order_by("position", "pk")
    rows = [
        changed
        if changed is not None and changed.instance.pk == label.pk
        else LabelForm(instance=label, prefix=f"label-{label.pk}")
        for label in labels
    ]
    counts = {label.pk: label for label in labels}
    context = {
        "project": project,
        "rows": [{"form": form, "label": counts[form.instance.pk]} for form in rows],
        "new": new or LabelForm(instance=new_label(project)),
        "changes": newest(project.pk),
        "is_manager": True,
        "section": "labels",
    }
    return render(request, "annotate/labels.html", context, status=400 if new or changed else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MANAGER)
def labels(request: HttpRequest, project: Project) -> HttpResponse:
    if request.method != "POST":
        return label_page(request, project)
    form = LabelForm(request.POST, instance=Label(project=project))
    form.instance.position = last_position(project) + 1
    if form.is_valid() and save(form, cast(User, request.user)):
        messages.success(request, _("The label “%(name)s” was added.") % {"name": form.instance.name})
        return redirect("labels", project.pk)
    return label_page(request, project, new=form)


def delete_and_tell(request: HttpRequest, label: Label) -> None:
    name = label.name
    if delete(label, cast(User, request.user)):
        messages.success(request, _("The label “%(name)s” was deleted.") % {"name": name})
    else:
        messages.error(
            request, _("“%(name)s” has boxes, so it was not deleted. Deactivate it instead.") % {"name": name}
        )


@require_POST
@require_role(Role.MANAGER)
def change(request: HttpRequest, project: Project, label_id: int) -> HttpResponse:
    """One change of one label: ``action`` is save, up, down, activate, deactivate or delete."""
    label = get_object_or_404(project.labels, pk=label_id)
    user = cast(User, request.user)
    action = request.POST.get("action", "save")
    if action in {"up", "down"}:
        move(project, label, -1 if action == "up" else 1, user)
    elif action in {"activate", "deactivate"}:
        set_active(label, user, is_active=action == "activate")
    elif action == "delete":
        delete_and_tell(request, label)
    else:
        form = LabelForm(request.POST, instance=label, prefix=f"label-{label.pk}")
        if not (form.is_valid() and save(form, user)):
            return label_page(request, project, changed=form)
        messages.success(request, _("The label “%(name)s” was saved.") % {"name": label.name})
    return redirect("labels", project.pk)


@require_POST
@require_role(Role.MANAGER)
def take_back_change(request: HttpRequest, project: Project, change_id: int) -> HttpResponse:
    """Undoes one change of the labels, whoever made it, as long as nobody changed the same since."""
    change = get_object_or_404(project.label_changes, pk=change_id)
    try:
        take_back(change, cast(User, request.user))
    except TakeBackRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The change was taken back."))
    return redirect("labels", project.pk)
