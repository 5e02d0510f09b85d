"""The figures of a project: what became of the proposals, and how long labelling takes."""

from django.utils.translation import gettext as _

from ..access import Role, at_least
from ..figures.asking import check_known
from ..figures.choice import Asked, BadChoice, Choice, asked_in
from ..figures.report import Report, report_for
from ..models import Project
from .calls import Call, Problem
from .routes import route


@route("GET", "projects/<id:project_id>/figures", role=Role.VIEWER)
def get_figures(call: Call, project: Project, query: Asked) -> Report:
    """Every figure of docs/figures.md. Below a reviewer, only of one's own work."""
    reader = None if at_least(call.role, Role.REVIEWER) else call.user.pk
    try:
        asked = asked_in(call.request.GET.dict())
        check_known(asked, project.pk, reader)
    except BadChoice as bad:
        raise Problem(
            400, _("The server did not understand this: %(why)s.") % {"why": bad}, code="query"
        ) from bad
    return report_for(Choice(project.pk, reader, asked))
