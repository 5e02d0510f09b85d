"""The tables, one file per noun."""

from .api_token import ApiToken, IdempotentAnswer
from .box import Box
from .claim import Claim
from .comment import Comment
from .dataset_version import DatasetVersion
from .detection import ClassMapping, Detection, DetectionFrame, Proposal
from .feedback import Feedback
from .frame import Frame, Source, locked_frames
from .job import Job
from .label_change import LabelChange
from .model_version import ModelVersion
from .operation import ClientCursor, Operation
from .project import Label, Membership, Project
from .review import Assignment, Review
from .sign_in import SignInAttempt
from .status_change import WHOSE_WORK, StatusChange, completed_by
from .tracking import AnnotationSession, TrackingEvent, TrackingRelay, TrackingRun
from .training import Promotion, Training
from .user import User
from .webhook import Webhook, WebhookDelivery

__all__ = [
    "WHOSE_WORK",
    "AnnotationSession",
    "ApiToken",
    "Assignment",
    "Box",
    "Claim",
    "ClassMapping",
    "ClientCursor",
    "Comment",
    "DatasetVersion",
    "Detection",
    "DetectionFrame",
    "Feedback",
    "Frame",
    "IdempotentAnswer",
    "Job",
    "Label",
    "LabelChange",
    "Membership",
    "ModelVersion",
    "Operation",
    "Project",
    "Promotion",
    "Proposal",
    "Review",
    "SignInAttempt",
    "Source",
    "StatusChange",
    "TrackingEvent",
    "TrackingRelay",
    "TrackingRun",
    "Training",
    "User",
    "Webhook",
    "WebhookDelivery",
    "completed_by",
    "locked_frames",
]
