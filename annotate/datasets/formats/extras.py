"""What the ``extra`` of frames and boxes holds, as kinds of things that are lost where it does not go along."""

from collections.abc import Iterator, Mapping
from typing import Any

OF_FRAME = {
    "revision": "frame_revision",
    "blind": "frame_blind",
    "original_md5": "frame_origin",
    "media_type": "frame_origin",
    "source_kind": "frame_origin",
}
OF_BOX = {
    "created_revision": "box_revision",
    "detection": "box_model",
    "model": "box_model",
    "model_version": "box_model",
    "verdict": "box_verdict",
}
"""Key to code (messages.LOSSES); any other key is lost as "frame_extra" or "box_extra"."""
TAKEN = frozenset({"frame_origin"})
"""What an import takes, since it says what a new image is."""


def codes_of(extra: Mapping[str, Any], known: Mapping[str, str], other: str) -> dict[str, None]:
    """Each code once, in order; a value that is empty or false says nothing that could be lost."""
    return {known.get(key, other): None for key, value in extra.items() if value not in (None, "", False)}


def lost_of_frame(extra: Mapping[str, Any]) -> Iterator[str]:
    """In an import."""
    return (code for code in codes_of(extra, OF_FRAME, "frame_extra") if code not in TAKEN)


def lost_of_box(extra: Mapping[str, Any]) -> Iterator[str]:
    """In an import."""
    return iter(codes_of(extra, OF_BOX, "box_extra"))
