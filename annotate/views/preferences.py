"""What a person has chosen for the editor, as JSON."""

from typing import cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from .. import preferences
from ..models import User
from .api import api_view
from .json_body import read_json


@require_http_methods(["GET", "HEAD", "PUT"])
@api_view
def editor_preferences(request: HttpRequest) -> HttpResponse:
    """GET: all preferences, defaults included. PUT: replaces them; what is left out gets its default."""
    user = cast(User, request.user)
    if request.method == "PUT":
        preferences.store(user, read_json(request, preferences.EditorPreferences))
        user.refresh_from_db(fields=["editor"])
    return JsonResponse(preferences.preferences_of(user))
