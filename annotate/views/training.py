"""Trainings of a project: how far one is, what came out of them, and which model proposes."""

import re
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import model_to_dict
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..access import Role, at_least, check_role, require_role
from ..jobs import train
from ..jobs.train_request import TrainingRefused
from ..jobs.training_files import picture_in
from ..learning import promotion
from ..learning.promotion import PromotionRefused
from ..models import Project, Promotion, Training, User
from .api import api_view
from .training_cards import card_of, rows_of, runs_of
from .training_compare import comparison_of
from .training_form import TrainForm, TrainingSettingsForm
from .training_overview import overview_of

PER_PAGE = 20
PICTURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.(jpg|png)")


def trainings_of(project: Project) -> Any:
    return Training.objects.filter(project=project).select_related(
        "job", "dataset_version", "model_version", "champion", "created_by", "decided_by"
    )


def training_in(project: Project, training_id: UUID) -> Training:
    """Raises Http404."""
    found: Training | None = trainings_of(project).filter(pk=training_id).first()
    if found is None:
        raise Http404(_("There is no such training."))
    found.project = project
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.VIEWER)
def training_page(request: HttpRequest, project: Project) -> HttpResponse:
    """A POST starts a training, by a manager."""
    role: str = request.role  # type: ignore[attr-defined]
    user = cast(User, request.user)
    form = TrainForm(request.POST if request.method == "POST" else None, project=project)
    if request.method == "POST":
        check_role(user, project, Role.MANAGER)
        if form.is_valid() and start(project, form, user):
            messages.success(request, _("The training was started. It goes on when you leave this page."))
            return redirect("training", project.pk)
    page = Paginator(trainings_of(project), PER_PAGE).get_page(request.GET.get("page"))
    running = trainings_of(project).filter(finished_at=None).first()
    context = {
        "project": project,
        "form": form,
        "page": page,
        "rows": rows_of(page.object_list, user),
        "running": card_of(running, role) if running else None,
        **overview_of(project),
        "settings_form": TrainingSettingsForm(instance=project),
        "is_manager": at_least(role, Role.MANAGER),
        "section": "training",
    }
    return render(request, "annotate/training.html", context, status=400 if form.errors else 200)


def start(project: Project, form: TrainForm, user: User) -> bool:
    """What was refused is said in the form."""
    try:
        train.start_training(project, form.wish(), user=user, trigger=Training.Trigger.BUTTON)
    except TrainingRefused as refused:
        form.add_error(None, str(refused))
        return False
    return True


@require_safe
@require_role(Role.VIEWER)
def training_detail(request: HttpRequest, project: Project, training_id: UUID) -> HttpResponse:
    role: str = request.role  # type: ignore[attr-defined]
    training = training_in(project, training_id)
    context = {
        "project": project,
        "training": training,
        "card": card_of(training, role),
        **comparison_of(training),
        "params": params_of(training),
        "is_tracked": bool(runs_of([training.pk], cast(User, request.user))),
        "is_manager": at_least(role, Role.MANAGER),
        "section": "training",
    }
    return render(request, "annotate/training_detail.html", context)


def params_of(training: Training) -> list[tuple[str, list[tuple[str, Any]]]]:
    """By section, without paths of this machine."""
    hidden = {"repository", "base", "champion"}
    sections = [(name, values) for name, values in training.params.items() if isinstance(values, dict)]
    return [
        (name, [(key, value) for key, value in values.items() if key not in hidden])
        for name, values in sections
    ]


