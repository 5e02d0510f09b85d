"""Which side of the split each frame of a project is on: one rule for versions, exports and whoever else asks.

A frame of the blind sample is always test, and so is every other frame of its video, whether or not it is in the sample
itself: frames of one video are nearly alike, and what measures a model must not be what it was trained on.
"""

from ..models import Frame, Project, Source
from .split import group_of, split_of


class Sides:
    """One query. ``alias``: of the connection that reads. Frames that were set aside count: nothing changes sides."""

    def __init__(self, project: Project, alias: str) -> None:
        blind = Frame.everything.using(alias).filter(project=project, is_blind=True)
        videos = blind.filter(source__kind=Source.Kind.VIDEO).order_by()
        self.blind_videos = frozenset(videos.values_list("source", flat=True).distinct())

    def split(self, original_md5: str, source_id: int, source_kind: str, *, is_blind: bool) -> str:
        """One of SPLITS."""
        group = group_of(original_md5, source_id, source_kind)
        return split_of(group, is_blind or source_id in self.blind_videos)
