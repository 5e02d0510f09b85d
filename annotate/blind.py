"""The blind sample: frames that are labelled without proposals, so that people and models are measured honestly.

Decided once, when a frame comes in, by a hash: the same image is decided alike wherever it comes in, and a higher
percentage keeps what was in the sample at a lower one. Never decided later, when somebody has seen proposals.
"""

import hashlib

from .models import Frame, Project, Source

SUGGESTED_PERCENT = 5
"""Of a project that somebody makes on its page: without a sample nobody can tell how much proposals sway people."""


def is_in_sample(group: str, percent: int) -> bool:
    """Whether the frames of ``group`` belong to the sample; ``percent`` 0 to 100 of all groups do."""
    digest = hashlib.sha256(f"blind:{group}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 * 100 < percent


def is_blind(project: Project, source: Source, original_md5: str) -> bool:
    """For a frame that is being added. The images of a video go together, with those that it has already."""
    if source.kind != Source.Kind.VIDEO:
        return is_in_sample(original_md5, project.blind_percent)
    earlier = Frame.objects.filter(source=source).values_list("is_blind", flat=True).first()
    return earlier if earlier is not None else is_in_sample(f"source:{source.pk}", project.blind_percent)
