"""Which frame a person works on next, and who is on which: docs/queue.md."""

from .scores import score_frames

__all__ = ["score_frames"]
