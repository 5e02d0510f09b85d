"""From a session, a detection or a training of the product to its run in MLflow, and back."""

from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..access import Role, at_least, check_role
from ..models import AnnotationSession, Detection, TrackingRun, User
from ..tracking.openings import place_of_detection

TRAINING_VIEW = "workflowType=machine_learning"
"""Of the two faces of MLflow's page the one with runs, metrics and the registry, not the one for language models."""


@require_safe
@login_required
def tracked(request: HttpRequest, key: UUID) -> HttpResponse:
    """Raises Http404 where MLflow has not been told of it yet, and for people who are not of its project."""
    run = TrackingRun.objects.filter(pk=key).exclude(mlflow_run="").first()
    if run is None:
        raise Http404
    check_role(request.user, run.project_id, Role.VIEWER)
    where = f"#/experiments/{run.experiment}/runs/{run.mlflow_run}?{TRAINING_VIEW}"
    return redirect(f"{reverse('mlflow', args=[''])}{where}")


@require_safe
@login_required
def tracked_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The page of a session or a detection: that of the admin for whoever may see it there, for others the nearest one.
    Raises Http404 where it is gone, and for others who are not of its project."""
    session = AnnotationSession.objects.filter(pk=key).first()
    detection = Detection.objects.filter(pk=key).first()
    found = session or detection
    if found is None:
        raise Http404
    user, name = cast(User, request.user), found._meta.model_name
    if user.is_staff and user.has_perm(f"annotate.view_{name}"):
        return redirect(f"admin:annotate_{name}_change", found.pk)
    role = check_role(user, found.project_id, Role.VIEWER)
    if detection is not None:
        return redirect(place_of_detection(detection))
    return redirect(place_of_session(cast(AnnotationSession, session), user, role))


def place_of_session(session: AnnotationSession, reader: User, role: str) -> str:
    """The work of its person, where the reader may see that."""
    if session.user_id is not None and (session.user_id == reader.pk or at_least(role, Role.REVIEWER)):
        return reverse("person", args=[session.project_id, session.user_id])
    return reverse("project", args=[session.project_id])
