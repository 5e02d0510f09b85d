"""Makes proposals again of what was accepted without a person and nobody has said anything about since."""

from ..bulk.edit import MOST_BOXES, BulkEdit, preview_of
from ..learning.accepting import accepted_alone
from ..models import Job, Project, User
from .bulk import start_bulk


def take_back(project: Project, user: User) -> Job:
    """As one change of many boxes in the name of that person: live, in the history of each image, and taken back like
    any other. The newest MOST_BOXES of them. Raises BulkRefused where there are none."""
    newest = accepted_alone(project).order_by("-judged_at").values_list("box", flat=True)[:MOST_BOXES]
    edit = BulkEdit("reopen", list(newest))
    return start_bulk(edit, user, digest=preview_of(edit, within=project.pk).digest, within=project.pk)
