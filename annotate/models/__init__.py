"""The tables, one file per noun."""

from .box import Box
from .comment import Comment
from .feedback import Feedback
from .frame import Frame, Source
from .job import Job
from .operation import ClientCursor, Operation
from .project import Label, Membership, Project
from .sign_in import SignInAttempt
from .status_change import StatusChange
from .user import User

__all__ = [
    "Box",
    "ClientCursor",
    "Comment",
    "Feedback",
    "Frame",
    "Job",
    "Label",
    "Membership",
    "Operation",
    "Project",
    "SignInAttempt",
    "Source",
    "StatusChange",
    "User",
]