@require_POST
@require_role(Role.MANAGER)
def change_training(request: HttpRequest, project: Project, training_id: UUID) -> HttpResponse:
    """``action``: cancel, retry, promote or keep. What comes too late changes nothing, and is said. ``confidence``
    "false": a promotion leaves the confidence of the project as it is."""
    training = training_in(project, training_id)
    actions: dict[str, Callable[[Training, User], str]] = {
        "cancel": cancel,
        "retry": retry,
        "promote": promote,
        "keep": keep,
        "promote_alone": promote_alone,
    }
    wanted = request.POST.get("action", "")
    if wanted == "promote" and request.POST.get("confidence") == "false":  # the switch is off
        wanted = "promote_alone"
    action = actions.get(wanted)
    if action is None:
        return HttpResponseBadRequest(_("There is no such action. Nothing was changed."))
    try:
        messages.success(request, action(training, cast(User, request.user)))
    except PromotionRefused as refused:
        messages.error(request, str(refused))
    return redirect("training_detail", project.pk, training.pk)


def cancel(training: Training, user: User) -> str:
    train.cancel(training)
    return _("The training is being stopped. The model that proposes stays.")


def retry(training: Training, user: User) -> str:
    """Raises PromotionRefused, as the others do."""
    if training.job is None or not train.retry(training.job):
        raise PromotionRefused("retry", _("This training cannot go on. Start a new one."))
    return _("The training goes on where it stopped.")


def promote(training: Training, user: User, *, takes_confidence: bool = True) -> str:
    version = training.model_version
    if version is None:
        raise PromotionRefused("no_model", _("No model came out of this training."))
    promotion.promote(
        training.project,
        version,
        user=user,
        kind=Promotion.Kind.MANUAL,
        training=training,
        takes_confidence=takes_confidence,
    )
    return _("%(model)s proposes from now on. Images that nobody has touched get its proposals.") % {
        "model": version
    }


def promote_alone(training: Training, user: User) -> str:
    """And the confidence stays."""
    return promote(training, user, takes_confidence=False)


def keep(training: Training, user: User) -> str:
    promotion.keep_old(training, user)
    return _("The old model goes on proposing.")


@require_POST
@require_role(Role.MANAGER)
def roll_back(request: HttpRequest, project: Project) -> HttpResponse:
    """``expected``: the newest promotion that the page showed."""
    expected = request.POST.get("expected", "")
    if not expected.isdecimal():
        return HttpResponseBadRequest(_("There is no such action. Nothing was changed."))
    try:
        done = promotion.roll_back(project, cast(User, request.user), expected=int(expected[:18]))
    except PromotionRefused as refused:
        messages.error(request, str(refused))
    else:
        name = str(done.model_version or _("The default of this installation"))
        messages.success(request, _("%(model)s proposes again.") % {"model": name})
    return redirect("training", project.pk)


@require_POST
@require_role(Role.MANAGER)
def training_settings(request: HttpRequest, project: Project) -> HttpResponse:
    """When it trains by itself, when a model takes over by itself, and what a promise is. What an older page or a
    script leaves out stays as it is."""
    form = TrainingSettingsForm({**model_to_dict(project), **request.POST.dict()}, instance=project)
    if form.is_valid():
        form.instance.save(update_fields=form.fields.keys())
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("A number is outside of what is possible. Nothing was changed."))
    return redirect("training", project.pk)


@require_safe
@api_view
def training_progress(request: HttpRequest, project_id: int, training_id: UUID) -> HttpResponse:
    role = check_role(request.user, project_id, Role.VIEWER)
    found = Training.objects.filter(project=project_id, pk=training_id)
    training = found.select_related("job", "project").first()
    if training is None:
        raise Http404(_("There is no such training."))
    return JsonResponse(card_of(training, role))


@require_safe
@require_role(Role.VIEWER)
def training_picture(request: HttpRequest, project: Project, training_id: UUID, name: str) -> FileResponse:
    """A plot or a sample. Raises Http404."""
    training = training_in(project, training_id)
    path = picture_in(training, name) if PICTURE.fullmatch(name) else None
    if path is None:
        raise Http404(_("There is no such image."))
    kind = "image/png" if name.endswith(".png") else "image/jpeg"
    response = FileResponse(path.open("rb"), content_type=kind)
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response
