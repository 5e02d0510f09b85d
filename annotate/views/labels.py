"""The labels of a project. A label that has boxes is never deleted, only set aside."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ..access import Role, require_role
from ..forms import LabelForm
from ..models import Label, Project

# Okabe and Ito's palette, then an extension that stays apart under the common forms of colour blindness.
PALETTE = [
    "#e69f00",
    "#56b4e9",
    "#009e73",
    "#f0e442",
    "#0072b2",
    "#d55e00",
    "#cc79a7",
    "#999999",
    "#882255",
    "#44aa99",
    "#ddcc77",
    "#332288",
    "#aa4499",
    "#117733",
    "#88ccee",
    "#cc6677",
]
DIGITS = "1234567890"


def new_label(project: Project) -> Label:
    """An unsaved label with the first free colour and digit, at the end of the list."""
    labels = list(project.labels.all())
    used_colors = {label.color.lower() for label in labels}
    used_keys = {label.key for label in labels}
    return Label(
        project=project,
        color=next((color for color in PALETTE if color not in used_colors), PALETTE[len(labels) % 16]),
        key=next((digit for digit in DIGITS if digit not in used_keys), ""),
    )


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
        "is_manager": True,
        "section": "labels",
    }
    return render(request, "annotate/labels.html", context, status=400 if new or changed else 200)


def save(form: LabelForm) -> bool:
    """Saves; False with an error on the form when somebody else took the name or key at the same moment."""
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        form.add_error(None, _("Somebody else just took this name or key. Choose another."))
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MANAGER)
def labels(request: HttpRequest, project: Project) -> HttpResponse:
    if request.method != "POST":
        return label_page(request, project)
    form = LabelForm(request.POST, instance=Label(project=project))
    form.instance.position = (project.labels.aggregate(last=Max("position"))["last"] or 0) + 1
    if form.is_valid() and save(form):
        messages.success(request, _("The label “%(name)s” was added.") % {"name": form.instance.name})
        return redirect("labels", project.pk)
    return label_page(request, project, new=form)


def move(project: Project, label: Label, step: int) -> None:
    """Moves the label one place up (-1) or down (1); positions become 1, 2, 3 …"""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        order = list(project.labels.order_by("position", "pk"))
        place = order.index(label)
        target = min(max(place + step, 0), len(order) - 1)
        order.insert(target, order.pop(place))
        for position, each in enumerate(order, start=1):
            each.position = position
        Label.objects.bulk_update(order, ["position"])


def delete(request: HttpRequest, label: Label) -> None:
    """Deletes a label that never had a box; the database itself refuses any other (ProtectedError)."""
    with transaction.atomic():
        Label.objects.select_for_update().get(pk=label.pk)
        if label.boxes.exists():
            messages.error(
                request,
                _("“%(name)s” has boxes, so it was not deleted. Deactivate it instead.")
                % {"name": label.name},
            )
            return
        label.delete()
    messages.success(request, _("The label “%(name)s” was deleted.") % {"name": label.name})


@require_POST
@require_role(Role.MANAGER)
def change(request: HttpRequest, project: Project, label_id: int) -> HttpResponse:
    """One change of one label: ``action`` is save, up, down, activate, deactivate or delete."""
    label = get_object_or_404(project.labels, pk=label_id)
    action = request.POST.get("action", "save")
    if action in {"up", "down"}:
        move(project, label, -1 if action == "up" else 1)
    elif action in {"activate", "deactivate"}:
        project.labels.filter(pk=label.pk).update(is_active=action == "activate")
    elif action == "delete":
        delete(request, label)
    else:
        form = LabelForm(request.POST, instance=label, prefix=f"label-{label.pk}")
        if not (form.is_valid() and save(form)):
            return label_page(request, project, changed=form)
        messages.success(request, _("The label “%(name)s” was saved.") % {"name": label.name})
    return redirect("labels", project.pk)
