"""The tables, one file per noun."""

from .box import Box
from .claim import Claim
from .comment import Comment
from .detection import ClassMapping, Detection, DetectionFrame, Proposal
from .feedback import Feedback
from .frame import Frame, Source
from .job import Job
from .model_version import ModelVersion
from .operation import ClientCursor, Operation
from .project import Label, Membership, Project
from .sign_in import SignInAttempt
from .status_change import StatusChange
from .tracking import AnnotationSession, TrackingEvent, TrackingRelay, TrackingRun
from .user import User

__all__ = [
    "AnnotationSession",
    "Box",
    "Claim",
    "ClassMapping",
    "ClientCursor",
    "Comment",
    "Detection",
    "DetectionFrame",
    "Feedback",
    "Frame",
    "Job",
    "Label",
    "Membership",
    "ModelVersion",
    "Operation",
    "Project",
    "Proposal",
    "SignInAttempt",
    "Source",
    "StatusChange",
    "TrackingEvent",
    "TrackingRelay",
    "TrackingRun",
    "User",
]
