"""Which side of the split each frame of a project is on: one rule for versions, exports and whoever else asks.

A frame of the blind sample is always test, and so is every other frame of its video, whether or not it is in the sample
itself: frames of one video are nearly alike, and what measures a model must not be what it was trained on.
"""

from ..models import Frame, Project, Source
from .split import group_of, split_of


class Sides:
    """One query, two where there are videos: only their frames are looked at. ``alias``: of the connection that reads.
    Frames that were set aside count: nothing changes sides."""

    def __init__(self, project: Project, alias: str) -> None:
        videos = Source.objects.using(alias).filter(project=project, kind=Source.Kind.VIDEO)
        numbers = list(videos.order_by().values_list("pk", flat=True))
        blind = Frame.everything.using(alias).filter(source__in=numbers, is_blind=True).order_by()
        self.blind_videos = frozenset(blind.values_list("source", flat=True).distinct() if numbers else ())

    def split(self, original_md5: str, source_id: int, source_kind: str, *, is_blind: bool) -> str:
        """One of SPLITS."""
        group = group_of(original_md5, source_id, source_kind)
        return split_of(group, is_blind or source_id in self.blind_videos)
