"""Typed client for the API of HITL."""

from .client import Client
from .errors import ApiError, Unreachable
from .shapes import (
    Box,
    Boxes,
    Committed,
    Difference,
    Frame,
    Job,
    Me,
    Outcome,
    Project,
    Training,
    Uploaded,
    Version,
)

__all__ = [
    "ApiError",
    "Box",
    "Boxes",
    "Client",
    "Committed",
    "Difference",
    "Frame",
    "Job",
    "Me",
    "Outcome",
    "Project",
    "Training",
    "Unreachable",
    "Uploaded",
    "Version",
]
