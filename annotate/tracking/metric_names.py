"""Names that MLflow takes for metrics."""

import re

LONGEST = 250
UNKNOWN = re.compile(r"[^\w .:/-]")


def metric_name(text: str) -> str:
    """``metrics/mAP50(B)`` becomes ``metrics/mAP50B``; no part of it is empty, and none climbs."""
    parts = (UNKNOWN.sub("", part).strip(" .") for part in text.split("/"))
    return "/".join(part for part in parts if part)[:LONGEST] or "unnamed"
