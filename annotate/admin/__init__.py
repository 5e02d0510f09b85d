"""The curation desk: every table, easy to search and to read; changes of many rows, with a preview and a way back."""

from . import (
    api,
    boxes,
    detections,
    frames,
    labels,
    learning,
    projects,
    reviews,
    tracking,
    users,
    versions,
    work,
)
from .site import prepare_site

__all__ = [
    "api",
    "boxes",
    "detections",
    "frames",
    "labels",
    "learning",
    "projects",
    "reviews",
    "tracking",
    "users",
    "versions",
    "work",
]

prepare_site()
