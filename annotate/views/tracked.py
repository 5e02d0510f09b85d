"""From a session or a detection of the product to its run in MLflow."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..access import Role, check_role
from ..models import TrackingRun

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
