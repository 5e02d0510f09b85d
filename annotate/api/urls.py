"""The addresses of the API. A module with routes is imported here, and nothing else has to know of it."""

from django.urls import path, re_path, register_converter
from django.urls.converters import IntConverter

from . import (
    agreement,
    assignments,
    boxes,
    changes,
    comments,
    detections,
    exports,
    figures,
    frames,
    imports,
    jobs,
    labels,
    me,
    members,
    models,
    pages,
    projects,
    queue,
    reviews,
    trainings,
    versions,
    webhooks,
)
from .routes import by_path
from .serving import view_of

__all__ = [
    "agreement",
    "assignments",
    "boxes",
    "changes",
    "comments",
    "detections",
    "exports",
    "figures",
    "frames",
    "imports",
    "jobs",
    "labels",
    "me",
    "members",
    "models",
    "pages",
    "projects",
    "queue",
    "reviews",
    "trainings",
    "versions",
    "webhooks",
]


class IdConverter(IntConverter):
    """A number that every database can hold."""

    regex = "[0-9]{1,15}"


register_converter(IdConverter, "id")
app_name = "v1"
urlpatterns = [
    *[
        path(address, view_of(methods), name=next(iter(methods.values())).name)
        for address, methods in by_path().items()
    ],
    path("api/v1/docs", pages.documentation, name="documentation"),
    re_path(r"^api/v1(?:/(?P<rest>.*))?$", pages.nothing, name="nothing"),
]
