"""The run of a dataset version: how much there is of what. It never changes, so one event tells all."""

from collections.abc import Iterator
from typing import Any

from ..models import DatasetVersion, TrackingEvent, TrackingRun
from .drawing import plain_json
from .fold import Addition, Artifact, Ending, Metric
from .metric_names import metric_name
from .openings import milliseconds

MOST_COUNTS = 500


class DatasetFold:
    def __init__(self, run: TrackingRun) -> None:
        self.run = run

    def take(self, event: TrackingEvent) -> Addition:
        if event.kind != "versioned":
            return Addition()
        version = DatasetVersion.objects.filter(pk=event.payload["version"]).first()
        at, ending = milliseconds(event.at), Ending("FINISHED", milliseconds(event.at))
        if version is None:
            return Addition(ending=ending)
        counts = list(leaves(version.counts))[:MOST_COUNTS]
        metrics = [Metric(metric_name(name), float(value), at, version.number) for name, value in counts]
        data = plain_json({"counts": version.counts, "filters": version.filters})
        return Addition(metrics=metrics, artifacts=[Artifact("counts.json", lambda: data)], ending=ending)


def leaves(counts: dict[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    """Name and number of all that can be counted, in order; names of what is nested are joined by a slash."""
    for key, value in counts.items():
        name = f"{above}{key}"
        if isinstance(value, dict):
            yield from leaves(value, f"{name}/")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield name, value
