"""What people do with the status of a frame."""

from ..access import Role
from ..models import Frame


def role_to_change(frame: Frame) -> str:
    """Whoever draws on a frame says that it is done; what was approved is opened again by those who may approve."""
    return Role.REVIEWER if frame.status == Frame.Status.APPROVED else Role.ANNOTATOR
