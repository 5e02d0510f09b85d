"""The tables, one file per noun."""

from .box import Box
from .frame import Frame, Source
from .job import Job
from .operation import ClientCursor, Operation
from .feedback import Feedback
from .project import Label, Membership, Project
from .sign_in import SignInAttempt
from .user import User

__all__ = [
    "Box",
    "ClientCursor",
    "Feedback",
    "Frame",
    "Job",
    "Label",
    "Membership",
    "Operation",
    "Project",
    "SignInAttempt",
    "Source",
    "User",
]
