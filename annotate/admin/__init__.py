"""The curation desk: every table, easy to search and to read. Boxes and their log are read-only here."""

from . import boxes, detections, frames, projects, tracking, users, work
from .site import prepare_site

__all__ = ["boxes", "detections", "frames", "projects", "tracking", "users", "work"]

prepare_site()
