"""Which frames a model learns from and which it is measured on. Pure: decided by what a frame is, never by how many
there are, so that no frame changes sides as the data grows."""

import hashlib

TRAIN, VAL, TEST = "train", "val", "test"
SPLITS = (TRAIN, VAL, TEST)
TEST_SHARE = 0.15
VAL_SHARE = 0.10


def group_of(original_md5: str, source_id: int, source_kind: str) -> str:
    """What stays on one side: the images of a video, which are nearly alike; any other image is a group by itself."""
    return f"source:{source_id}" if source_kind == "video" else original_md5


def split_of(group: str, is_blind: bool) -> str:
    """One of SPLITS. The blind sample is never trained on, and neither chooses the best epoch."""
    if is_blind:
        return TEST
    share = int.from_bytes(hashlib.sha256(f"split:{group}".encode()).digest()[:8]) / 2**64
    if share < TEST_SHARE:
        return TEST
    return VAL if share < TEST_SHARE + VAL_SHARE else TRAIN
