"""Every address of the product, by name."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from django.utils.module_loading import import_string
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog

from .views import account, editor, health, labels, members, projects


class Later:
    """A view of a part that may not be there yet, looked up when it is asked for."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, request: HttpRequest, **rest: Any) -> HttpResponseBase:
        answer: HttpResponseBase = import_string(self.name)(request, **rest)
        return answer


# Pages name their language in the address, so that a kept copy is never in another one.
texts_for_scripts = cache_control(private=True, max_age=600)(JavaScriptCatalog.as_view(packages=["annotate"]))

urlpatterns = [
    path(
        "projects/<int:project_id>/frames/<int:frame_id>/",
        editor.editor,
        name="editor",
    ),
    path("api/ui/frames/<int:frame_id>", editor.editor_data, name="editor_data"),
    path(
        "frames/<int:frame_id>/thumbnail",
        Later("annotate.views.media.thumbnail"),
        name="frame_thumbnail",
    ),
    path("", projects.project_list, name="projects"),
    path("login/", account.SignIn.as_view(), name="login"),
    path("logout/", account.SignOut.as_view(), name="logout"),
    path("profile/", account.profile, name="profile"),
    path("profile/password/", account.change_password, name="change_password"),
    path("language/", account.set_language, name="set_language"),
    path("theme/", account.set_theme, name="set_theme"),
    path("projects/new/", projects.create, name="create_project"),
    path("projects/<int:project_id>/", projects.detail, name="project"),
    path("projects/<int:project_id>/settings/", projects.edit, name="edit_project"),
    path("projects/<int:project_id>/continue/", projects.resume, name="continue"),
    path("projects/<int:project_id>/labels/", labels.labels, name="labels"),
    path("projects/<int:project_id>/labels/<int:label_id>/", labels.change, name="change_label"),
    path("projects/<int:project_id>/members/", members.members, name="members"),
    path("projects/<int:project_id>/members/<int:membership_id>/", members.change, name="change_member"),
    path("jsi18n/", texts_for_scripts, name="jsi18n"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", health.robots, name="robots"),
]
