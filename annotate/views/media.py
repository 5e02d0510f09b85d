"""The files of a frame: its image and its thumbnail, for members of the project alone."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..access import Role, check_role
from ..actions.files import image_of, thumbnail_of
from ..models import Frame
from .editor import frame_with_project, missing
from .errors import answer


def frame_seen_by(request: HttpRequest, frame_id: int) -> Frame | None:
    """The frame, or None for somebody signed out. Raises Http404, the same for missing and foreign frames."""
    if not request.user.is_authenticated:
        return None
    frame = frame_with_project(frame_id)
    check_role(request.user, frame.project_id, Role.VIEWER)
    return frame


def signed_out(request: HttpRequest) -> HttpResponse:
    """No redirect: what asks is an <img>, which would show the sign-in page as a broken image."""
    return answer(
        request,
        401,
        title=_("Signed out"),
        detail=_("Images are shown to members of their project."),
        advice=_("Sign in again to go on."),
    )


@require_safe
def image(request: HttpRequest, frame_id: int) -> HttpResponseBase:
    """The image as stored. 401 signed out, 404 for everybody who is not a member of the project."""
    frame = frame_seen_by(request, frame_id)
    if frame is None:
        return signed_out(request)
    response = image_of(request, frame)
    if response is None:
        raise missing()
    return response


@require_safe
def thumbnail(request: HttpRequest, frame_id: int) -> HttpResponseBase:
    """The small picture; 202 without one while it is being made. Else as ``image``."""
    frame = frame_seen_by(request, frame_id)
    return signed_out(request) if frame is None else thumbnail_of(request, frame)
